/* SPDX-License-Identifier: Apache-2.0 */
/* patchbay/patchbay.h - libpatchbay: language models through dynamically loaded drivers.
 *
 * Open a core, run requests, close it. Requests and answers are JSON texts in OpenAI's shapes;
 * every provider takes and gives the same.
 *
 *     patchbay_error *error = NULL;
 *     patchbay *pb = patchbay_open(NULL, &error);
 *     patchbay_result *r = patchbay_run(pb, "{\"model\":...}", &error);
 *     puts(patchbay_result_answer(r));
 *
 * Threads: each function states its own rule. [any] may be called from any thread, also several
 * at once on one core. [owner] means: while no other thread uses that same object.
 *
 * Ownership: objects are freed by their own _free/_close function; `char *` results by
 * patchbay_free; `const char *` results belong to the object they were asked of and live as long
 * as it does. All texts are UTF-8 and NUL-terminated. Arguments are copied. Functions that can
 * fail return NULL or a negative number and, when `error` is not NULL, store an error there that
 * the caller frees. */
#ifndef PATCHBAY_PATCHBAY_H
#define PATCHBAY_PATCHBAY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PATCHBAY_API __attribute__((visibility("default")))
#else
#define PATCHBAY_API
#endif

typedef struct patchbay patchbay;                 /* a core: configuration, drivers, a worker */
typedef struct patchbay_opts patchbay_opts;       /* how to open one                          */
typedef struct patchbay_request patchbay_request; /* one request with its own settings        */
typedef struct patchbay_call patchbay_call;       /* one request on its way                   */
typedef struct patchbay_result patchbay_result;   /* how a call ended                         */
typedef struct patchbay_error patchbay_error;

/* "0.1.0". [any] */
PATCHBAY_API const char *patchbay_version(void);

/* Frees a `char *` that this library returned; NULL is fine. [any] */
PATCHBAY_API void patchbay_free(char *text);

/* ---- Errors ---------------------------------------------------------------------------------- */

/* What kind of failure. The numbers are those of patchbay/driver.h and only grow. */
enum {
    PATCHBAY_ERR_INTERNAL = 1,    /* a defect of Patchbay or of a driver                       */
    PATCHBAY_ERR_CONFIG = 2,      /* configuration is wrong, or a key is missing               */
    PATCHBAY_ERR_UNSUPPORTED = 3, /* the driver cannot do what was asked                       */
    PATCHBAY_ERR_INVALID = 4,     /* the request is wrong                                      */
    PATCHBAY_ERR_AUTH = 5,        /* the vendor refused the key                                */
    PATCHBAY_ERR_FORBIDDEN = 6,
    PATCHBAY_ERR_NOT_FOUND = 7, /* unknown model, provider or deployment                     */
    PATCHBAY_ERR_CONTEXT_LENGTH = 8,
    PATCHBAY_ERR_CONTENT_POLICY = 9,
    PATCHBAY_ERR_RATE_LIMIT = 10,
    PATCHBAY_ERR_QUOTA = 11, /* out of credit                                             */
    PATCHBAY_ERR_OVERLOADED = 12,
    PATCHBAY_ERR_TIMEOUT = 13,
    PATCHBAY_ERR_UPSTREAM = 14,  /* network failure or a vendor's 5xx                         */
    PATCHBAY_ERR_PROTOCOL = 15,  /* the vendor's answer is broken or was cut                  */
    PATCHBAY_ERR_CANCELLED = 100 /* patchbay_call_cancel, or a callback asked for it          */
};

/* [any] on an error nobody frees meanwhile. */
PATCHBAY_API int patchbay_error_class(const patchbay_error *error);
PATCHBAY_API const char *patchbay_error_class_name(const patchbay_error *error); /* "rate_limit" */
PATCHBAY_API const char *patchbay_error_message(const patchbay_error *error);
PATCHBAY_API int
patchbay_error_status(const patchbay_error *error); /* the vendor's HTTP status; 0: none */
PATCHBAY_API int
patchbay_error_retryable(const patchbay_error *error); /* 1: the same request may work later */
PATCHBAY_API int64_t
patchbay_error_retry_after_ms(const patchbay_error *error); /* 0: the vendor did not say */
PATCHBAY_API const char *patchbay_error_code(const patchbay_error *error);  /* or NULL */
PATCHBAY_API const char *patchbay_error_param(const patchbay_error *error); /* or NULL */
PATCHBAY_API const char *
patchbay_error_request_id(const patchbay_error *error); /* the vendor's, or NULL */
/* The first 4 KiB of the vendor's body, secrets taken out, NUL-terminated; *len may be NULL. ""
 * if none. */
PATCHBAY_API const char *patchbay_error_raw(const patchbay_error *error, size_t *len);
/* {"error":{"message","type","param","code"}} */
PATCHBAY_API const char *patchbay_error_json(const patchbay_error *error);
/* Configuration: every mistake as a JSON array of
 * {"file","line","section","key","message","hint"}; "[]" for other errors. */
PATCHBAY_API const char *patchbay_error_problems(const patchbay_error *error);
/* The exit code that the patchbay command gives this class: 2 ... 6. */
PATCHBAY_API int patchbay_error_exit_code(const patchbay_error *error);
PATCHBAY_API void patchbay_error_free(patchbay_error *error); /* NULL is fine */

/* ---- Opening --------------------------------------------------------------------------------- */

/* [owner] for all of opts. New options: the standard folders, the real environment, an own
 * worker thread. A path of NULL is left out. */
PATCHBAY_API patchbay_opts *patchbay_opts_new(void);
PATCHBAY_API void patchbay_opts_free(patchbay_opts *opts);
/* Replaces the standard conf.d folders by this one, and the next call adds another. */
PATCHBAY_API void patchbay_opts_conf_only(patchbay_opts *opts, const char *path);
/* Adds a file or folder behind all folders (what --config does). */
PATCHBAY_API void patchbay_opts_conf_add(patchbay_opts *opts, const char *path);
/* Adds KEY=value lines below the real environment. Read at open and at every reload. */
PATCHBAY_API void patchbay_opts_env_file(patchbay_opts *opts, const char *path);
/* Replaces the standard driver folders by this one, and the next call adds another. */
PATCHBAY_API void patchbay_opts_driver_dir(patchbay_opts *opts, const char *path);
/* Sets a configuration value above all files: patchbay_set(o, "provider.openai.api-key", key).
 * Returns 0, or -1 when the name has not the form KIND.NAME.KEY (KIND.KEY for sections without a
 * name). */
PATCHBAY_API int patchbay_set(patchbay_opts *opts, const char *name, const char *value);
/* Shares what is learnt of targets (breakers, latencies, the day's billed probes) with other
 * processes through this file; "": $XDG_STATE_HOME/patchbay/state.json. Never unless it is asked
 * for. A file that cannot be used is a warning in the log. */
PATCHBAY_API void patchbay_opts_state(patchbay_opts *opts, const char *path);
/* No thread of the library's: the program polls patchbay_fd() and calls patchbay_dispatch(). */
PATCHBAY_API void patchbay_opts_embed(patchbay_opts *opts, int embed);
/* The log is one for the process. level: 0 debug, 1 info, 2 warn, 3 error, 9 none; -1: what
 * PATCHBAY_LOG and [log] say. json: 1 JSON lines, 0 text, -1: what [log] says. */
PATCHBAY_API void patchbay_opts_log(patchbay_opts *opts, int level, int json);
/* Log lines go to fn instead of stderr; it may be called from any thread. NULL: stderr. */
PATCHBAY_API void patchbay_opts_log_sink(patchbay_opts *opts,
                                         void (*fn)(void *user, int level, const char *line),
                                         void *user);

/* Reads configuration, loads drivers, opens providers. opts NULL: the defaults; they may be
 * freed afterwards. A refused driver or a provider without key is no error. [any] */
PATCHBAY_API patchbay *patchbay_open(const patchbay_opts *opts, patchbay_error **error);
/* Cancels what is under way (each call still ends through its `done`), joins the worker, frees;
 * NULL is fine. Handles of calls and results outlive it. [owner], not from a callback */
PATCHBAY_API void patchbay_close(patchbay *pb);
/* Reads everything anew and swaps it in at once; requests under way keep what they began with.
 * 0, or -1 with every mistake in the error and the old configuration still in force. [any] */
PATCHBAY_API int patchbay_reload(patchbay *pb, patchbay_error **error);

/* Checks a configuration without opening providers to the network: NULL when it is sound, else
 * an error that lists all mistakes. [any] */
PATCHBAY_API patchbay_error *patchbay_config_check(const patchbay_opts *opts);
/* The merged configuration, secrets masked: conf.d text, or JSON; with `origin` where each value
 * came from. Works on a configuration with mistakes too. [any] */
PATCHBAY_API char *patchbay_config_show(const patchbay_opts *opts, int origin, int json,
                                        patchbay_error **error);

/* ---- What is there (JSON texts, patchbay_free) ----------------------------------------------- */

/* An array with one object for every driver file found, refused ones with "reason" and "remedy".
 * [any] */
PATCHBAY_API char *patchbay_list_drivers(patchbay *pb);
/* One driver with its manifest: options, secrets, parameters, models. NULL: unknown id. [any] */
PATCHBAY_API char *patchbay_show_driver(patchbay *pb, const char *id, patchbay_error **error);
/* An array: name, driver, state (ready, unconfigured, unavailable, shadowed), why, base_url,
 * has_key (somebody gave it one), default_model ("openai/gpt-4o-mini" or null) ... [any] */
PATCHBAY_API char *patchbay_list_providers(patchbay *pb);
/* Models that manifests and [model] sections know; prefix NULL: all. A [model] has "strategy",
 * "targets", and where it has them "rules", "default", "fallbacks" and the like. To ask a vendor,
 * run a request of kind "models". [any] */
PATCHBAY_API char *patchbay_list_models(patchbay *pb, const char *prefix);
/* The model used when none is named. reason, if not NULL, gets why (patchbay_free). [any] */
PATCHBAY_API char *patchbay_default_model(patchbay *pb, char **reason);

/* What is known of targets without asking anybody: every target of model (a [model], a
 * "provider/model", a provider); NULL: of all [model] sections, and what was called so far. A JSON
 * array of {"target","provider","state" (of the provider), "why"?, "breaker" ("closed", "open",
 * "half-open"), "until_ms"?, "reason"?, "busy", "latency_ms"?, "p95_ms"?, "calls", "failures",
 * "last":{"ok","class"?,"message"?,"status"?,"ago_ms","ms"}?, "probe" ("free", "billed", "none"),
 * "keys"?, "limits"?}. [any] */
PATCHBAY_API char *patchbay_health(patchbay *pb, const char *model, patchbay_error **error);
/* What so many tokens cost in one request at each target that model (NULL: the default one) may
 * lead to, fallbacks too: {"model","estimated":false,"targets":[{"target","usd" | "unknown": why,
 * "price":{...}?,"cause"?}]}; usd is an exact decimal as text, "price" the figures with their file
 * and line, "cause" why a fallback is taken ("fallback", "context-window-fallback" ...).
 * A provider need not be configured. [any] */
PATCHBAY_API char *patchbay_cost(patchbay *pb, const char *model, int64_t input, int64_t output,
                                 patchbay_error **error);

/* ---- Requests -------------------------------------------------------------------------------- */

/* kind: "chat", "completion", "embedding", "image", "rerank", "speech", "transcription",
 * "moderation", "count_tokens", "models", "probe"; NULL: "chat". json: the request in OpenAI's
 * shape; for "models" and "probe" it may be "{}" and the model then names only the provider.
 * What OpenAI has no shape for:
 *   "rerank": {"model", "query", "documents": ["text" ...], "top_n"?, "return_documents"?} gives
 *     {"id"?, "results": [{"index", "relevance_score", "document"?} ...], "meta"?}, the best first;
 *     index counts the documents from 0.
 *   "count_tokens": a chat's request gives {"input_tokens", "prompt_tokens"}, both the same number.
 *   "probe": asks whether key and address are right, and gives {"ok": true}.
 * Settings below are [owner]; a request may be run several times.
 * NULL: unknown kind. */
PATCHBAY_API patchbay_request *patchbay_request_new(const char *kind, const char *json);
PATCHBAY_API void patchbay_request_free(patchbay_request *request);
PATCHBAY_API void patchbay_request_model(patchbay_request *request,
                                         const char *model); /* over the JSON's */
PATCHBAY_API void patchbay_request_api_key(patchbay_request *request, const char *key);
PATCHBAY_API void patchbay_request_base_url(patchbay_request *request, const char *url);
PATCHBAY_API void patchbay_request_timeout_ms(patchbay_request *request,
                                              int64_t ms); /* whole call; of probes else [health]
                                                              timeout */
PATCHBAY_API void patchbay_request_header(patchbay_request *request, const char *name,
                                          const char *value); /* to the provider's origins only */
/* A parameter that had to be dropped or changed is an error. */
PATCHBAY_API void patchbay_request_strict(patchbay_request *request, int strict);
/* Further attempts on the same target: over the configuration's; -1: as configured. */
PATCHBAY_API void patchbay_request_retries(patchbay_request *request, int retries);
/* The request is a health check that the vendor bills: its estimated cost, times the attempts that
 * it may make, is booked on the day's probes first (the submitting thread writes the state file if
 * there is one), and it is refused (PATCHBAY_ERR_QUOTA) when [health] daily-cap is reached or its
 * price is unknown. */
PATCHBAY_API void patchbay_request_billed_probe(patchbay_request *request, int billed);
/* Hears what happens to the call as it happens, one JSON object each: {"event": "trying",
 * "waiting", "passed", "failed", "served", "hedged" or "cancelled", "target", "reason"?,
 * "class"?, "message"?, "status"?, "wait_ms"?, "ms"?, ...}; borrowed, on the worker's thread,
 * before `done`. */
typedef void (*patchbay_watch_fn)(void *user, const char *event, size_t len);
PATCHBAY_API void patchbay_request_watch(patchbay_request *request, patchbay_watch_fn fn,
                                         void *user);
/* Makes a recording of the call, as patchbay-drivercheck replays them: requests, replies and what
 * became of them, with made-up values in the place of every secret that the core knows. Texts of
 * the conversation stay as they are. A call that cannot be shown without a secret (a credential is
 * fetched first), or not as one exchange, is an error before anything is sent where that is known
 * then. */
PATCHBAY_API void patchbay_request_record(patchbay_request *request, int record);
/* "warn", "drop" or "error": what becomes of parameters that the provider does not take. 0, or
 * -1 unknown. */
PATCHBAY_API int patchbay_request_drops(patchbay_request *request, const char *policy);

/* Runs and waits. With NULL and error set on failure. In an embedded core it turns the loop
 * itself. From a callback it would wait for itself: that is an error at once. [any]; embedded:
 * the thread that dispatches. */
PATCHBAY_API patchbay_result *patchbay_run(patchbay *pb, const char *chat_json,
                                           patchbay_error **error);
PATCHBAY_API patchbay_result *patchbay_run_request(patchbay *pb, const patchbay_request *request,
                                                   patchbay_error **error);

/* The plan (every target with the reason why it stands there or is out), and what would be sent to
 * the first: method, URL, headers (secrets masked), body, what is dropped or changed and why; the
 * timeouts. Sends nothing. JSON; patchbay_free. [any] */
PATCHBAY_API char *patchbay_explain(patchbay *pb, const patchbay_request *request,
                                    patchbay_error **error);

/* What the request would cost at each target of its plan, before it is sent: as patchbay_cost, with
 * "estimated": true and the "tokens" that were estimated; a target has "out" when it would be left
 * out now and "cause" when it follows a failure; "refused" says why a budget would refuse the
 * request, and then the targets are all there are. Sends nothing. [any] */
PATCHBAY_API char *patchbay_estimate(patchbay *pb, const patchbay_request *request,
                                     patchbay_error **error);

/* Callbacks of a call. They run on the core's worker thread; embedded, inside patchbay_dispatch.
 * They must not block for long: other calls wait meanwhile. `chunk` gets one canonical chunk
 * (JSON, borrowed) and says how to go on; `done` comes exactly once and last, result is borrowed
 * unless kept by patchbay_result_ref. Either may be NULL. */
enum { PATCHBAY_GO_ON = 0, PATCHBAY_PAUSE = 1, PATCHBAY_STOP = -1 };
typedef int (*patchbay_chunk_fn)(void *user, patchbay_call *call, const char *chunk, size_t len);
typedef void (*patchbay_done_fn)(void *user, patchbay_call *call, const patchbay_result *result);

/* Submits. A request whose JSON has "stream": true gives chunks. The handle is good until
 * patchbay_call_free, also after done. NULL with error only when the core is closing or the
 * request is NULL: all else comes through done. [any]; embedded: the thread that dispatches. */
PATCHBAY_API patchbay_call *patchbay_submit(patchbay *pb, const patchbay_request *request,
                                            patchbay_chunk_fn chunk, patchbay_done_fn done,
                                            void *user, patchbay_error **error);
/* As submit, and waits for the end; callbacks still run on the worker thread. The result is the
 * caller's: patchbay_result_free. A failed call gives NULL with error. [any] */
PATCHBAY_API patchbay_result *patchbay_stream(patchbay *pb, const patchbay_request *request,
                                              patchbay_chunk_fn chunk, void *user,
                                              patchbay_error **error);
/* Closes the upstream at once; done still comes. No-op after done. Also safe in a
 * signal-handling thread, not in a signal handler. [any] */
PATCHBAY_API void patchbay_call_cancel(patchbay_call *call);
/* Goes on after a chunk callback returned PATCHBAY_PAUSE. [any] */
PATCHBAY_API void patchbay_call_resume(patchbay_call *call);
/* Waits until done has run. [any], not from a callback; embedded: turns the loop. */
PATCHBAY_API void patchbay_call_wait(patchbay_call *call);
/* Gives the handle back; a call still under way goes on. [any] */
PATCHBAY_API void patchbay_call_free(patchbay_call *call);

/* ---- Results (immutable; [any]) -------------------------------------------------------------- */

PATCHBAY_API const patchbay_error *
patchbay_result_error(const patchbay_result *result); /* NULL: success */
/* The canonical answer as JSON; "" for a stream or a failure. */
PATCHBAY_API const char *patchbay_result_answer(const patchbay_result *result);
/* A raw answer (an image, speech), or NULL; media_type and len may be NULL. */
PATCHBAY_API const void *patchbay_result_bytes(const patchbay_result *result, size_t *len,
                                               const char **media_type);
/* JSON: target, provider, model, driver, driver_version, attempts[] (each with its target, why it
 * was made and how it ended), notes[] (parameters dropped or changed), usage, tokens (disjoint
 * classes: input, cached, cache_write, output, reasoning, and "estimated"), cost ({"usd": exact
 * decimal as text, "estimated"} or {"unknown": why}), request_id. Also of failed calls. */
PATCHBAY_API const char *patchbay_result_report(const patchbay_result *result);
/* The recording that patchbay_request_record asked for: JSON lines; also of a failed call. NULL:
 * there is none, and *why (may be NULL; borrowed) says why if it was asked for: a secret by its
 * name, never its value. Of one call with several keys it shows the last attempt. */
PATCHBAY_API const char *patchbay_result_recording(const patchbay_result *result, const char **why);
PATCHBAY_API patchbay_result *patchbay_result_ref(const patchbay_result *result);
PATCHBAY_API void patchbay_result_free(patchbay_result *result);

/* ---- Inside another loop --------------------------------------------------------------------- */

/* A descriptor that is readable when patchbay_dispatch has something to do; -1 unless embedded.
 * Owned by the core. [any] */
PATCHBAY_API int patchbay_fd(patchbay *pb);
/* Does what is ready and returns at once. The number of calls still under way, or -1 when it
 * cannot: the core is not embedded, or this is a callback. Always from one thread at a time. */
PATCHBAY_API int patchbay_dispatch(patchbay *pb);

#ifdef __cplusplus
}
#endif
#endif
