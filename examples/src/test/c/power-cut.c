/*
 * Keeps, in the directory $POWER_CUT_DISK, what a power cut would leave of the ledger's files: each time a file is
 * forced to the disk, what it holds then is copied there. What was written but not forced is not there; a file that was
 * deleted stays until its directory is forced.
 * Loaded into the server with LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int force(int fd, const char *how) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, how);
    return real(fd);
}

static void forget_deleted(const char *disk, const char *directory) {
    static const char *names[] = {"ledger.db", "ledger.db-journal", "ledger.db-wal"};
    char path[PATH_MAX + 32], kept[PATH_MAX + 32];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        snprintf(kept, sizeof kept, "%s/%s", disk, names[i]);
        if (access(path, F_OK) != 0) {
            unlink(kept);
        }
    }
}

static void keep(int fd) {
    const char *disk = getenv("POWER_CUT_DISK");
    char link[64], path[PATH_MAX], kept[PATH_MAX + 32], fresh[PATH_MAX + 32];
    struct stat status;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (disk == NULL || length < 0) {
        return;
    }
    path[length] = 0;
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        forget_deleted(disk, path);
        return;
    }
    const char *name = strrchr(path, '/');
    if (name == NULL || strncmp(name, "/ledger.db", 10) != 0) {
        return;
    }
    snprintf(kept, sizeof kept, "%s%s", disk, name);
    snprintf(fresh, sizeof fresh, "%s%s.fresh", disk, name);
    int to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    static char bytes[1 << 16];
    off_t at = 0;
    for (ssize_t count; (count = pread(fd, bytes, sizeof bytes, at)) > 0; at += count) {
        if (write(to, bytes, count) != count) {
            abort();
        }
    }
    close(to);
    rename(fresh, kept);
}

/* One at a time: what is forced while the copy is made is copied with the next force. */
static pthread_mutex_t keeping = PTHREAD_MUTEX_INITIALIZER;

static int force_and_keep(int fd, const char *how) {
    pthread_mutex_lock(&keeping);
    int result = force(fd, how);
    keep(fd);
    pthread_mutex_unlock(&keeping);
    return result;
}

int fsync(int fd) { return force_and_keep(fd, "fsync"); }

int fdatasync(int fd) { return force_and_keep(fd, "fdatasync"); }
