/* Hydrophone as a library: market events in, results and alerts out, by a stable C ABI.
 *
 *     hydrophone_config* config;
 *     hydrophone_session* session;
 *     hydrophone_config_create("default", &config);
 *     hydrophone_config_set(config, "parent.gap_ns", 500000);
 *     hydrophone_open(config, NULL, &session);
 *     hydrophone_process(session, events, count, results);
 *     hydrophone_poll(session, alerts, 16, &polled);
 *     hydrophone_close(session);
 *     hydrophone_config_free(config);
 *
 * Errors:   functions that can fail return a hydrophone_status; hydrophone_last_error says more.
 *           What failed has not happened: it has changed neither session nor configuration, nor
 *           what its arguments point to. No C++ exception leaves the library.
 * Threads:  one handle, one thread at a time. A second thread that meets another in a session or
 *           configuration is refused with HYDROPHONE_ERROR_BUSY. Different handles are independent.
 *           A handle that is freed while a thread is using it is undefined.
 * Pointers: NULL is refused where it is not said to be allowed.
 * ABI:      structs that may grow begin with struct_size, which the caller sets to sizeof; events,
 *           results and alerts never change under one HYDROPHONE_ABI_VERSION, which is the number
 *           in the library's soname.
 */
#ifndef HYDROPHONE_H
#define HYDROPHONE_H

#include <stddef.h>
#include <stdint.h>

#include "hydrophone_kernels.h"
#include "hydrophone_records.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HYDROPHONE_ABI_VERSION 1

typedef enum {
    HYDROPHONE_OK = 0,
    HYDROPHONE_ERROR_ARGUMENT = 1, /* a NULL, a size or an index that cannot be */
    HYDROPHONE_ERROR_CONFIG = 2,   /* an unknown preset or key, or a value out of its range */
    HYDROPHONE_ERROR_FILE = 3,     /* a configuration file that is damaged or of another version */
    HYDROPHONE_ERROR_EVENT = 4,    /* an event with a value out of its range */
    HYDROPHONE_ERROR_BUSY = 5,     /* another thread is using the handle */
    HYDROPHONE_ERROR_ISA = 6,      /* an instruction set that is not available here */
    HYDROPHONE_ERROR_MEMORY = 7,
    HYDROPHONE_ERROR_INTERNAL = 8 /* a fault of the library's own */
} hydrophone_status;

/* Version of the library, as of the Python distribution, and of the ABI that it was built with. */
HYDROPHONE_API const char* hydrophone_version(void);
HYDROPHONE_API uint32_t hydrophone_abi_version(void);
/* What the calling thread's last failing call was refused for; "" before the first one. Valid until
 * the thread's next failing call. */
HYDROPHONE_API const char* hydrophone_last_error(void);
/* Name of a status, "HYDROPHONE_OK"; "unknown status" of any other number. */
HYDROPHONE_API const char* hydrophone_status_name(hydrophone_status status);
/* Instruction sets that this processor has, oldest first; NULL from as many on as there are. */
HYDROPHONE_API const char* hydrophone_isa(size_t index);

/* ---- Configuration ---- */

typedef struct hydrophone_config hydrophone_config;

/* A preset: "small", "default" or "large"; NULL is "default". */
HYDROPHONE_API hydrophone_status hydrophone_config_create(const char* preset,
                                                          hydrophone_config** config);
/* What `hydrophone config --binary FILE` prints, `size` bytes of it. It is checked for damage,
 * version and ranges; like code, it is taken from whom one trusts. */
HYDROPHONE_API hydrophone_status hydrophone_config_read(const void* data, size_t size,
                                                        hydrophone_config** config);
/* Sets a number by its key in a configuration file, "symbols" or "parent.gap_ns". What keys allow
 * together, as classes of symbols, is checked by hydrophone_open. */
HYDROPHONE_API hydrophone_status hydrophone_config_set(hydrophone_config* config, const char* key,
                                                       int64_t value);
HYDROPHONE_API hydrophone_status hydrophone_config_get(const hydrophone_config* config,
                                                       const char* key, int64_t* value);
/* NULL is allowed, and nothing is done. */
HYDROPHONE_API void hydrophone_config_free(hydrophone_config* config);

typedef struct {
    uint32_t struct_size;
    uint32_t settable; /* 1, or 0 where other numbers follow: a configuration file carries it */
    const char* name;  /* "parent.gap_ns" */
    const char* meaning;
    int64_t low; /* smallest and largest value */
    int64_t high;
    uint32_t power_of_two; /* 1 where only powers of two are allowed */
    uint32_t reserved;
} hydrophone_key;

/* Describes a key by its number from 0 on; HYDROPHONE_ERROR_ARGUMENT from as many on as there are.
 */
HYDROPHONE_API hydrophone_status hydrophone_config_key(size_t index, hydrophone_key* key);

/* ---- Session ---- */

/* An opened engine with the state of every symbol. */
typedef struct hydrophone_session hydrophone_session;

typedef struct {
    uint32_t struct_size;
    uint32_t alert_capacity; /* alerts kept until they are polled; 0 for 4096 */
    const char* isa;         /* instruction set; NULL for $HYDROPHONE_ISA, else the newest */
} hydrophone_options;

/* Opens a session; the configuration is copied. `options` may be NULL. */
HYDROPHONE_API hydrophone_status hydrophone_open(const hydrophone_config* config,
                                                 const hydrophone_options* options,
                                                 hydrophone_session** session);
/* Scores a batch of events in order. `results`: one an event, no overlap with the events; NULL if
 * alerts are all that is wanted. With count 0 both may be NULL. One event that is out of range
 * refuses the batch. */
HYDROPHONE_API hydrophone_status hydrophone_process(hydrophone_session* session,
                                                    const hydrophone_event* events, size_t count,
                                                    hydrophone_result* results);
/* Scores one event, whose sequence becomes the count of pushes since hydrophone_reset. `result` may
 * be NULL. */
HYDROPHONE_API hydrophone_status hydrophone_push(hydrophone_session* session,
                                                 const hydrophone_event* event,
                                                 hydrophone_result* result);
/* Takes the oldest alerts out of the queue, at most `capacity`. An alert that meets a full queue is
 * dropped and counted. */
HYDROPHONE_API hydrophone_status hydrophone_poll(hydrophone_session* session,
                                                 hydrophone_alert* alerts, size_t capacity,
                                                 size_t* count);

typedef struct {
    uint32_t struct_size;
    uint32_t waiting; /* alerts in the queue */
    uint64_t events;
    uint64_t alerts;
    uint64_t late;    /* events timed before their symbol's last */
    uint64_t dropped; /* alerts that met a full queue */
    uint64_t pushed;  /* events pushed one by one */
} hydrophone_counters;

/* Counts since the session was opened or reset. */
HYDROPHONE_API hydrophone_status hydrophone_get_counters(hydrophone_session* session,
                                                         hydrophone_counters* counters);

typedef struct {
    uint32_t struct_size;
    uint16_t symbol;
    uint8_t known;        /* 1 if the symbol has had an event; if not, 0 follow */
    uint8_t side;         /* of the running parent, see hydrophone_side */
    uint64_t time_ns;     /* of the symbol's last event */
    uint32_t price;       /* of the same, in ticks */
    uint32_t parent_size; /* running parent order in lots */
    uint8_t kind;         /* the last result's, see hydrophone_kind */
    uint8_t reserved[3];
    uint16_t score;                        /* the last result's */
    uint16_t flags;                        /* the last result's, see hydrophone_result_flag */
    uint16_t heads[HYDROPHONE_KINDS];      /* the last result's */
    uint32_t thresholds[HYDROPHONE_KINDS]; /* now in force for the heads; UINT32_MAX: never fires */
    uint16_t episode[2];                   /* events that an episode of each side has left */
    uint32_t padding;
} hydrophone_snapshot;

/* What is known of a symbol now. Thresholds are those of its class, of unknown symbols too. */
HYDROPHONE_API hydrophone_status hydrophone_get_snapshot(hydrophone_session* session,
                                                         uint32_t symbol,
                                                         hydrophone_snapshot* snapshot);
/* Forgets every symbol, the alerts in the queue and the counts. */
HYDROPHONE_API hydrophone_status hydrophone_reset(hydrophone_session* session);
/* Frees the session; NULL is allowed. HYDROPHONE_ERROR_BUSY, and nothing is freed, while another
 * thread is in a call. */
HYDROPHONE_API hydrophone_status hydrophone_close(hydrophone_session* session);

#ifdef __cplusplus
}
#endif
#endif
