/* SPDX-License-Identifier: MIT
 *
 * patchbay/driver.h - the Patchbay driver ABI, major 1. Plain C11/C++; includes no other header of ours.
 * Threads: [main] one call at a time in the whole process, on any thread. [serial] one call at a time
 * per exchange, on any thread. [any] concurrent. No op may block, sleep, fork, do I/O, or let an exception,
 * panic or longjmp out. Effects of service calls may be held back until the op returns.
 * Ownership: a pointer passed in is borrowed until the call returns; the receiver copies what it keeps;
 * nothing allocated on one side is ever freed on the other. Text is UTF-8; lengths are bytes; only what
 * says so may be NULL; {NULL, 0} is the empty pb_str.
 * Evolution: frozen types never change. Sized types begin with `size` and only ever grow at the end;
 * a missing tail field reads as zero, and zero always means "default/unknown". Constants are only added. */
#ifndef PATCHBAY_DRIVER_H
#define PATCHBAY_DRIVER_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#define PB_DRIVER_IFACE "patchbay.driver/1"   /* what the core asks patchbay_driver_get() for ...  */
#define PB_EXECUTE_IFACE "patchbay.execute/1" /* ... and if PB_DRIVER_EXECUTE, also this           */
#define PB_ABI_MINOR 0u                       /* +1 whenever a sized type or a constant list grows */
#define PB_HAS(s, f) /* does *s reach field f? Ask before reading any field newer than minor 0     */ \
    ((size_t)((const char *)(&(s)->f + 1) - (const char *)(s)) <= (s)->size)

typedef struct pb_str { const char *ptr; size_t len; } pb_str; /* frozen; not NUL-terminated      */
/* Opaque: the core as one driver sees it, a configured provider, an exchange, an immutable JSON value */
typedef struct pb_core pb_core; typedef struct pb_provider pb_provider;
typedef struct pb_xchg pb_xchg; typedef struct pb_json pb_json;

/* What an op wants next. begin, on_end, on_timer: SEND WAIT NEED_CREDENTIAL DONE; on_head, on_body: READ
 * SEND WAIT DONE; sign: SEND NEED_CREDENTIAL; on_cancel: SEND DONE; all: FAIL. Enums cross as int32_t, so
 * that an unknown value is data, not a fault. SEND without a new http_begin(): the last request once more.
 * NEED_CREDENTIAL: the same op is called again when it is there. */
typedef int32_t pb_next;
enum { PB_FAIL = -1, PB_READ = 0, PB_SEND = 1, PB_WAIT = 2, PB_NEED_CREDENTIAL = 3, PB_DONE = 4 };
typedef int32_t pb_kind; /* what an exchange is for */
enum { PB_KIND_CHAT = 1, PB_KIND_COMPLETION = 2, PB_KIND_EMBEDDING = 3, PB_KIND_RERANK = 4, PB_KIND_IMAGE = 5,
       PB_KIND_SPEECH = 6, PB_KIND_TRANSCRIPTION = 7, PB_KIND_MODERATION = 8, PB_KIND_COUNT_TOKENS = 9,
       PB_KIND_MODELS = 40, PB_KIND_CREDENTIAL = 41, PB_KIND_PROBE = 42 };
#define PB_KIND_BIT(k) (UINT64_C(1) << (k))
enum { PB_LOG_DEBUG = 0, PB_LOG_INFO = 1, PB_LOG_WARN = 2, PB_LOG_ERROR = 3 };
enum { PB_JSON_NULL = 0, PB_JSON_BOOL = 1, PB_JSON_INT = 2, PB_JSON_REAL = 3, PB_JSON_STRING = 4,
       PB_JSON_ARRAY = 5, PB_JSON_OBJECT = 6 };
enum { PB_JSON_KEEP = 1 };      /* json_parse: the value lives with the exchange, not just this op */
enum { PB_HTTP_STREAM = 1,      /* deliver the body as it arrives; without it: whole, in one call  */
       PB_HTTP_IDEMPOTENT = 2,  /* may be re-sent after it has left                                */
       PB_HTTP_FOREIGN = 4 };   /* URL came from outside (an image, a vendor's link): sign() is not
                                   called, the core's egress rules and size bounds apply           */
enum { PB_REQ_STREAM = 1 };     /* the client asked for a stream                                   */
enum { PB_CRED_PUBLIC = 1 };    /* credential_put: this part is no secret (region, project id)     */
enum { PB_DRIVER_ISOLATE = 1,   /* only ever load in a helper process (Go, JVM, ...)               */
       PB_DRIVER_EXECUTE = 2 }; /* offers PB_EXECUTE_IFACE, needs no exchange ops                   */
enum { PB_CANCEL_CLIENT = 1, PB_CANCEL_DEADLINE = 2, PB_CANCEL_SHUTDOWN = 3 };

typedef struct pb_request { /* sized; core -> driver; lives, with all in it, as long as the exchange */
    uint32_t size, flags;
    pb_kind kind;
    int32_t reserved;
    pb_str prefix, model; /* "groq", "llama-3.3-70b"; for KIND_CREDENTIAL: the credential's name   */
    const pb_json *body;  /* the canonical request, or NULL; json_text() gives it as bytes         */
    int64_t deadline_ms;  /* wall clock, as now_ms()                                               */
} pb_request;
/* Canonical output: one flat record. Zero it, set size and kind, fill what applies. */
enum { PB_EV_TEXT = 1, PB_EV_REASONING = 2, PB_EV_REFUSAL = 3, PB_EV_USAGE = 6,
       PB_EV_TOOL_CALL = 4, /* name (and id, if any) on its first event; text = argument fragment  */
       PB_EV_FINISH = 5,    /* text = stop | length | tool_calls | content_filter; name = native   */
       PB_EV_META = 7,      /* name = "id" | "model" | "created" | "system_fingerprint" ...; text  */
       PB_EV_EXTRA = 8,     /* name = member, text = its JSON, put `at` PB_AT_* as it stands        */
       PB_EV_VECTOR = 9,    /* one embedding: index, vector                                        */
       PB_EV_MODEL = 10,    /* one listed model: id, name, text = JSON details                     */
       PB_EV_JSON = 11,     /* a whole canonical answer of another kind (image, rerank ...)        */
       PB_EV_BYTES = 12,    /* name = media type, text = the next raw bytes (speech, a raw image)  */
       PB_EV_CUSTOM_CALL = 13 }; /* as TOOL_CALL, for a tool of type "custom"                      */
enum { PB_AT_MESSAGE = 0, PB_AT_CHOICE = 1, PB_AT_TOOL_CALL = 2, PB_AT_USAGE = 3, PB_AT_TOP = 4 };
enum { PB_USAGE_IN = 1, PB_USAGE_OUT = 2, PB_USAGE_CACHED = 4, PB_USAGE_WRITE = 8, PB_USAGE_REASON = 16 };
typedef struct pb_event { /* sized; driver -> core */
    uint32_t size;
    int32_t kind;
    uint32_t choice, index; /* answer number; tool-call number in order of first appearance        */
    int32_t at;             /* EXTRA: PB_AT_*                                                      */
    uint32_t known;         /* USAGE: PB_USAGE_* of the counters below that the vendor gave        */
    pb_str text, id, name;
    /* USAGE, cumulative over the exchange; in and out are totals: cached, cache_write, reasoning included */
    int64_t tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning;
    const float *vector;
    size_t vector_len;
} pb_event;
enum { PB_ERR_INTERNAL = 1, PB_ERR_CONFIG = 2, PB_ERR_UNSUPPORTED = 3, PB_ERR_INVALID = 4,
       PB_ERR_AUTH = 5, PB_ERR_FORBIDDEN = 6, PB_ERR_NOT_FOUND = 7, PB_ERR_CONTEXT_LENGTH = 8,
       PB_ERR_CONTENT_POLICY = 9, PB_ERR_RATE_LIMIT = 10, PB_ERR_QUOTA = 11, PB_ERR_OVERLOADED = 12,
       PB_ERR_TIMEOUT = 13, PB_ERR_UPSTREAM = 14, PB_ERR_PROTOCOL = 15 };
typedef struct pb_error { /* sized; driver -> core */
    uint32_t size;
    int32_t cls, http_status; /* PB_ERR_*, or 0: the core maps the status; 0 = no status           */
    int32_t retry;            /* -1 never, 0 the core decides, 1 may                               */
    int64_t retry_after_ms;   /* 0 unknown                                                         */
    pb_str code, message, param;
} pb_error;
/* What became of a parameter that the vendor does not take as it stands. UNMET (n, logprobs): an error,
 * which the core raises when the op returns, unless the caller allows drops. */
enum { PB_NOTE_DROPPED = 1, PB_NOTE_CLAMPED = 2, PB_NOTE_EMULATED = 3, PB_NOTE_UNMET = 4 };

/* Services of the core. Sized, append-only, valid for the life of the process. */
typedef struct pb_core_api {
    uint32_t size, abi_minor;
    void (*log)(pb_core *, pb_xchg *or_null, int32_t level, pb_str msg);               /* [any]  */
    void (*report)(pb_core *, pb_provider *or_null, const pb_error *); /* why init/open failed [main] */
    int64_t (*now_ms)(pb_core *);                /* the only clock a driver may read      [any]  */
    void (*random)(pb_core *, void *buf, size_t n); /* the only randomness                [any]  */
    const void *(*extension)(pb_core *, const char *id); /* or NULL                       [any]  */
    void (*sha256)(pb_str data, uint8_t out[32]); /* out may overlap the input            [any]  */
    void (*hmac_sha256)(pb_str key, pb_str data, uint8_t out[32]);                     /* [any]  */
    /* JSON in. A value and all taken from it die when the op that parsed it returns; with PB_JSON_KEEP,
       with the exchange; config, with the provider. Accessors are pure.                  [any] */
    const pb_json *(*json_parse)(pb_xchg *, pb_str text, uint32_t flags); /* or NULL    [serial] */
    int32_t (*json_type)(const pb_json *);                /* accessors take NULL as null          */
    size_t (*json_len)(const pb_json *);                  /* members; 0 unless array or object    */
    const pb_json *(*json_get)(const pb_json *, pb_str key); /* NULL: missing                */
    const pb_json *(*json_at)(const pb_json *, size_t i, pb_str *key_or_null); /* NULL: the end   */
    pb_str (*json_str)(const pb_json *);                  /* "" unless a string                   */
    int64_t (*json_int)(const pb_json *, int64_t otherwise);
    double (*json_real)(const pb_json *, double otherwise);
    int32_t (*json_bool)(const pb_json *, int32_t otherwise);
    size_t (*json_floats)(const pb_json *, float *out, size_t n); /* how many  */
    pb_str (*json_text)(const pb_json *);                 /* serialised, for your own parser      */
    /* HTTP out: describe the next request (the last is forgotten), then return PB_SEND.  [serial] */
    void (*http_begin)(pb_xchg *, pb_str method, pb_str url, uint32_t flags); /* url: sent as is  */
    void (*http_header)(pb_xchg *, pb_str name, pb_str value); /* replaces; in sign: for one send */
    void (*http_body)(pb_xchg *, pb_str bytes);                /* appends raw bytes               */
    void (*w_open)(pb_xchg *, int32_t object); /* append JSON to the body: 1 object, 0 array;      */
    void (*w_close)(pb_xchg *);                /* commas and escaping are the core's business      */
    void (*w_key)(pb_xchg *, pb_str);
    void (*w_str)(pb_xchg *, pb_str);
    void (*w_int)(pb_xchg *, int64_t);
    void (*w_real)(pb_xchg *, double); /* not finite: null */
    void (*w_bool)(pb_xchg *, int32_t);
    void (*w_value)(pb_xchg *, const pb_json *); /* splice a value unchanged; NULL = null          */
    void (*w_begin)(pb_xchg *);  /* from here w_* and http_body write a text of its own (nests),   */
    pb_str (*w_end)(pb_xchg *);  /* which this gives back, good until the op returns               */
    /* The request as it will leave, for sign(); names in lower case, in order of setting. [serial] */
    void (*http_view)(pb_xchg *, pb_str *method, pb_str *url, pb_str *body);
    int32_t (*http_header_at)(pb_xchg *, size_t i, pb_str *name, pb_str *value); /* 0 = end        */
    pb_str (*http_reply_header)(pb_xchg *, pb_str name); /* "" if absent; until the next send; many: ", " */
    void (*http_collect)(pb_xchg *); /* in on_head: this STREAM reply whole after all (an error)   */
    /* Secrets, good until the op returns, wiped, never logged: in sign(), "" unless the URL's origin is one
       of the provider's; and in a KIND_CREDENTIAL exchange, which can send nowhere else. [serial] */
    pb_str (*secret)(pb_xchg *, pb_str name);
    pb_str (*credential)(pb_xchg *, pb_str name, pb_str part); /* "": missing; PUBLIC parts: any op */
    void (*credential_need)(pb_xchg *, pb_str name); /* then return PB_NEED_CREDENTIAL             */
    void (*credential_put)(pb_xchg *, pb_str part, pb_str value, uint32_t flags, int64_t expires_ms);
    void (*credential_drop)(pb_xchg *, pb_str name); /* the one read here was refused: mint anew   */
    /* Results.                                                                           [serial] */
    void (*emit)(pb_xchg *, const pb_event *);
    void (*note)(pb_xchg *, int32_t note, pb_str param, pb_str why); /* nothing silent             */
    void (*fail)(pb_xchg *, const pb_error *); /* then return PB_FAIL                              */
    void (*wait)(pb_xchg *, int64_t ms);       /* then return PB_WAIT                              */
    void *(*alloc)(pb_xchg *, size_t n);       /* zeroed, aligned; NULL: over the bound     */
} pb_core_api;

/* The driver. Sized, append-only, static const. NULL: the default in brackets. Required: init,
 * and but for an engine begin, on_body, on_end, end. */
typedef struct pb_driver {
    uint32_t size, abi_minor; /* sizeof and PB_ABI_MINOR it was compiled with                      */
    uint32_t core_minor_min;  /* refuse to load below this minor of the core                       */
    uint32_t flags;           /* PB_DRIVER_*                                                       */
    uint64_t kinds;           /* PB_KIND_BIT() of what begin() accepts                             */
    const char *id, *version, *vendor, *license; /* "bedrock", "1.4.0", ...; NUL-terminated        */
    const char *const *prefixes;                 /* {"bedrock", NULL}; conf.d may add more         */
    const char *manifest; /* JSON: options, secrets, origins, defaults, models, limits             */
    int32_t (*init)(const pb_core_api *, pb_core *, void **drv);        /* 0 = ok; required  [main] */
    int32_t (*provider_open)(void *drv, pb_provider *, const pb_json *config, void **prov); /* [main] */
    void (*provider_close)(void *prov); /* after its last exchange                       [-] [main] */
    /* `prov` is shared by concurrent exchanges: treat it as read-only.                   [serial] */
    pb_next (*begin)(void *prov, pb_xchg *, const pb_request *, void **state); /* *state: NULL at first */
    pb_next (*sign)(void *prov, pb_xchg *, void *state); /* last, before every send     [PB_SEND]  */
    pb_next (*on_head)(void *prov, pb_xchg *, void *state, int32_t status);          /* [PB_READ]  */
    pb_next (*on_body)(void *prov, pb_xchg *, void *state, pb_str bytes); /* any split; take it all */
    pb_next (*on_end)(void *prov, pb_xchg *, void *state); /* the reply is complete                */
    pb_next (*on_timer)(void *prov, pb_xchg *, void *state);           /* after PB_WAIT [PB_FAIL]  */
    /* The client left, or time is up: PB_SEND one last request, whose reply nobody reads. [PB_DONE] */
    pb_next (*on_cancel)(void *prov, pb_xchg *, void *state, int32_t why);
    void (*end)(void *prov, pb_xchg *, void *state); /* once after begin, however it ended         */
    const void *(*extension)(void *drv, const char *id);                            /* [NULL] [any] */
} pb_driver;

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
/* The only exported symbol. Pure, callable repeatedly; NULL: not offered.                     [any] */
const void *patchbay_driver_get(const char *iface);

/* An engine inside this process: run() has a worker thread of the core, may block (so does emit while the
 * client is slow), polls cancelled() every 100 ms, ends in PB_DONE or PB_FAIL; no http_*, secret, credential*. */
typedef struct pb_execute {
    uint32_t size, parallel; /* how many runs of one provider at a time; 0 = 1 */
    pb_next (*run)(void *prov, pb_xchg *, const pb_request *, int32_t (*cancelled)(pb_xchg *));
} pb_execute;

#ifdef __cplusplus
}
#endif
#endif
