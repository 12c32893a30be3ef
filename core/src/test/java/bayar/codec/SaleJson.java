package bayar.codec;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The JSON of a sale that is in order, to be spoiled field by field. Values are given as raw JSON. */
final class SaleJson {
    private final Map<String, String> members = new LinkedHashMap<>();

    static SaleJson sale() {
        SaleJson sale = new SaleJson();
        return sale.with("id", "'s-1'")
                .with("type", "'sale'")
                .with("payer", "'alice'")
                .with("payee", "'kedai'")
                .with("amount", "1250")
                .with("currency", "'MYR'")
                .with("iat", "1795420800")
                .with("exp", "1795420830");
    }

    /** With this member instead of the one of the same name, or behind the others. Quotes may be single ones. */
    SaleJson with(String name, String json) {
        members.put(name, json.replace('\'', '"'));
        return this;
    }

    SaleJson without(String name) {
        members.remove(name);
        return this;
    }

    /** The object, with this raw JSON behind its last member. */
    String then(String json) {
        String all = members.entrySet().stream()
                .map(member -> '"' + member.getKey() + "\":" + member.getValue())
                .collect(Collectors.joining(","));
        return "{" + all + json.replace('\'', '"') + "}";
    }

    String json() {
        return then("");
    }
}
