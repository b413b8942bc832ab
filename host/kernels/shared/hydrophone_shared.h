/* Shared-memory reader of Hydrophone: inline functions for C11 and C++, nothing to link with.
 *
 *     hydrophone_shared shared;
 *     if (hydrophone_shared_attach(&shared, "hydrophone", 0) == HYDROPHONE_SHARED_OK) {
 *         hydrophone_snapshot now;
 *         if (hydrophone_shared_snapshot(&shared, symbol, &now) == HYDROPHONE_SHARED_OK) ...
 *         hydrophone_shared_detach(&shared);
 *     }
 *
 * No function blocks, and none makes the writer wait. Threads may share a handle; each has an alert
 * cursor of its own. The layout, the protocol and its proof: docs/shared-memory.md. In strict C
 * (-std=c11) include this header first or define _POSIX_C_SOURCE as 200809L.
 */
#ifndef HYDROPHONE_SHARED_H
#define HYDROPHONE_SHARED_H

#if !defined(_GNU_SOURCE) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hydrophone_shared_layout.h"

#if !defined(O_NOFOLLOW) || !defined(O_CLOEXEC)
#error "hydrophone_shared.h needs POSIX 2008: include it first, or compile with -std=gnu11"
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "segments are little-endian"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What a function came to. */
enum {
    HYDROPHONE_SHARED_OK = 0,
    HYDROPHONE_SHARED_EMPTY = 1,         /* no alert is waiting */
    HYDROPHONE_SHARED_BUSY = 2,          /* written throughout every try, or its writer is stuck */
    HYDROPHONE_SHARED_NO_SYMBOL = 3,     /* the segment has fewer symbols */
    HYDROPHONE_SHARED_BAD_NAME = 4,      /* neither a name nor an absolute path */
    HYDROPHONE_SHARED_ABSENT = 5,        /* nothing is published under the name */
    HYDROPHONE_SHARED_NOT_YOURS = 6,     /* another owner, others' permissions, link or no file */
    HYDROPHONE_SHARED_NO_SEGMENT = 7,    /* not a segment of Hydrophone */
    HYDROPHONE_SHARED_OTHER_VERSION = 8, /* another version of the layout */
    HYDROPHONE_SHARED_OTHER_LAYOUT = 9,  /* another layout under the same version */
    HYDROPHONE_SHARED_DAMAGED = 10,      /* sizes or numbers that no writer writes */
    HYDROPHONE_SHARED_STALE = 11,        /* its writer is gone: nothing will come */
    HYDROPHONE_SHARED_SYSTEM = 12        /* the system refused: see `system_error` */
};

/* A status in words. */
static inline const char* hydrophone_shared_message(int status) {
    static const char* const messages[] = {
        "done",
        "no alert is waiting",
        "written throughout every try, or the writer is stuck",
        "the segment has fewer symbols",
        "neither a name nor an absolute path",
        "nothing is published under that name",
        "another user's, open to others, a link, or no file",
        "not a segment of Hydrophone",
        "another version of the layout",
        "another layout under the same version",
        "damaged: its sizes do not fit together",
        "its writer is gone",
        "the system refused",
    };
    return status >= 0 && (size_t)status < sizeof messages / sizeof messages[0] ? messages[status]
                                                                                : "no status";
}

/* The states that a writer does not write itself, after those of the layout. */
enum {
    HYDROPHONE_SHARED_GONE = 5,     /* the writer's process has ended without a word */
    HYDROPHONE_SHARED_TRUNCATED = 6 /* the file is shorter than it was: read nothing more */
};

/* For `hydrophone_shared_attach`: takes a segment whose writer is gone, too. */
enum { HYDROPHONE_SHARED_ALLOW_STALE = 1 };

/* Tries of a read; at some nanoseconds each, far longer than a writer takes that runs. */
enum { HYDROPHONE_SHARED_TRIES = 4096 };

/* An attached segment; nothing in it is written to by readers. */
typedef struct {
    const unsigned char* memory;
    int file;
    int system_error;
    /* Copies of what never changes, checked: what is in memory now leads nowhere. */
    hydrophone_shared_header header;
    const unsigned char* names;
    const unsigned char* snapshots;
    const unsigned char* alerts;
} hydrophone_shared;

/* A reader's place in the alert ring. */
typedef struct {
    uint64_t next;   /* number of the next alert to read */
    uint64_t missed; /* alerts that were overwritten before they were read */
} hydrophone_alert_cursor;

static inline uint64_t hydrophone_shared_header_word_(const hydrophone_shared* shared,
                                                      size_t offset) {
    return __atomic_load_n((const uint64_t*)(const void*)(shared->memory + offset),
                           __ATOMIC_ACQUIRE);
}

/* For a loop that waits: a reader that asks without it takes lines away from the writer. */
static inline void hydrophone_shared_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* One try to copy what lies under a sequence lock, as in Boehm, "Can seqlocks get along with
 * programming language memory models?": data are relaxed atomics; the fence keeps the second
 * reading of the lock behind them. Whether the copy is whole; its first word is the lock's. */
static inline int hydrophone_shared_copy_(const void* memory, uint64_t* copy, size_t words) {
    const uint64_t* const data = (const uint64_t*)memory;
    copy[0] = __atomic_load_n(data, __ATOMIC_ACQUIRE);
    for (size_t word = 1; word < words; ++word) {
        copy[word] = __atomic_load_n(data + word, __ATOMIC_RELAXED);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return copy[0] == __atomic_load_n(data, __ATOMIC_RELAXED);
}

/* Copies a symbol's snapshot. BUSY after a bounded number of tries; a writer that was stopped in
 * the middle of a snapshot leaves it so. */
static inline int hydrophone_shared_snapshot(const hydrophone_shared* shared, uint32_t symbol,
                                             hydrophone_snapshot* snapshot) {
    uint64_t copy[sizeof(hydrophone_snapshot) / sizeof(uint64_t)];
    if (symbol >= shared->header.symbols) {
        return HYDROPHONE_SHARED_NO_SYMBOL;
    }
    for (int tries = 0; tries < HYDROPHONE_SHARED_TRIES; ++tries) {
        if (hydrophone_shared_copy_(shared->snapshots + symbol * sizeof *snapshot, copy,
                                    sizeof copy / sizeof copy[0]) &&
            copy[0] % 2 == 0) {
            memcpy(snapshot, copy, sizeof copy);
            return HYDROPHONE_SHARED_OK;
        }
        hydrophone_shared_pause();
    }
    return HYDROPHONE_SHARED_BUSY;
}

/* A cursor at the next alert to come. */
static inline hydrophone_alert_cursor hydrophone_shared_newest(const hydrophone_shared* shared) {
    const hydrophone_alert_cursor cursor = {
        hydrophone_shared_header_word_(shared, offsetof(hydrophone_shared_header, alerts)), 0};
    return cursor;
}

/* A cursor at the oldest alert that the ring still holds. */
static inline hydrophone_alert_cursor hydrophone_shared_oldest(const hydrophone_shared* shared) {
    hydrophone_alert_cursor cursor = hydrophone_shared_newest(shared);
    const uint64_t slots = shared->header.alert_slots;
    cursor.next = cursor.next < slots ? 0 : cursor.next - slots + 1;
    return cursor;
}

/* Copies the next alert, if there is one. Where the writer has overtaken the reader, it goes on an
 * eighth of the ring behind the oldest one, not to be overtaken again at once, and `missed` counts
 * those between. */
static inline int hydrophone_shared_next_alert(const hydrophone_shared* shared,
                                               hydrophone_alert_cursor* cursor,
                                               hydrophone_shared_alert* alert) {
    uint64_t copy[sizeof(hydrophone_shared_alert) / sizeof(uint64_t)];
    const uint64_t slots = shared->header.alert_slots;
    for (int tries = 0; tries < HYDROPHONE_SHARED_TRIES; ++tries) {
        const uint64_t written = 2 * cursor->next + 2;
        const unsigned char* const slot =
            shared->alerts + (size_t)(cursor->next & (slots - 1)) * sizeof *alert;
        const uint64_t stamp =
            __atomic_load_n((const uint64_t*)(const void*)slot, __ATOMIC_ACQUIRE);
        if (stamp < written) {
            return HYDROPHONE_SHARED_EMPTY;
        }
        if (stamp == written && hydrophone_shared_copy_(slot, copy, sizeof copy / sizeof copy[0]) &&
            copy[0] == written) {
            memcpy(alert, copy, sizeof copy);
            ++cursor->next;
            return HYDROPHONE_SHARED_OK;
        }
        const uint64_t head =
            hydrophone_shared_header_word_(shared, offsetof(hydrophone_shared_header, alerts));
        const uint64_t oldest = head < slots ? 0 : head - slots + slots / 8;
        if (oldest > cursor->next) {
            cursor->missed += oldest - cursor->next;
            cursor->next = oldest;
        }
        hydrophone_shared_pause();
    }
    return HYDROPHONE_SHARED_BUSY;
}

/* Copies a symbol's name with a zero behind it; its length, 0 where it has none yet. */
static inline size_t hydrophone_shared_name_of(const hydrophone_shared* shared, uint32_t symbol,
                                               char text[HYDROPHONE_SHARED_NAME_BYTES + 1]) {
    hydrophone_shared_name name;
    uint64_t copy[sizeof name / sizeof(uint64_t)];
    text[0] = 0;
    if (symbol >= shared->header.symbols ||
        symbol >=
            hydrophone_shared_header_word_(shared, offsetof(hydrophone_shared_header, named))) {
        return 0;
    }
    const uint64_t* const words =
        (const uint64_t*)(const void*)(shared->names + symbol * sizeof name);
    for (size_t word = 0; word < sizeof copy / sizeof copy[0]; ++word) {
        copy[word] = __atomic_load_n(words + word, __ATOMIC_RELAXED);
    }
    memcpy(&name, copy, sizeof name);
    if (name.length > HYDROPHONE_SHARED_NAME_BYTES) {
        return 0;
    }
    memcpy(text, name.text, name.length);
    text[name.length] = 0;
    return name.length;
}

/* When a process started, in clock ticks since boot; 0 where there is none, or it is a zombie. */
static inline uint64_t hydrophone_shared_start_of_(uint32_t pid) {
    char text[1024];
    snprintf(text, sizeof text, "/proc/%u/stat", pid);
    const int file = open(text, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length < 0 ? 0 : length] = 0;
    /* The name in parentheses may hold anything: fields are counted from behind it. */
    const char* field = strrchr(text, ')');
    if (field == NULL || field[1] != ' ' || field[2] == 'Z' || field[2] == 'X') {
        return 0;
    }
    ++field;
    for (int spaces = 0; spaces < 20; ++spaces) {
        field = strchr(field, ' ');
        if (field == NULL) {
            return 0;
        }
        ++field;
    }
    return strtoull(field, NULL, 10);
}

/* The system's boot: 16 bytes; zeros where it does not say. */
static inline void hydrophone_shared_boot_id_(uint8_t id[16]) {
    char text[64];
    memset(id, 0, 16);
    const int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    const ssize_t length = file < 0 ? 0 : read(file, text, sizeof text);
    if (file >= 0) {
        close(file);
    }
    int digits = 0;
    for (ssize_t i = 0; i < length && digits < 32; ++i) {
        const char c = text[i];
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit >= 0) {
            id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | digit);
            ++digits;
        }
    }
}

/* How its writer is: a state of the layout, or GONE or TRUNCATED. Takes some system calls: ask once
 * in a while, not at every read. Writer and reader must see the same process numbers. */
static inline int hydrophone_shared_writer(const hydrophone_shared* shared) {
    struct stat status;
    uint8_t boot_id[16];
    if (fstat(shared->file, &status) != 0 || (uint64_t)status.st_size < shared->header.size) {
        return HYDROPHONE_SHARED_TRUNCATED;
    }
    const uint64_t state =
        hydrophone_shared_header_word_(shared, offsetof(hydrophone_shared_header, state));
    if (state != HYDROPHONE_SHARED_RUNNING) {
        return state <= HYDROPHONE_SHARED_REPLACED ? (int)state : HYDROPHONE_SHARED_GONE;
    }
    hydrophone_shared_boot_id_(boot_id);
    const uint64_t start = hydrophone_shared_start_of_(shared->header.pid);
    const int runs = start != 0 && start == shared->header.pid_start &&
                     memcmp(boot_id, shared->header.boot_id, sizeof boot_id) == 0;
    return runs ? (int)HYDROPHONE_SHARED_RUNNING : (int)HYDROPHONE_SHARED_GONE;
}

/* Nanoseconds since the writer's last sign of life, to a few milliseconds. A writer that waits for
 * events may be silent for long: `hydrophone_shared_writer` tells whether its process lives. */
static inline uint64_t hydrophone_shared_silence_ns(const hydrophone_shared* shared,
                                                    uint64_t monotonic_ns) {
    const uint64_t heartbeat =
        hydrophone_shared_header_word_(shared, offsetof(hydrophone_shared_header, heartbeat_ns));
    return monotonic_ns < heartbeat ? 0 : monotonic_ns - heartbeat;
}

/* The file of a name: /dev/shm/hydrophone-USER-NAME; an absolute path names itself. */
static inline int hydrophone_shared_path(const char* name, char* path, size_t size) {
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t length = strlen(name);
    int written;
    if (name[0] == '/') {
        written = snprintf(path, size, "%s", name);
    } else if (length < 1 || length > 64 || strspn(name, allowed) != length) {
        return HYDROPHONE_SHARED_BAD_NAME;
    } else {
        written = snprintf(path, size, "/dev/shm/hydrophone-%u-%s", (unsigned)geteuid(), name);
    }
    return written < 0 || (size_t)written >= size ? HYDROPHONE_SHARED_BAD_NAME
                                                  : HYDROPHONE_SHARED_OK;
}

/* Checks a header against the file that it is in. */
static inline int hydrophone_shared_check_(const hydrophone_shared_header* header,
                                           uint64_t file_size) {
    if (header->magic != HYDROPHONE_SHARED_MAGIC) {
        return HYDROPHONE_SHARED_NO_SEGMENT;
    }
    if (header->version != HYDROPHONE_SHARED_VERSION) {
        return HYDROPHONE_SHARED_OTHER_VERSION;
    }
    if (header->layout_hash != HYDROPHONE_SHARED_LAYOUT_HASH) {
        return HYDROPHONE_SHARED_OTHER_LAYOUT;
    }
    const uint64_t symbols = header->symbols, slots = header->alert_slots;
    if (symbols < 1 || symbols > HYDROPHONE_SHARED_MAX_SYMBOLS ||
        slots < HYDROPHONE_SHARED_MIN_ALERT_SLOTS || slots > HYDROPHONE_SHARED_MAX_ALERT_SLOTS ||
        (slots & (slots - 1)) != 0) {
        return HYDROPHONE_SHARED_DAMAGED;
    }
    const uint64_t size = sizeof *header +
                          symbols * (sizeof(hydrophone_shared_name) + sizeof(hydrophone_snapshot)) +
                          slots * sizeof(hydrophone_shared_alert);
    if (header->size != size || file_size != size || header->state < HYDROPHONE_SHARED_RUNNING ||
        header->state > HYDROPHONE_SHARED_REPLACED) {
        return HYDROPHONE_SHARED_DAMAGED;
    }
    return HYDROPHONE_SHARED_OK;
}

static inline void hydrophone_shared_detach(hydrophone_shared* shared) {
    if (shared->memory != NULL) {
        munmap((void*)(uintptr_t)shared->memory, (size_t)shared->header.size);
        shared->memory = NULL;
    }
    if (shared->file >= 0) {
        close(shared->file);
        shared->file = -1;
    }
}

/* Maps a checked file; the handle's file is open. */
static inline int hydrophone_shared_map_(hydrophone_shared* shared, int flags) {
    struct stat status;
    if (fstat(shared->file, &status) != 0) {
        shared->system_error = errno;
        return HYDROPHONE_SHARED_SYSTEM;
    }
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 077) != 0) {
        return HYDROPHONE_SHARED_NOT_YOURS;
    }
    hydrophone_shared_header* const header = &shared->header;
    if (pread(shared->file, header, sizeof *header, 0) != (ssize_t)sizeof *header) {
        return HYDROPHONE_SHARED_NO_SEGMENT;
    }
    const int found = hydrophone_shared_check_(header, (uint64_t)status.st_size);
    if (found != HYDROPHONE_SHARED_OK) {
        return found;
    }
    void* const memory = mmap(NULL, (size_t)header->size, PROT_READ, MAP_SHARED, shared->file, 0);
    if (memory == MAP_FAILED) {
        shared->system_error = errno;
        return HYDROPHONE_SHARED_SYSTEM;
    }
    shared->memory = (const unsigned char*)memory;
    shared->names = shared->memory + sizeof *header;
    shared->snapshots = shared->names + header->symbols * sizeof(hydrophone_shared_name);
    shared->alerts = shared->snapshots + header->symbols * sizeof(hydrophone_snapshot);
    if (!(flags & HYDROPHONE_SHARED_ALLOW_STALE) &&
        hydrophone_shared_writer(shared) != HYDROPHONE_SHARED_RUNNING) {
        return HYDROPHONE_SHARED_STALE;
    }
    return HYDROPHONE_SHARED_OK;
}

/* Attaches to the segment of that name. Nothing is left open unless it returns OK. The header's
 * copy in the handle says what was found instead. */
static inline int hydrophone_shared_attach(hydrophone_shared* shared, const char* name, int flags) {
    char path[4096];
    memset(shared, 0, sizeof *shared);
    shared->file = -1;
    int result = hydrophone_shared_path(name, path, sizeof path);
    if (result != HYDROPHONE_SHARED_OK) {
        return result;
    }
    /* Without O_NONBLOCK a named pipe in its place would hold the caller. */
    shared->file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (shared->file < 0) {
        shared->system_error = errno;
        return errno == ENOENT                     ? HYDROPHONE_SHARED_ABSENT
               : errno == ELOOP || errno == EACCES ? HYDROPHONE_SHARED_NOT_YOURS
                                                   : HYDROPHONE_SHARED_SYSTEM;
    }
    result = hydrophone_shared_map_(shared, flags);
    if (result != HYDROPHONE_SHARED_OK) {
        hydrophone_shared_detach(shared);
    }
    return result;
}

#ifdef __cplusplus
}
#endif

#endif
