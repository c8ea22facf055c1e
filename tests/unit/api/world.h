/* SPDX-License-Identifier: Apache-2.0 */
/* A world for tests of the public API: a folder with conf.d in it, options that see nothing of the
 * machine's own configuration, and a stub vendor in OpenAI's dialect behind provider `acme`. The
 * model's name picks what the vendor does. Include once a program. */
#ifndef PBAY_TEST_API_WORLD_H
#define PBAY_TEST_API_WORLD_H

#include "stub/stub.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <patchbay/patchbay.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define WORLD_KEY "sk-world-0123456789"

typedef struct World {
    char *dir, *conf; /* conf: dir/conf.d */
    Stub *stub;
    patchbay_opts *opts;
    atomic_int warnings; /* log lines of level warn and above */
} World;

/* ---- The vendor ---- */

#define WORLD_ANSWER                                                                               \
    "{\"id\":\"c1\",\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"index\":0,"     \
    "\"message\":{\"role\":\"assistant\",\"content\":\"Hello, world\"},"                           \
    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"         \
    "\"total_tokens\":5}}"

static inline void world_delta(StubScript *script, const char *text)
{
    g_autofree char *event =
        g_strdup_printf("data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
                        "\"%s\"},\"finish_reason\":null}]}\n\n",
                        text);
    stub_script_text(script, event);
}

static inline void world_stop(StubScript *script)
{
    stub_script_text(script, "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},"
                             "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
}

static inline StubScript *world_stream(const StubRequest *request)
{
    StubScript *script = stub_script_new(200, "text/event-stream");
    stub_script_header(script, "x-request-id", "req-stream");
    world_delta(script, "Hello");
    if (strstr(request->body->str, "\"cut\"") != NULL) {
        stub_script_cut(script);
        return script;
    }
    if (strstr(request->body->str, "\"stall\"") != NULL) {
        stub_script_stall(script);
        return script;
    }
    world_delta(script, ", ");
    world_delta(script, "world");
    world_stop(script);
    return script;
}

static inline StubScript *world_refusal(const StubRequest *request)
{
    StubScript *script;
    if (strstr(request->body->str, "\"limited\"") != NULL) {
        script = stub_json(429, "{\"error\":{\"message\":\"Slow down\",\"type\":\"requests\","
                                "\"code\":\"rate_limit_exceeded\",\"param\":null}}");
        stub_script_header(script, "Retry-After", "7");
        stub_script_header(script, "x-request-id", "req-429");
        return script;
    }
    if (strstr(request->body->str, "\"echo-key\"") != NULL) {
        g_autofree char *text = g_strdup_printf(
            "{\"error\":{\"message\":\"Incorrect API key: %s\",\"code\":\"invalid_api_key\"}}",
            (const char *)g_hash_table_lookup(request->headers, "authorization"));
        return stub_json(401, text);
    }
    if (strstr(request->body->str, "\"broken\"") != NULL)
        return stub_json(200, "this is no JSON");
    return NULL;
}

static inline StubScript *world_handler(void *user, const StubRequest *request)
{
    StubScript *script = world_refusal(request);
    (void)user;
    if (script != NULL)
        return script;
    if (strcmp(request->method, "GET") == 0)
        return stub_json(200, "{\"data\":[{\"id\":\"m-1\"},{\"id\":\"m-2\"}]}");
    if (strstr(request->body->str, "\"stream\":true") != NULL)
        return world_stream(request);
    if (strstr(request->body->str, "\"stall\"") != NULL) {
        script = stub_script_new(200, "application/json");
        stub_script_stall(script);
        return script;
    }
    script = stub_json(200, WORLD_ANSWER);
    stub_script_header(script, "x-request-id", "req-ok");
    return script;
}

/* ---- The world ---- */

static inline char *world_file(const World *world, const char *name, const char *text)
{
    char *path = g_build_filename(world->dir, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

/* conf.d/acme.conf, with more lines of the provider's section behind. */
static inline void world_provider(const World *world, const char *more)
{
    g_autofree char *url = stub_url(world->stub, "/v1");
    g_autofree char *text =
        g_strdup_printf("[provider acme]\ndriver = openai\nbase-url = %s\n%s", url, more);
    g_free(world_file(world, "conf.d/acme.conf", text));
}

static inline void world_log(void *user, int level, const char *line)
{
    World *world = user;
    (void)line;
    if (level >= 2)
        atomic_fetch_add(&world->warnings, 1);
}

static inline patchbay_opts *world_opts(World *world)
{
    patchbay_opts *opts = patchbay_opts_new();
    g_autofree char *drivers = g_build_filename(g_getenv("PBAY_BUILD_DIR"), "drivers", NULL);
    patchbay_opts_conf_only(opts, world->conf);
    patchbay_opts_driver_dir(opts, drivers);
    patchbay_opts_log(opts, 2, 0);
    patchbay_opts_log_sink(opts, world_log, world);
    return opts;
}

static inline World *world_new(void)
{
    World *world = g_new0(World, 1);
    world->dir = g_dir_make_tmp("pbay-api-XXXXXX", NULL);
    world->conf = g_build_filename(world->dir, "conf.d", NULL);
    g_assert_cmpint(g_mkdir(world->conf, 0755), ==, 0);
    world->stub = stub_new(world_handler, NULL);
    world_provider(world, "api-key = " WORLD_KEY "\n");
    world->opts = world_opts(world);
    return world;
}

static inline void world_remove(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        world_remove(inner);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_remove(path);
}

static inline void world_free(World *world)
{
    patchbay_opts_log_sink(world->opts, NULL, NULL);
    patchbay_opts_free(world->opts);
    stub_free(world->stub);
    world_remove(world->dir);
    g_free(world->dir);
    g_free(world->conf);
    g_free(world);
}

/* ---- What tests say often ---- */

static inline void assert_ok(const patchbay_error *error)
{
    if (error != NULL)
        g_error("%s: %s", patchbay_error_class_name(error), patchbay_error_message(error));
}

static inline patchbay *world_open(World *world)
{
    patchbay_error *error = NULL;
    patchbay *pb = patchbay_open(world->opts, &error);
    assert_ok(error);
    g_assert_nonnull(pb);
    return pb;
}

static inline void assert_holds(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        g_error("expected %s in: %s", part, text != NULL ? text : "(nothing)");
}

static inline void assert_lacks(const char *text, const char *part)
{
    if (text != NULL && strstr(text, part) != NULL)
        g_error("did not expect %s in: %s", part, text);
}

/* Takes error over. */
static inline void assert_failed(patchbay_error *error, int cls, const char *says)
{
    g_assert_nonnull(error);
    if (patchbay_error_class(error) != cls)
        g_error("class %s: %s", patchbay_error_class_name(error), patchbay_error_message(error));
    assert_holds(patchbay_error_message(error), says);
    patchbay_error_free(error);
}

/* A chat request; more begins with a comma. */
static inline char *chat_json(const char *model, const char *more)
{
    return g_strdup_printf("{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Men "
                           "are all alike.\"}]%s}",
                           model, more);
}

static inline patchbay_request *chat(const char *model, const char *more)
{
    g_autofree char *json = chat_json(model, more);
    patchbay_request *request = patchbay_request_new("chat", json);
    g_assert_nonnull(request);
    return request;
}

/* ---- A call and what came of it, awaited on any thread ---- */

typedef struct Watch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned chunks, done;
    GString *text; /* contents of chunks, joined as they come: JSON lines */
    int (*next)(struct Watch *watch, patchbay_call *call); /* of each chunk; NULL: go on */
    patchbay *pb;
    patchbay_call *call;
    patchbay_result *result;
} Watch;

static inline Watch *watch_new(void)
{
    Watch *watch = g_new0(Watch, 1);
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->changed, NULL);
    watch->text = g_string_new(NULL);
    return watch;
}

static inline void watch_free(Watch *watch)
{
    patchbay_call_free(watch->call);
    patchbay_result_free(watch->result);
    g_string_free(watch->text, TRUE);
    pthread_cond_destroy(&watch->changed);
    pthread_mutex_destroy(&watch->lock);
    g_free(watch);
}

static inline int watch_chunk(void *user, patchbay_call *call, const char *chunk, size_t len)
{
    Watch *watch = user;
    int (*next)(Watch *, patchbay_call *);
    g_assert_cmpuint(strlen(chunk), ==, len);
    pthread_mutex_lock(&watch->lock);
    g_assert_cmpuint(watch->done, ==, 0);
    watch->chunks++;
    g_string_append_len(watch->text, chunk, (gssize)len);
    g_string_append_c(watch->text, '\n');
    next = watch->next;
    pthread_cond_broadcast(&watch->changed);
    pthread_mutex_unlock(&watch->lock);
    return next != NULL ? next(watch, call) : PATCHBAY_GO_ON;
}

static inline void watch_done(void *user, patchbay_call *call, const patchbay_result *result)
{
    Watch *watch = user;
    patchbay_call_cancel(call); /* no-ops by now */
    patchbay_call_resume(call);
    pthread_mutex_lock(&watch->lock);
    watch->done++;
    watch->result = patchbay_result_ref(result);
    pthread_cond_broadcast(&watch->changed);
    pthread_mutex_unlock(&watch->lock);
}

static inline void watch_submit(Watch *watch, patchbay *pb, const patchbay_request *request)
{
    patchbay_error *error = NULL;
    watch->pb = pb;
    watch->call = patchbay_submit(pb, request, watch_chunk, watch_done, watch, &error);
    assert_ok(error);
    g_assert_nonnull(watch->call);
}

static inline unsigned watch_chunks(Watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    unsigned chunks = watch->chunks;
    pthread_mutex_unlock(&watch->lock);
    return chunks;
}

static inline void watch_await_chunks(Watch *watch, unsigned n)
{
    pthread_mutex_lock(&watch->lock);
    while (watch->chunks < n && watch->done == 0)
        pthread_cond_wait(&watch->changed, &watch->lock);
    g_assert_cmpuint(watch->chunks, >=, n);
    pthread_mutex_unlock(&watch->lock);
}

static inline void watch_end(Watch *watch)
{
    patchbay_call_wait(watch->call);
    pthread_mutex_lock(&watch->lock);
    g_assert_cmpuint(watch->done, ==, 1);
    pthread_mutex_unlock(&watch->lock);
}

static inline void assert_result_failed(const patchbay_result *result, int cls, const char *says)
{
    const patchbay_error *error = patchbay_result_error(result);
    g_assert_nonnull(error);
    if (patchbay_error_class(error) != cls)
        g_error("class %s: %s", patchbay_error_class_name(error), patchbay_error_message(error));
    assert_holds(patchbay_error_message(error), says);
}

#endif
