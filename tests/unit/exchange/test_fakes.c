/* SPDX-License-Identifier: Apache-2.0 */
/* The fake drivers of tests/fakes as loaded files: what becomes of an exchange with each that
 * misbehaves in one, told once, with the class and the words, with `end` called, and nothing
 * alive afterwards. */
#include "unit/exchange/rig.h"

#include "base/str.h"
#include "exchange/engine.h"
#include "fakes/fake_driver.h"

#include <pthread.h>
#include <string.h>

typedef struct Run {
    const char *name;
    int32_t cls;       /* of the failure, 0: success */
    const char *word;  /* in its message, or NULL */
    const char *text;  /* of TEXT events, or NULL */
    unsigned requests; /* that left */
    int64_t total_ms;  /* deadline, or 0 */
} Run;

/* clang-format off */
static const Run runs[] = {
    {"good", 0, NULL, "hello", 1, 0},
    {"emit_after_done", 0, NULL, "hello", 1, 0},
    {"fail_twice", PB_ERR_QUOTA, NULL, NULL, 0, 0},
    {"fail_silent", PB_ERR_PROTOCOL, "gave no reason", NULL, 0, 0},
    {"fail_then_send", 0, NULL, NULL, 1, 0},
    {"send_without_request", PB_ERR_INTERNAL, "without having described", NULL, 0, 0},
    {"send_from_head", 0, NULL, "hello", 2, 0},
    {"send_forever", PB_ERR_INTERNAL, "64 requests", NULL, 64, 0},
    {"read_from_begin", PB_ERR_INTERNAL, "begin returned 0", NULL, 0, 0},
    {"read_from_end", PB_ERR_INTERNAL, "on_end returned 0", "hello", 1, 0},
    {"done_from_begin", 0, NULL, NULL, 0, 0},
    {"done_empty", 0, NULL, "", 0, 0}, /* the answer's business */
    {"done_early", 0, NULL, NULL, 1, 0},
    {"no_finish", 0, NULL, NULL, 1, 0}, /* the answer's business */
    {"unknown_next", PB_ERR_INTERNAL, "begin returned 77", NULL, 0, 0},
    {"credential_from_head", PB_ERR_INTERNAL, "on_head returned 3", NULL, 1, 0},
    {"credential_cycle", PB_ERR_CONFIG, NULL, NULL, 0, 0},
    {"credential_self", PB_ERR_CONFIG, NULL, NULL, 0, 0},
    {"credential_unnamed", PB_ERR_INTERNAL, NULL, NULL, 0, 0},
    {"credential_forever", PB_ERR_INTERNAL, "gave no part", NULL, 1, 0},
    {"header_10mb", PB_ERR_INTERNAL, "longer than 64 KiB", NULL, 0, 0},
    {"invalid_utf8", 0, NULL, "helloa\357\277\275\357\277\275 z", 1, 0},
    {"stdout", 0, NULL, "hello", 1, 0}, /* noise is not an answer */
    {"credential_good", 0, NULL, "hello", 2, 0},
    {"wait_forever", PB_ERR_TIMEOUT, "300 ms", NULL, 0, 300},
    {"poll", 0, NULL, NULL, 4, 0},
    {"secret_foreign", 0, NULL, "hello", 1, 0},
    {"leaks_secret", PB_ERR_AUTH, "the key was \"\"", NULL, 1, 0},
    {"event_unknown", 0, NULL, NULL, 1, 0},
    {"event_short", 0, NULL, NULL, 1, 0},
    {"note_unmet", 0, NULL, NULL, 1, 0}, /* the call's business */
    {"header_injection", PB_ERR_INTERNAL, "does not allow", NULL, 0, 0},
    {"bad_url", PB_ERR_INTERNAL, "space or control byte", NULL, 0, 0},
    {"writer_misuse", PB_ERR_INTERNAL, "JSON is broken", NULL, 0, 0},
    {"alloc_many", 0, NULL, NULL, 0, 0},
    {"engine", 0, NULL, NULL, 0, 0},
    {"engine_fails", PB_ERR_OVERLOADED, NULL, NULL, 0, 0},
    {"engine_unknown_next", PB_ERR_INTERNAL, NULL, NULL, 0, 0},
    {"engine_endless", PB_ERR_TIMEOUT, "200 ms", NULL, 0, 200},
};
/* clang-format on */

static void answer(void *user, size_t n, const PbayHttpRequest *request, PbayMemoryReply *reply)
{
    (void)user;
    (void)n;
    bool token =
        request->url.len > 6 && memcmp(request->url.ptr + request->url.len - 6, "/token", 6) == 0;
    pbay_memory_reply_set_status(reply, 200);
    pbay_memory_reply_text(reply, token ? "token:SECRET" : "hello");
    pbay_memory_reply_end(reply);
}

/* The rig's provider replaced by one of the fake. */
static Rig *fake_rig(const char *name, PbayDriver **driver)
{
    Rig *rig = rig_new(true);
    const char *const secrets[] = {"api-key", "sk-fake-canary", NULL};
    g_autofree char *path = g_strdup_printf("%s/fakes/%s.so", g_getenv("PBAY_BUILD_DIR"), name);
    *driver = pbay_drivers_load_file(path, pbay_services());
    g_assert_cmpstr((*driver)->reason, ==, NULL);
    GError *error = NULL;
    PbayProvider *provider =
        pbay_provider_new(*driver, name, "{\"base-url\":\"https://api.test/v1\"}", secrets, &error);
    g_assert_no_error(error);
    provider->timeouts.total = 0;
    pbay_provider_unref(rig->provider);
    rig->provider = provider;
    pbay_memory_transport_answer(rig->transport, answer, NULL);
    return rig;
}

static void check_secrets(const Rig *rig, const Owner *owner, const char *name)
{
    for (size_t i = 0; i < pbay_memory_transport_requests(rig->transport); i++) {
        const PbayMemoryRequest *request = pbay_memory_transport_request(rig->transport, i);
        const char *auth = pbay_memory_request_header(request, "authorization");
        if (!g_str_has_prefix(request->url, "https://api.test/"))
            g_assert_null(auth != NULL ? strstr(auth, "canary") : NULL);
    }
    g_assert_null(strstr(owner->seen->str, "canary"));
    if (owner->failure != NULL && strstr(owner->failure->message, "canary") != NULL)
        g_error("%s leaks the key: %s", name, owner->failure->message);
}

static void run_one(gconstpointer data)
{
    const Run *run = data;
    PbayDriver *driver;
    Rig *rig = fake_rig(run->name, &driver);
    Owner owner;
    owner_init(&owner, rig);
    PbayExchangeSpec spec = owner_spec(&owner);
    spec.flags = PB_REQ_STREAM;
    spec.timeouts.total = run->total_ms;
    owner_start_spec(&owner, &spec);
    rig_run(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    if (owner.failure != NULL)
        g_test_message("%s", owner.failure->message);
    g_assert_cmpint(owner.failure != NULL ? owner.failure->cls : 0, ==, run->cls);
    if (run->word != NULL && strstr(owner.failure->message, run->word) == NULL)
        g_error("\"%s\" lacks \"%s\"", owner.failure->message, run->word);
    if (run->text != NULL)
        g_assert_cmpstr(owner.text->str, ==, run->text);
    g_assert_cmpuint(pbay_memory_transport_requests(rig->transport), ==, run->requests);
    g_assert_true(g_utf8_validate(owner.text->str, -1, NULL));
    check_secrets(rig, &owner, run->name);
    owner_clear(&owner);
    rig_free(rig);
}

/* Cancelled while its request is answered by silence; what on_cancel wants is another silence. */
static void test_cancel_hangs(void)
{
    PbayDriver *driver;
    Rig *rig = fake_rig("cancel_hangs", &driver);
    pbay_memory_reply_new(rig->transport, 0);
    PbayMemoryReply *silent = pbay_memory_reply_new(rig->transport, 0);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_turns(rig, 3);
    pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_turns(rig, 3);
    g_assert_cmpuint(owner.done, ==, 1); /* nobody waits for the cancel request */
    g_assert_cmpuint(pbay_worker_alive(rig->worker), ==, 1);
    g_assert_true(pbay_memory_transport_request(rig->transport, 1)->detached);
    pbay_memory_reply_fail(silent, PB_ERR_TIMEOUT, true);
    rig_run(rig);
    owner_clear(&owner);
    rig_free(rig);
}

static void test_cancel_waits(void)
{
    PbayDriver *driver;
    Rig *rig = fake_rig("cancel_waits", &driver);
    pbay_memory_reply_new(rig->transport, 0);
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_turns(rig, 3);
    pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_run(rig);
    g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
    owner_clear(&owner);
    rig_free(rig);
}

static FakeControl *control_of(const PbayDriver *driver)
{
    return (FakeControl *)driver->ops->extension(driver->drv, FAKE_CONTROL);
}

/* A worker of its own for the driver that hangs. */
static void *run_hanging(void *data)
{
    Rig *rig = data;
    Owner owner;
    owner_init(&owner, rig);
    owner_start(&owner);
    rig_run(rig);
    g_assert_cmpuint(owner.done, ==, 1);
    g_assert_cmpint(owner.failure->cls, ==, PB_ERR_PROTOCOL); /* what it returned in the end */
    owner_clear(&owner);
    return NULL;
}

/* An op that does not return holds its own worker; a call on another one is served meanwhile. */
static void test_hangs(void)
{
    PbayDriver *hanging, *good;
    Rig *rig = fake_rig("hangs", &hanging);
    pthread_t thread;
    g_assert_cmpint(pthread_create(&thread, NULL, run_hanging, rig), ==, 0);
    Rig *other = fake_rig("good", &good);
    Owner owner;
    owner_init(&owner, other);
    owner_start(&owner);
    rig_run(other);
    g_assert_cmpstr(owner.text->str, ==, "hello");
    owner_clear(&owner);
    rig_free(other);
    atomic_store(&control_of(hanging)->release, 1);
    g_assert_cmpint(pthread_join(thread, NULL), ==, 0);
    rig_free(rig);
}

static bool is_running(void *data)
{
    return atomic_load(&((FakeControl *)data)->runs) == 1;
}

static bool is_broken(void *data)
{
    return atomic_load(&((PbayDriver *)data)->broken);
}

/* A run that does not look at cancelled(): its client is told at once, the driver serves nobody
 * after the grace is over, and what it holds is freed when it does return. */
static void test_engine_hangs(void)
{
    PbayDriver *driver;
    Rig *rig = fake_rig("engine_hangs", &driver);
    Owner owner, next;
    pbay_engine_grace_ms = 50;
    owner_init(&owner, rig);
    owner_init(&next, rig);
    owner_start(&owner);
    rig_turn_until(rig, is_running, control_of(driver));
    pbay_exchange_cancel(owner.x, PB_CANCEL_CLIENT);
    rig_turns(rig, 2);
    g_assert_cmpuint(owner.done, ==, 1);
    g_assert_cmpint(owner.failure->cls, ==, PBAY_ERR_CANCELLED);
    rig_turn_until(rig, is_broken, driver);
    owner_start(&next);
    rig_turns(rig, 3);
    g_assert_cmpuint(next.done, ==, 1);
    g_assert_cmpint(next.failure->cls, ==, PB_ERR_INTERNAL);
    atomic_store(&control_of(driver)->release, 1);
    rig_run(rig);
    owner_clear(&owner);
    owner_clear(&next);
    rig_free(rig);
    pbay_engine_grace_ms = PBAY_ENGINE_GRACE;
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(runs); i++) {
        g_autofree char *path = g_strdup_printf("/fakes/%s", runs[i].name);
        g_test_add_data_func(path, &runs[i], run_one);
    }
    g_test_add_func("/fakes/cancel_hangs", test_cancel_hangs);
    g_test_add_func("/fakes/cancel_waits", test_cancel_waits);
    g_test_add_func("/fakes/hangs", test_hangs);
    g_test_add_func("/fakes/engine_hangs", test_engine_hangs);
    return g_test_run();
}
