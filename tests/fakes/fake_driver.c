/* SPDX-License-Identifier: Apache-2.0 */
/* One small driver, built many ways with -DFAKE_xxx (fakes.cmake), each with exactly one thing
 * wrong or odd; README.md lists them. Undefined, it is a good driver: it POSTs {"model":...} to
 * base-url/chat, emits the reply's bytes as text and finishes. It keeps counters of its calls,
 * which a real driver must not. */
#include "fakes/fake_driver.h"

#include <patchbay/driver.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef FAKE_ID
#define FAKE_ID "fake"
#endif
#ifndef FAKE_PREFIX
#define FAKE_PREFIX FAKE_ID
#endif

#define S(literal) ((pb_str){literal, sizeof(literal) - 1})

/* What init and provider_open give back. */
typedef struct Fake {
    const pb_core_api *api;
    pb_core *core;
} Fake;

typedef struct Account {
    const pb_core_api *api;
    char *base_url, *elsewhere;
} Account;

typedef struct State {
    int heads, polls;
    size_t bytes;
    int minting; /* a KIND_CREDENTIAL exchange */
} State;

static FakeControl control;

/* What no driver may keep outside of its exchanges: patchbay-drivercheck must see that it does. */
#if defined FAKE_THREAD_LOCAL
static _Thread_local size_t seen;
#else
static size_t seen;
#endif

/* ---- manifests ------------------------------------------------------------------------------- */

#define BASE_URL                                                                                   \
    "\"base-url\":{\"type\":\"url\",\"env\":[\"FAKE_BASE_URL\"],\"default\":\"http://"             \
    "127.0.0.1:1\"}"
#define ELSEWHERE "\"elsewhere\":{\"type\":\"url\",\"default\":\"http://127.0.0.2:1\"}"

#if defined FAKE_MANIFEST_BROKEN
#define MANIFEST "{\"options\":{\"region\":{\"type\":\"strng\"}}}"
#elif defined FAKE_MANIFEST_NONE
#define MANIFEST NULL
#elif defined FAKE_RICH
#define MANIFEST                                                                                   \
    "{\"options\":{" BASE_URL ",\"region\":{\"type\":\"string\",\"env\":[\"FAKE_REGION\","         \
    "\"FAKE_REGION_OLD\"],\"help\":\"where\"},\"tries\":{\"type\":\"int\",\"min\":1,\"max\":9,"    \
    "\"default\":\"3\"},\"speed\":{\"type\":\"enum\",\"values\":[\"fast\",\"slow\"]},"             \
    "\"tags\":{\"type\":\"list\",\"default\":\"a;b\"},\"rename\":{\"type\":\"map\"},"              \
    "\"wait\":{\"type\":\"duration\",\"default\":\"20s\"},\"room\":{\"type\":\"size\"},"           \
    "\"strict\":{\"type\":\"bool\",\"default\":false},\"heat\":{\"type\":\"real\"}},"              \
    "\"secrets\":{\"api-key\":{\"env\":[\"FAKE_API_KEY\",\"FAKE_API_KEY_OLD\"]},"                  \
    "\"token\":{\"env\":[\"FAKE_TOKEN\"]},"                                                        \
    "\"key-file\":{\"file\":[\"${env:FAKE_KEY_FILE}\",\"~/.fake/key\"],\"content\":true,"          \
    "\"reread\":true}},"                                                                           \
    "\"require\":[[\"api-key\"],[\"key-file\"]],"                                                  \
    "\"origins\":[\"https://sts.{region}.example.com\"],"                                          \
    "\"models\":[{\"id\":\"small\",\"context\":1000,\"features\":[\"tools\"],\"kinds\":[\"chat\"]" \
    "},"                                                                                           \
    "{\"id\":\"large\"}],\"default-model\":\"small\",\"note\":\"made up\"}"
#elif defined FAKE_KEYED || defined FAKE_PRIORITY
#ifndef FAKE_PRIORITY
#define FAKE_PRIORITY "0"
#endif
#define MANIFEST                                                                                   \
    "{\"options\":{" BASE_URL "," ELSEWHERE "},\"secrets\":{\"api-key\":{\"env\":"                 \
    "[\"FAKE_API_KEY\"]}},\"require\":[[\"api-key\"]],\"priority\":" FAKE_PRIORITY "}"
#else
#define MANIFEST                                                                                   \
    "{\"options\":{" BASE_URL "," ELSEWHERE "},\"secrets\":{\"api-key\":{\"env\":"                 \
    "[\"FAKE_API_KEY\"]}},\"default-model\":\"any\"}"
#endif

/* ---- init and providers ---------------------------------------------------------------------- */

static void report(const Fake *fake, pb_provider *provider, int32_t cls, pb_str message)
{
    pb_error error = {.size = sizeof error, .cls = cls, .message = message};
    fake->api->report(fake->core, provider, &error);
}

static int32_t fake_init(const pb_core_api *api, pb_core *core, void **drv)
{
    atomic_fetch_add(&control.inits, 1);
#if defined FAKE_IMPORTS_GETENV
    if (getenv("FAKE_NEVER_SET") != NULL)
        return 5;
#endif
    Fake *fake = malloc(sizeof *fake);
    if (fake == NULL)
        return 1;
    *fake = (Fake){api, core};
    *drv = fake;
#if defined FAKE_INIT_CRASH
    raise(SIGSEGV);
#elif defined FAKE_INIT_FAIL
    report(fake, NULL, PB_ERR_CONFIG, S("the moon is in the wrong place"));
    return 3;
#elif defined FAKE_INIT_FAIL_SILENT
    return 4;
#endif
    return 0;
}

static char *copy(pb_str s)
{
    char *text = calloc(1, s.len + 1);
    if (text != NULL && s.len > 0)
        memcpy(text, s.ptr, s.len);
    return text;
}

static int32_t fake_provider_open(void *drv, pb_provider *provider, const pb_json *config,
                                  void **prov)
{
    const Fake *fake = drv;
    const pb_core_api *api = fake->api;
    atomic_fetch_add(&control.opens, 1);
#if defined FAKE_OPEN_FAIL
    report(fake, provider, PB_ERR_CONFIG, S("region mars-1 does not exist"));
    return 1;
#endif
    (void)report;
    (void)provider;
    Account *account = calloc(1, sizeof *account);
    if (account == NULL)
        return 1;
    account->api = api;
    account->base_url = copy(api->json_str(api->json_get(config, S("base-url"))));
    account->elsewhere = copy(api->json_str(api->json_get(config, S("elsewhere"))));
    *prov = account;
    return 0;
}

static void fake_provider_close(void *prov)
{
    Account *account = prov;
    atomic_fetch_add(&control.closes, 1);
    free(account->base_url);
    free(account->elsewhere);
    free(account);
}

/* ---- what ops are made of -------------------------------------------------------------------- */

static void emit(const Account *account, pb_xchg *x, int32_t kind, pb_str text)
{
    pb_event event = {.size = sizeof event, .kind = kind, .text = text};
    account->api->emit(x, &event);
}

static void fail(const Account *account, pb_xchg *x, int32_t cls, pb_str message)
{
    pb_error error = {.size = sizeof error, .cls = cls, .message = message};
    account->api->fail(x, &error);
}

static void describe(const Account *account, pb_xchg *x, const char *base, const char *path,
                     pb_str method, uint32_t flags)
{
    char url[2048];
    int n = snprintf(url, sizeof url, "%s%s", base, path);
    account->api->http_begin(x, method, (pb_str){url, (size_t)n}, flags);
}

/* POST base-url/chat with {"model":...,"stream":...}. */
static void describe_chat(const Account *account, pb_xchg *x, const pb_request *request)
{
    const pb_core_api *api = account->api;
    int32_t stream = (request->flags & PB_REQ_STREAM) != 0;
    describe(account, x, account->base_url, "/chat", S("POST"), stream ? PB_HTTP_STREAM : 0);
    api->http_header(x, S("content-type"), S("application/json"));
    api->w_open(x, 1);
    api->w_key(x, S("model"));
    api->w_str(x, request->model);
    api->w_key(x, S("stream"));
    api->w_bool(x, stream);
    api->w_close(x);
}

static pb_next answer_without_request(const Account *account, pb_xchg *x)
{
    emit(account, x, PB_EV_TEXT, S("hello"));
    emit(account, x, PB_EV_FINISH, S("stop"));
    return PB_DONE;
}

/* ---- begin
 * ------------------------------------------------------------------------------------- */

#include "fakes/fake_begin.h" /* begin_oddly, begin_credential: of what is above */

static pb_next fake_begin(void *prov, pb_xchg *x, const pb_request *request, void **state)
{
    const Account *account = prov;
    atomic_fetch_add(&control.begins, 1);
    (void)answer_without_request;
#if !defined FAKE_REMEMBERS
    seen = 0;
#endif
    if (*state == NULL)
        *state = account->api->alloc(x, sizeof(State));
    ((State *)*state)->minting = request->kind == PB_KIND_CREDENTIAL;
    if (request->kind == PB_KIND_CREDENTIAL)
        return begin_credential(account, x, request);
#if defined FAKE_CREDENTIAL_GOOD
    if (account->api->credential(x, S("token"), S("account")).len == 0) {
        account->api->credential_need(x, S("token"));
        return PB_NEED_CREDENTIAL;
    }
#endif
    return begin_oddly(account, x, request);
}

/* ---- the other ops --------------------------------------------------------------------------- */

static pb_next fake_sign(void *prov, pb_xchg *x, void *state)
{
    const Account *account = prov;
    (void)state;
    atomic_fetch_add(&control.signs, 1);
#if defined FAKE_CREDENTIAL_GOOD
    pb_str key = account->api->credential(x, S("token"), S("value"));
#else
    pb_str key = account->api->secret(x, S("api-key"));
#endif
    char value[512];
    int n = snprintf(value, sizeof value, "Bearer %.*s", (int)(key.len < 400 ? key.len : 400),
                     key.len > 0 ? key.ptr : "");
    if (key.len > 0)
        account->api->http_header(x, S("authorization"), (pb_str){value, (size_t)n});
    memset(value, 0, sizeof value);
    return PB_SEND;
}

static pb_next fake_on_head(void *prov, pb_xchg *x, void *state, int32_t status)
{
    State *s = state;
    s->heads++;
    (void)prov, (void)x, (void)status;
#if defined FAKE_SEND_FROM_HEAD
    if (s->heads == 1)
        return PB_SEND;
#elif defined FAKE_CREDENTIAL_FROM_HEAD
    return PB_NEED_CREDENTIAL;
#elif defined FAKE_LEAKS_SECRET
    char text[600];
    pb_str key = ((const Account *)prov)->api->secret(x, S("api-key"));
    int n = snprintf(text, sizeof text, "the key was \"%.*s\"", (int)key.len,
                     key.len > 0 ? key.ptr : "");
    fail(prov, x, PB_ERR_AUTH, (pb_str){text, (size_t)n});
    return PB_FAIL;
#endif
    return PB_READ;
}

/* The whole reply of /token: "token:SECRET". */
static void take_token(const Account *account, pb_xchg *x, pb_str bytes)
{
    (void)account, (void)x, (void)bytes;
#if defined FAKE_CREDENTIAL_GOOD
    if (bytes.len > 6 && memcmp(bytes.ptr, "token:", 6) == 0) {
        account->api->credential_put(x, S("value"), (pb_str){bytes.ptr + 6, bytes.len - 6}, 0, 0);
        account->api->credential_put(x, S("account"), S("acme"), PB_CRED_PUBLIC, 0);
    }
#endif
}

/* Crashes or hangs when the first five bytes came and no more. */
static pb_next at_five(State *s, size_t n)
{
    s->bytes += n;
#if defined FAKE_CRASH_AT_FIVE
    if (s->bytes == 5)
        raise(SIGSEGV);
#elif defined FAKE_HANGS_AT_FIVE
    struct timespec second = {1, 0};
    while (s->bytes == 5 && atomic_load(&control.release) == 0)
        nanosleep(&second, NULL);
#endif
    return PB_READ;
}

/* What was seen, as text, and where it makes the wrong difference. */
static void tell_count(const Account *account, pb_xchg *x)
{
    char text[32];
    int n = 0;
#if defined FAKE_READS_ITSELF
    int before = account->api->credential(x, S("token"), S("account")).len != 0;
    account->api->credential_drop(x, S("token"));
    int after = account->api->credential(x, S("token"), S("account")).len != 0;
    n = snprintf(text, sizeof text, "%d %d", before, after);
#else
    n = snprintf(text, sizeof text, "%zu bytes", seen);
#endif
    emit(account, x, PB_EV_TEXT, (pb_str){text, (size_t)n});
}

static pb_next fake_on_body(void *prov, pb_xchg *x, void *state, pb_str bytes)
{
    const Account *account = prov;
    if (((State *)state)->minting) {
        take_token(account, x, bytes);
        return PB_READ;
    }
#if defined FAKE_TELLS_COUNT
    seen += bytes.len;
    return PB_READ;
#endif
    emit(account, x, PB_EV_TEXT, bytes);
#if defined FAKE_DONE_EARLY
    emit(account, x, PB_EV_FINISH, S("stop"));
    return PB_DONE;
#endif
    return at_five((State *)state, bytes.len);
}

static pb_next fake_on_end(void *prov, pb_xchg *x, void *state)
{
    const Account *account = prov;
    State *s = state;
    if (s->minting)
        return PB_DONE;
#if defined FAKE_TELLS_COUNT
    tell_count(account, x);
#elif defined FAKE_SEND_FOREVER
    return PB_SEND;
#elif defined FAKE_POLL
    if (s->polls < 3) {
        account->api->wait(x, 100);
        return PB_WAIT;
    }
#elif defined FAKE_EXTRA_BAD_JSON
    pb_event extra = {
        .size = sizeof extra, .kind = PB_EV_EXTRA, .name = S("odd"), .text = S("{bad")};
    account->api->emit(x, &extra);
#elif defined FAKE_INVALID_UTF8
    emit(account, x, PB_EV_TEXT, S("a\xff\xfe z"));
#elif defined FAKE_EVENT_UNKNOWN
    emit(account, x, 999, S("of the future"));
#elif defined FAKE_EVENT_SHORT
    pb_event event = {.size = 4, .kind = PB_EV_TEXT, .text = S("never read")};
    account->api->emit(x, &event);
#elif defined FAKE_NOTE_UNMET
    account->api->note(x, PB_NOTE_UNMET, S("n"), S("the vendor gives one answer"));
#elif defined FAKE_TEXT_AFTER_FINISH
    emit(account, x, PB_EV_FINISH, S("stop"));
    emit(account, x, PB_EV_TEXT, S("one more thing"));
    return PB_DONE;
#elif defined FAKE_NO_FINISH
    return PB_DONE;
#elif defined FAKE_READ_FROM_END
    return PB_READ;
#endif
    emit(account, x, PB_EV_FINISH, S("stop"));
    return PB_DONE;
}

static pb_next fake_on_timer(void *prov, pb_xchg *x, void *state)
{
    const Account *account = prov;
#if defined FAKE_POLL
    ((State *)state)->polls++;
    describe(account, x, account->base_url, "/poll", S("GET"), PB_HTTP_IDEMPOTENT);
    return PB_SEND;
#endif
    (void)state;
    account->api->wait(x, 1);
    return PB_WAIT;
}

static pb_next fake_on_cancel(void *prov, pb_xchg *x, void *state, int32_t why)
{
    (void)state, (void)why, (void)prov, (void)x;
    atomic_fetch_add(&control.cancels, 1);
#if defined FAKE_CANCEL_HANGS
    const Account *account = prov;
    describe(account, x, account->base_url, "/cancel", S("POST"), 0);
    return PB_SEND;
#elif defined FAKE_CANCEL_WAITS
    return PB_WAIT;
#endif
    return PB_DONE;
}

static void fake_end(void *prov, pb_xchg *x, void *state)
{
    (void)prov, (void)x, (void)state;
    atomic_fetch_add(&control.ends, 1);
#if defined FAKE_EMIT_AFTER_DONE
    emit(prov, x, PB_EV_TEXT, S("too late"));
    fail(prov, x, PB_ERR_INTERNAL, S("too late"));
#endif
}

static const void *fake_extension(void *drv, const char *id)
{
    (void)drv;
    return strcmp(id, FAKE_CONTROL) == 0 ? &control : NULL;
}

/* ---- an engine in the process ---------------------------------------------------------------- */

#if defined FAKE_ENGINE || defined FAKE_ENGINE_HANGS || defined FAKE_ENGINE_FAILS ||               \
    defined FAKE_ENGINE_ENDLESS || defined FAKE_ENGINE_UNKNOWN_NEXT || defined FAKE_ENGINE_NULL
#define FLAGS PB_DRIVER_EXECUTE
#elif defined FAKE_ISOLATE
#define FLAGS PB_DRIVER_ISOLATE
#else
#define FLAGS 0
#endif

/* Ten words, until cancelled; ENDLESS: words until cancelled; HANGS: looks at the latch alone. */
static pb_next fake_run(void *prov, pb_xchg *x, const pb_request *request,
                        int32_t (*cancelled)(pb_xchg *))
{
    const Account *account = prov;
    (void)request;
    atomic_fetch_add(&control.runs, 1);
#if defined FAKE_ENGINE_HANGS
    struct timespec pause = {0, 1000000};
    while (atomic_load(&control.release) == 0)
        nanosleep(&pause, NULL);
#elif defined FAKE_ENGINE_FAILS
    fail(account, x, PB_ERR_OVERLOADED, S("the engine is tired"));
    return PB_FAIL;
#elif defined FAKE_ENGINE_UNKNOWN_NEXT
    return PB_SEND;
#endif
    for (int i = 0; !cancelled(x); i++) {
#if !defined FAKE_ENGINE_ENDLESS
        if (i == 10)
            break;
#endif
        emit(account, x, PB_EV_TEXT, S("word "));
    }
    if (cancelled(x))
        return PB_FAIL;
    emit(account, x, PB_EV_FINISH, S("stop"));
    return PB_DONE;
}

/* ---- the tables ------------------------------------------------------------------------------ */

#if defined FAKE_NO_PREFIX
static const char *const prefixes[] = {NULL};
#elif defined FAKE_PREFIX2
static const char *const prefixes[] = {FAKE_PREFIX, FAKE_PREFIX2, NULL};
#else
static const char *const prefixes[] = {FAKE_PREFIX, NULL};
#endif

/* A table of a later minor, longer than ours. */
typedef struct Longer {
    pb_driver driver;
    void (*later[4])(void);
} Longer;

#if defined FAKE_SIZE_SMALL
#define SIZE offsetof(pb_driver, end)
#elif defined FAKE_SIZE_MINIMAL /* ends with `end`, the least there may be */
#define SIZE (offsetof(pb_driver, end) + sizeof(void (*)(void)))
#elif defined FAKE_SIZE_LARGE
#define SIZE sizeof(Longer)
#else
#define SIZE sizeof(pb_driver)
#endif
#ifndef FAKE_MINOR
#define FAKE_MINOR PB_ABI_MINOR
#endif
#ifndef FAKE_CORE_MINOR
#define FAKE_CORE_MINOR 0
#endif

#if defined FAKE_NULL_INIT
#define INIT NULL
#else
#define INIT fake_init
#endif
#if defined FAKE_NULL_BEGIN || defined FAKE_ENGINE
#define BEGIN NULL
#else
#define BEGIN fake_begin
#endif
#if defined FAKE_NULL_BODY
#define ON_BODY NULL
#else
#define ON_BODY fake_on_body
#endif
#if defined FAKE_NULL_ON_END
#define ON_END NULL
#else
#define ON_END fake_on_end
#endif
#if defined FAKE_NULL_END
#define END NULL
#else
#define END fake_end
#endif

static const Longer table = {
    .driver = {.size = SIZE,
               .abi_minor = FAKE_MINOR,
               .core_minor_min = FAKE_CORE_MINOR,
               .flags = FLAGS,
               .kinds = PB_KIND_BIT(PB_KIND_CHAT),
               .id = FAKE_ID,
               .version = "1.2.3",
               .vendor = "Fake & Sons",
               .license = "Apache-2.0",
               .prefixes = prefixes,
               .manifest = MANIFEST,
               .init = INIT,
               .provider_open = fake_provider_open,
               .provider_close = fake_provider_close,
               .begin = BEGIN,
               .sign = fake_sign,
               .on_head = fake_on_head,
               .on_body = ON_BODY,
               .on_end = ON_END,
               .on_timer = fake_on_timer,
               .on_cancel = fake_on_cancel,
               .end = END,
               .extension = fake_extension},
};

static const pb_execute engine = {.size = sizeof engine, .parallel = 2, .run = fake_run};

#if defined FAKE_EXTRA_SYMBOL
extern const int fake_extra_symbol;
__attribute__((visibility("default"))) const int fake_extra_symbol = 1;
#endif

#if defined FAKE_UNDEFINED_SYMBOL
extern void fake_function_nobody_has(void);
void (*const fake_keep_undefined)(void) = fake_function_nobody_has;
#endif

#if defined FAKE_NO_SYMBOL
extern const void *patchbay_driver_get_other(const char *iface);
#if defined FAKE_NEEDS_DEPENDENCY
const void *(*const fake_keep_dependency)(const char *) = patchbay_driver_get;
#endif
__attribute__((visibility("default"))) const void *patchbay_driver_get_other(const char *iface)
#else
const void *patchbay_driver_get(const char *iface)
#endif
{
#if defined FAKE_WRONG_INTERFACE
    return strcmp(iface, "patchbay.driver/2") == 0 ? &table : NULL;
#endif
#if !defined FAKE_ENGINE_NULL
    if (FLAGS == PB_DRIVER_EXECUTE && strcmp(iface, PB_EXECUTE_IFACE) == 0)
        return &engine;
#endif
    (void)engine;
    return strcmp(iface, PB_DRIVER_IFACE) == 0 ? &table : NULL;
}
