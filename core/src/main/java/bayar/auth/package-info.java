/** Keys, signatures and grants: who sent a message, and may they do this. */
@NullMarked
package bayar.auth;

import org.jspecify.annotations.NullMarked;
