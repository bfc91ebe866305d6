/* Counts the calls on files below a directory, and kills the process or fails at one of them.
 *
 *   TORTURE_ROOT    the directory
 *   TORTURE_COUNTS  a file to which the counts are appended at the end of the process, as "call count" lines
 *   TORTURE_CALL    the call to disturb: open, write, sync, unlink, mkdir or thread
 *   TORTURE_AT      which of these calls, from 1
 *   TORTURE_ERRNO   the error that it returns; 0 kills the process before the call, -1 stops it
 *   TORTURE_LASTS   1 if every later call fails as well
 *   TORTURE_SHUT    a file of which every open fails with EACCES
 *   TORTURE_CLOSED  1 if standard output and standard error are closed before the program starts
 *   TORTURE_HARNESS the process that ends this one with it when it ends
 *
 * Renames and links go to the kernel without libc, so none is disturbed itself. The file is synced right before a rename,
 * and its directory right after: a kill at these leaves the same two states.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { OPEN, WRITE, SYNC, UNLINK, MKDIR, THREAD, CALLS };
static const char *const names[CALLS] = {"open", "write", "sync", "unlink", "mkdir", "thread"};
static atomic_long counts[CALLS];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int below(const char *path) {
    const char *root = getenv("TORTURE_ROOT");
    return root && path && strncmp(path, root, strlen(root)) == 0;
}

static int below_fd(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* A path may be relative to a directory that is open. */
static int below_at(int directory, const char *path) {
    return path && path[0] != '/' && directory != AT_FDCWD ? below_fd(directory) : below(path);
}

/* Whether this is the file that cannot be opened; sets errno. */
static int shut(int directory, const char *path) {
    const char *file = getenv("TORTURE_SHUT");
    if (!file || !path) return 0;
    char link[64], whole[8192];
    ssize_t length = 0;
    if (path[0] != '/' && directory != AT_FDCWD) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        length = readlink(link, whole, 4096);
        if (length < 0) return 0;
        whole[length++] = '/';
    }
    snprintf(whole + length, sizeof whole - (size_t)length, "%s", path);
    if (strcmp(whole, file) != 0) return 0;
    errno = EACCES;
    return 1;
}

/* Whether this call has to fail; sets errno. */
static int disturbed(enum call call) {
    long number = atomic_fetch_add(&counts[call], 1) + 1;
    const char *chosen = getenv("TORTURE_CALL");
    if (!chosen || strcmp(chosen, names[call]) != 0) return 0;
    long at = atol(getenv("TORTURE_AT")), error = atol(getenv("TORTURE_ERRNO"));
    if (number != at && !(number > at && getenv("TORTURE_LASTS"))) return 0;
    if (error == 0) kill(getpid(), SIGKILL);
    if (error < 0) {
        kill(getpid(), SIGSTOP);
        return 0;
    }
    errno = (int)error;
    return 1;
}

__attribute__((constructor)) static void begin(void) {
    const char *harness = getenv("TORTURE_HARNESS");
    if (harness && getppid() == (pid_t)atol(harness)) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getenv("TORTURE_CLOSED")) {
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
    }
}

__attribute__((destructor)) static void tell(void) {
    const char *file = getenv("TORTURE_COUNTS");
    FILE *out = file ? fopen(file, "a") : NULL;
    if (!out) return;
    for (int call = 0; call < CALLS; call++) fprintf(out, "%s %ld\n", names[call], atomic_load(&counts[call]));
    fclose(out);
}

#define OPEN_AS(name)                                                                  \
    int name(const char *path, int flags, ...) {                                       \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        if (shut(AT_FDCWD, path) || (below(path) && disturbed(OPEN))) return -1;       \
        return REAL(name)(path, flags, mode);                                          \
    }
OPEN_AS(open)
OPEN_AS(open64)

#define OPENAT_AS(name)                                                                \
    int name(int directory, const char *path, int flags, ...) {                        \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        if (shut(directory, path) || (below_at(directory, path) && disturbed(OPEN))) return -1; \
        return REAL(name)(directory, path, flags, mode);                               \
    }
OPENAT_AS(openat)
OPENAT_AS(openat64)

#define ON_FD(type, name, call, parameters, arguments)                                 \
    type name parameters {                                                             \
        if (below_fd(fd) && disturbed(call)) return -1;                                \
        return REAL(name) arguments;                                                   \
    }
ON_FD(ssize_t, write, WRITE, (int fd, const void *from, size_t size), (fd, from, size))
ON_FD(ssize_t, writev, WRITE, (int fd, const struct iovec *from, int size), (fd, from, size))
ON_FD(ssize_t, pwrite, WRITE, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
ON_FD(ssize_t, pwrite64, WRITE, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
ON_FD(int, ftruncate, WRITE, (int fd, off_t size), (fd, size))
ON_FD(int, ftruncate64, WRITE, (int fd, off64_t size), (fd, size))
ON_FD(int, fsync, SYNC, (int fd), (fd))
ON_FD(int, fdatasync, SYNC, (int fd), (fd))

#define ON_PATH(name, call, path, parameters, arguments)                               \
    int name parameters {                                                              \
        if (below(path) && disturbed(call)) return -1;                                 \
        return REAL(name) arguments;                                                   \
    }
ON_PATH(unlink, UNLINK, path, (const char *path), (path))
ON_PATH(mkdir, MKDIR, path, (const char *path, mode_t mode), (path, mode))

#define AT_PATH(name, call, directory, path, parameters, arguments)                    \
    int name parameters {                                                              \
        if (below_at(directory, path) && disturbed(call)) return -1;                   \
        return REAL(name) arguments;                                                   \
    }
AT_PATH(unlinkat, UNLINK, directory, path, (int directory, const char *path, int flags), (directory, path, flags))

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
    if (disturbed(THREAD)) return errno;
    return REAL(pthread_create)(thread, attributes, start, argument);
}
