/* SPDX-License-Identifier: Apache-2.0 */
/* The house's core, its calls, and reading what explain says. Its vendors are house_vendors.c. */
#include "e2e/house.h"

#include "e2e/house_vendors.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>

#define PATIENCE_S 30

/* ---- Opening ---- */

char *house_example(const char *name)
{
    g_autofree char *file = g_strconcat(name, ".conf", NULL);
    return g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "conf.d", "examples", file, NULL);
}

static void set(patchbay_opts *opts, const char *name, const char *value)
{
    if (patchbay_set(opts, name, value) != 0)
        g_error("%s is no name of a setting", name);
}

/* The base URLs, and keys unless the test says something of them. */
static void set_providers(const House *house, patchbay_opts *opts, GHashTable *said)
{
    for (unsigned i = 0; i < HOUSE_PROVIDERS; i++) {
        const char *name = house_providers[i];
        g_autofree char *key = g_strdup_printf("provider.%s.api-key", name);
        g_autofree char *at = g_strdup_printf("provider.%s.base-url", name);
        g_autofree char *value = g_strdup_printf("sk-house-%s", name);
        g_autofree char *url = house_vendors_url(house->vendors, i);

        if (strcmp(name, "workshop") == 0)
            set(opts, "provider.workshop.driver", "openai");
        set(opts, at, url);
        if (!g_hash_table_contains(said, key))
            set(opts, key, value);
    }
}

static patchbay *open_core(const House *house, const char *env, const char *example, va_list args)
{
    patchbay_opts *opts = patchbay_opts_new();
    g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *drivers = g_build_filename(g_getenv("PBAY_BUILD_DIR"), "drivers", NULL);
    g_autofree char *conf = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "conf.d", NULL);
    g_autofree char *file = house_example(example);
    patchbay_error *error = NULL;
    const char *name;
    patchbay *pb;

    patchbay_opts_conf_only(opts, conf);
    patchbay_opts_conf_add(opts, file);
    patchbay_opts_driver_dir(opts, drivers);
    patchbay_opts_log(opts, 9, 0);
    patchbay_opts_env_file(opts, env);
    while ((name = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);

        g_hash_table_add(said, (gpointer)name);
        if (value != NULL && strcmp(name, "state") == 0)
            patchbay_opts_state(opts, value);
        else if (value != NULL && strcmp(name, "conf") == 0)
            patchbay_opts_conf_add(opts, value);
        else if (value != NULL)
            set(opts, name, value);
    }
    set_providers(house, opts, said);
    pb = patchbay_open(opts, &error);
    if (pb == NULL)
        g_error("%s: %s", example, patchbay_error_message(error));
    patchbay_opts_free(opts);
    return pb;
}

static House *house_of(void)
{
    House *house = g_new0(House, 1);

    house->vendors = house_vendors_new();
    house->retries = -1;
    return house;
}

House *house_new(const char *example, ...)
{
    House *house = house_of();
    va_list args;

    va_start(args, example);
    house->pb = open_core(house, NULL, example, args);
    va_end(args);
    return house;
}

House *house_new_env(const char *env, const char *example, ...)
{
    House *house = house_of();
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("patchbay-env-XXXXXX", &path, NULL);
    va_list args;

    g_assert_cmpint(fd, >=, 0);
    g_assert_true(g_file_set_contents(path, env, -1, NULL));
    va_start(args, example);
    house->pb = open_core(house, path, example, args);
    va_end(args);
    g_unlink(path);
    g_close(fd, NULL);
    return house;
}

void house_free(House *house)
{
    patchbay_close(house->pb);
    house_vendors_free(house->vendors);
    g_free(house);
}

void house_says(House *house, const char *target, const char *words)
{
    house_vendors_says(house->vendors, target, words);
}

char *house_asked(House *house)
{
    return house_vendors_asked(house->vendors, true);
}

char *house_keys(House *house)
{
    return house_vendors_asked(house->vendors, false);
}

void house_await(House *house, unsigned n)
{
    house_vendors_await(house->vendors, n);
}

void house_await_closed(House *house)
{
    house_vendors_await_closed(house->vendors);
}

/* ---- Calls ---- */

struct Pending {
    patchbay_call *call;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    GString *text, *waits;
    Reply *reply; /* NULL: under way */
};

static patchbay_request *request_of(const House *house, const char *model, const char *members,
                                    const char *text)
{
    g_autofree char *messages =
        text[0] == '[' ? g_strdup(text)
                       : g_strdup_printf("[{\"role\":\"user\",\"content\":\"%s\"}]", text);
    g_autofree char *json = g_strdup_printf("{\"model\":\"%s\",\"messages\":%s%s%s}", model,
                                            messages, members[0] != '\0' ? "," : "", members);
    patchbay_request *request = patchbay_request_new("chat", json);

    g_assert_nonnull(request);
    if (house->retries >= 0)
        patchbay_request_retries(request, house->retries);
    return request;
}

static json_object *member(json_object *tree, const char *name)
{
    return json_object_object_get(tree, name);
}

/* Of an array that may not be there. */
static json_object *first(json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_get_idx(array, 0) : NULL;
}

static const char *text_of(json_object *tree, const char *name)
{
    const char *text = json_object_get_string(member(tree, name));
    return text != NULL ? text : "";
}

static int on_chunk(void *user, patchbay_call *call, const char *chunk, size_t len)
{
    Pending *pending = user;
    json_object *tree = json_tokener_parse(chunk);
    json_object *choice = first(member(tree, "choices"));

    (void)call;
    (void)len;
    pthread_mutex_lock(&pending->lock);
    g_string_append(pending->text, text_of(member(choice, "delta"), "content"));
    pthread_mutex_unlock(&pending->lock);
    json_object_put(tree);
    return PATCHBAY_GO_ON;
}

static void on_event(void *user, const char *event, size_t len)
{
    Pending *pending = user;
    json_object *tree = json_tokener_parse(event);

    (void)len;
    g_assert_nonnull(tree);
    if (strcmp(text_of(tree, "event"), "waiting") == 0) {
        pthread_mutex_lock(&pending->lock);
        g_string_append_printf(pending->waits, "%s%s", pending->waits->len != 0 ? " " : "",
                               text_of(tree, "target"));
        pthread_cond_broadcast(&pending->changed);
        pthread_mutex_unlock(&pending->lock);
    }
    json_object_put(tree);
}

static char *show_attempts(json_object *report)
{
    json_object *attempts = member(report, "attempts");
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < json_object_array_length(attempts); i++) {
        json_object *one = json_object_array_get_idx(attempts, i);
        bool ok = json_object_get_boolean(member(one, "ok"));
        bool lost = json_object_get_boolean(member(one, "lost_race"));

        g_string_append_printf(out, "%s%s:%s", i != 0 ? " " : "", text_of(one, "target"),
                               lost ? "lost"
                               : ok ? "ok"
                                    : text_of(one, "class"));
    }
    return g_string_free(out, FALSE);
}

static void take_answer(Reply *reply, const patchbay_result *result)
{
    json_object *tree = json_tokener_parse(patchbay_result_answer(result));
    json_object *choice = first(member(tree, "choices"));

    if (tree != NULL) {
        g_free(reply->text);
        reply->text = g_strdup(text_of(member(choice, "message"), "content"));
    }
    json_object_put(tree);
}

static void on_done(void *user, patchbay_call *call, const patchbay_result *result)
{
    Pending *pending = user;
    Reply *reply = g_new0(Reply, 1);
    const patchbay_error *error = patchbay_result_error(result);

    (void)call;
    pthread_mutex_lock(&pending->lock);
    reply->report = json_tokener_parse(patchbay_result_report(result));
    reply->attempts = show_attempts(reply->report);
    reply->target = text_of(reply->report, "target");
    reply->text = g_strdup(pending->text->str);
    reply->waits = g_strdup(pending->waits->str);
    reply->cls = error != NULL ? patchbay_error_class(error) : 0;
    reply->message = g_strdup(error != NULL ? patchbay_error_message(error) : "");
    take_answer(reply, result);
    pending->reply = reply;
    pthread_cond_broadcast(&pending->changed);
    pthread_mutex_unlock(&pending->lock);
}

Pending *house_start(House *house, const char *model, const char *members, const char *text)
{
    Pending *pending = g_new0(Pending, 1);
    patchbay_request *request = request_of(house, model, members, text);

    pthread_mutex_init(&pending->lock, NULL);
    pthread_cond_init(&pending->changed, NULL);
    pending->text = g_string_new(NULL);
    pending->waits = g_string_new(NULL);
    patchbay_request_watch(request, on_event, pending);
    pending->call = patchbay_submit(house->pb, request, on_chunk, on_done, pending, NULL);
    g_assert_nonnull(pending->call);
    patchbay_request_free(request);
    return pending;
}

void pending_await_waiting(Pending *pending)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&pending->lock);
    while (pending->waits->len == 0)
        if (pthread_cond_timedwait(&pending->changed, &pending->lock, &until) != 0)
            g_error("it never waited%s", pending->reply != NULL ? ", but ended" : "");
    pthread_mutex_unlock(&pending->lock);
}

void pending_cancel(Pending *pending)
{
    patchbay_call_cancel(pending->call);
}

Reply *pending_end(Pending *pending)
{
    Reply *reply;

    patchbay_call_wait(pending->call);
    patchbay_call_free(pending->call);
    pthread_mutex_lock(&pending->lock);
    reply = pending->reply;
    pthread_mutex_unlock(&pending->lock);
    g_assert_nonnull(reply);
    g_string_free(pending->text, TRUE);
    g_string_free(pending->waits, TRUE);
    pthread_cond_destroy(&pending->changed);
    pthread_mutex_destroy(&pending->lock);
    g_free(pending);
    return reply;
}

void reply_free(Reply *reply)
{
    json_object_put(reply->report);
    g_free(reply->text);
    g_free(reply->attempts);
    g_free(reply->waits);
    g_free(reply->message);
    g_free(reply);
}

Reply *house_ask(House *house, const char *model, const char *members, const char *text)
{
    return pending_end(house_start(house, model, members, text));
}

/* ---- Explanations ---- */

json_object *house_explain(House *house, const char *model, const char *members, const char *text)
{
    patchbay_request *request = request_of(house, model, members, text);
    patchbay_error *error = NULL;
    char *json = patchbay_explain(house->pb, request, &error);
    json_object *tree;

    if (json == NULL)
        g_error("explain: %s", patchbay_error_message(error));
    tree = json_tokener_parse(json);
    g_assert_nonnull(tree);
    patchbay_free(json);
    patchbay_request_free(request);
    return tree;
}

char *plan_targets(json_object *explained, const char *cause)
{
    json_object *steps = member(member(explained, "plan"), "steps");
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < json_object_array_length(steps); i++) {
        json_object *step = json_object_array_get_idx(steps, i);

        if (json_object_get_boolean(member(step, "in")) &&
            strcmp(text_of(step, "cause"), cause) == 0)
            g_string_append_printf(out, "%s%s", out->len != 0 ? " " : "", text_of(step, "target"));
    }
    return g_string_free(out, FALSE);
}

const char *plan_reason(json_object *explained, const char *target)
{
    json_object *steps = member(member(explained, "plan"), "steps");

    for (size_t i = 0; i < json_object_array_length(steps); i++) {
        json_object *step = json_object_array_get_idx(steps, i);

        if (strcmp(text_of(step, "target"), target) == 0)
            return text_of(step, "reason");
    }
    return "";
}

Reply *house_ask_explained(House *house, const char *model, const char *members, const char *text)
{
    g_autofree char *before = house_asked(house);
    json_object *explained = house_explain(house, model, members, text);
    g_autofree char *named = g_strdup(text_of(explained, "target"));
    g_autofree char *planned = plan_targets(explained, "choice");
    g_autofree char *nobody = house_asked(house);
    Reply *reply = house_ask(house, model, members, text);

    g_assert_cmpstr(nobody, ==, ""); /* explaining sends nothing */
    g_assert_true(g_str_has_prefix(planned, named));
    if (!g_str_has_prefix(reply->attempts, named))
        g_error("explain said %s, the attempts were %s", named, reply->attempts);
    json_object_put(explained);
    return reply;
}

void house_assert(House *house, const char *model, const char *members, const char *text,
                  const char *target)
{
    g_autoptr(Reply) reply = house_ask_explained(house, model, members, text);
    g_autofree char *asked = house_asked(house);
    g_autofree char *ok = g_strconcat(target, ":ok", NULL);
    g_autofree char *says = g_strdup_printf("I am %s.", target);

    if (reply->cls != 0)
        g_error("%s", reply->message);
    g_assert_cmpstr(asked, ==, target);
    g_assert_cmpstr(reply->attempts, ==, ok);
    g_assert_cmpstr(reply->target, ==, target);
    g_assert_cmpstr(reply->text, ==, says);
}

void assert_text(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        g_error("no \"%s\" in: %s", part, text);
}
