/*
 * What a varied run sees of the clock, of random bytes and of the order of directories. Loaded into every dynamic
 * program of the container through /etc/ld.so.preload; never part of a build.
 *
 * Reads /variation/conditions, lines `name value`, each optional, what is absent is left as it is:
 *   clock SECONDS      the wall clock of every process starts there and moves a millisecond each time it is asked
 *   seed NUMBER        random bytes are a function of it and of the program's name
 *   order sorted|reversed
 *   umask OCTAL        PID 1 starts with this one
 * Not reached: programs without a dynamic loader, system calls without the C library, times that the kernel puts on files.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct {
    int ready;
    int has_clock, has_seed, has_umask;
    int order; /* 0 as it is, 1 sorted, -1 reversed */
    int64_t clock;
    uint64_t seed;
    mode_t umask;
} conditions;

static atomic_long asked;

/* No allocation and no stdio: constructors of other libraries may ask before anything is set up. */
static void read_conditions(void) {
    if (conditions.ready) return;
    char text[512];
    int fd = syscall(SYS_openat, AT_FDCWD, "/variation/conditions", O_RDONLY | O_CLOEXEC);
    long length = fd < 0 ? 0 : syscall(SYS_read, fd, text, sizeof text - 1);
    if (fd >= 0) syscall(SYS_close, fd);
    text[length < 0 ? 0 : length] = 0;
    for (char *line = text; *line; ) {
        char *end = strchr(line, '\n');
        if (end) *end = 0;
        char *value = strchr(line, ' ');
        if (value) {
            *value++ = 0;
            if (!strcmp(line, "clock")) { conditions.clock = strtoll(value, 0, 10); conditions.has_clock = 1; }
            if (!strcmp(line, "seed")) { conditions.seed = strtoull(value, 0, 10); conditions.has_seed = 1; }
            if (!strcmp(line, "umask")) { conditions.umask = strtoul(value, 0, 8); conditions.has_umask = 1; }
            if (!strcmp(line, "order")) conditions.order = !strcmp(value, "sorted") ? 1 : -1;
        }
        if (!end) break;
        line = end + 1;
    }
    conditions.ready = 1;
}

#define REAL(result, name, ...) \
    static result (*real_##name)(__VA_ARGS__); \
    read_conditions(); \
    if (!real_##name) real_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

/* ---- the wall clock ---- */

static int is_wall(clockid_t id) {
    return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI;
}

static struct timespec wall(void) {
    long step = atomic_fetch_add(&asked, 1);
    return (struct timespec){ .tv_sec = conditions.clock + step / 1000, .tv_nsec = step % 1000 * 1000000 };
}

int clock_gettime(clockid_t id, struct timespec *at) {
    read_conditions();
    if (conditions.has_clock && is_wall(id)) { *at = wall(); return 0; }
    REAL(int, clock_gettime, clockid_t, struct timespec *);
    return real_clock_gettime(id, at);
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    read_conditions();
    if (conditions.has_clock) {
        struct timespec now = wall();
        *at = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
        return 0;
    }
    REAL(int, gettimeofday, struct timeval *, void *);
    return real_gettimeofday(at, zone);
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *at, int base) {
    if (base != TIME_UTC) return 0;
    clock_gettime(CLOCK_REALTIME, at);
    return base;
}

/* ---- random bytes (/dev/random and /dev/urandom are files of fixed bytes) ---- */

static uint64_t next_random(void) {
    static atomic_ullong drawn;
    uint64_t state = conditions.seed;
    for (const char *name = program_invocation_short_name; name && *name; name++) state = (state ^ (unsigned char)*name) * 0x100000001b3ULL;
    /* splitmix64 */
    state += (atomic_fetch_add(&drawn, 1) + 1) * 0x9e3779b97f4a7c15ULL;
    state = (state ^ state >> 30) * 0xbf58476d1ce4e5b9ULL;
    state = (state ^ state >> 27) * 0x94d049bb133111ebULL;
    return state ^ state >> 31;
}

static void fill(void *into, size_t length) {
    unsigned char *bytes = into;
    for (size_t at = 0; at < length; at += 8) {
        uint64_t value = next_random();
        memcpy(bytes + at, &value, length - at < 8 ? length - at : 8);
    }
}

ssize_t getrandom(void *into, size_t length, unsigned flags) {
    read_conditions();
    if (conditions.has_seed) { fill(into, length); return (ssize_t)length; }
    return syscall(SYS_getrandom, into, length, flags);
}

int getentropy(void *into, size_t length) {
    if (length > 256) { errno = EIO; return -1; }
    return getrandom(into, length, 0) == (ssize_t)length ? 0 : -1;
}

void arc4random_buf(void *into, size_t length) {
    for (size_t at = 0; at < length; at += 256) getentropy((char *)into + at, length - at < 256 ? length - at : 256);
}

uint32_t arc4random(void) {
    uint32_t value;
    arc4random_buf(&value, sizeof value);
    return value;
}

uint32_t arc4random_uniform(uint32_t bound) {
    return bound < 2 ? 0 : arc4random() % bound;
}

/* The kernel's ready-made ids lie below /proc, where nothing can be mounted. */
static const char *instead(const char *path) {
    read_conditions();
    if (!conditions.has_seed || !path) return path;
    if (!strcmp(path, "/proc/sys/kernel/random/uuid") || !strcmp(path, "/proc/sys/kernel/random/boot_id")) return "/variation/uuid";
    return path;
}

#define WITH_MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) {
    WITH_MODE(flags)
    REAL(int, open, const char *, int, ...);
    return real_open(instead(path), flags, mode);
}

int open64(const char *path, int flags, ...) {
    WITH_MODE(flags)
    REAL(int, open64, const char *, int, ...);
    return real_open64(instead(path), flags, mode);
}

int openat(int directory, const char *path, int flags, ...) {
    WITH_MODE(flags)
    REAL(int, openat, int, const char *, int, ...);
    return real_openat(directory, instead(path), flags, mode);
}

int openat64(int directory, const char *path, int flags, ...) {
    WITH_MODE(flags)
    REAL(int, openat64, int, const char *, int, ...);
    return real_openat64(directory, instead(path), flags, mode);
}

FILE *fopen(const char *restrict path, const char *restrict mode) {
    REAL(FILE *, fopen, const char *, const char *);
    return real_fopen(instead(path), mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode) {
    REAL(FILE *, fopen64, const char *, const char *);
    return real_fopen64(instead(path), mode);
}

/* ---- the order of directories ---- */

struct listing {
    DIR *of;
    struct dirent **entries;
    size_t count, at;
    struct listing *next;
};

static struct listing *listings;
static atomic_flag listings_busy = ATOMIC_FLAG_INIT;

static void lock(void) { while (atomic_flag_test_and_set_explicit(&listings_busy, memory_order_acquire)) { } }
static void unlock(void) { atomic_flag_clear_explicit(&listings_busy, memory_order_release); }

static struct listing *listing_of(DIR *of) {
    for (struct listing *one = listings; one; one = one->next) if (one->of == of) return one;
    return 0;
}

static void forget(DIR *of) {
    for (struct listing **at = &listings; *at; at = &(*at)->next) {
        struct listing *one = *at;
        if (one->of != of) continue;
        *at = one->next;
        for (size_t i = 0; i < one->count; i++) free(one->entries[i]);
        free(one->entries);
        free(one);
        return;
    }
}

static int by_name(const void *a, const void *b) {
    return conditions.order * strcmp((*(struct dirent *const *)a)->d_name, (*(struct dirent *const *)b)->d_name);
}

/* Undefined (0) with errno where the directory can not be read. */
static struct listing *list(DIR *of, struct dirent *(*read_one)(DIR *)) {
    struct listing *made = calloc(1, sizeof *made);
    if (!made) return 0;
    made->of = of;
    size_t room = 0;
    errno = 0;
    for (struct dirent *entry; (entry = read_one(of)); ) {
        if (made->count == room) {
            struct dirent **more = realloc(made->entries, (room = room ? 2 * room : 32) * sizeof *more);
            if (!more) break;
            made->entries = more;
        }
        struct dirent *copy = malloc(sizeof *copy);
        if (!copy) break;
        memcpy(copy, entry, entry->d_reclen < sizeof *copy ? entry->d_reclen : sizeof *copy);
        made->entries[made->count++] = copy;
    }
    qsort(made->entries, made->count, sizeof *made->entries, by_name);
    made->next = listings;
    return listings = made;
}

struct dirent *readdir(DIR *of) {
    REAL(struct dirent *, readdir, DIR *);
    if (!conditions.order) return real_readdir(of);
    int before = errno;
    lock();
    struct listing *one = listing_of(of);
    if (!one) one = list(of, real_readdir);
    struct dirent *found = one && one->at < one->count ? one->entries[one->at++] : 0;
    if (one) errno = before;
    unlock();
    return found;
}

struct dirent64 *readdir64(DIR *of) {
    return (struct dirent64 *)readdir(of);
}

void rewinddir(DIR *of) {
    REAL(void, rewinddir, DIR *);
    lock();
    forget(of);
    unlock();
    real_rewinddir(of);
}

long telldir(DIR *of) {
    REAL(long, telldir, DIR *);
    lock();
    struct listing *one = listing_of(of);
    long at = one ? (long)one->at : conditions.order ? 0 : real_telldir(of);
    unlock();
    return at;
}

void seekdir(DIR *of, long at) {
    REAL(void, seekdir, DIR *, long);
    lock();
    struct listing *one = listing_of(of);
    if (one) one->at = (size_t)at;
    unlock();
    if (!one && !conditions.order) real_seekdir(of, at);
}

int closedir(DIR *of) {
    REAL(int, closedir, DIR *);
    lock();
    forget(of);
    unlock();
    return real_closedir(of);
}

/* ---- the mask of new files, as whoever starts a step may have it ---- */

__attribute__((constructor)) static void start(void) {
    read_conditions();
    if (conditions.has_umask && getpid() == 1) syscall(SYS_umask, conditions.umask);
}
