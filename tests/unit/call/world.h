/* SPDX-License-Identifier: Apache-2.0 */
/* Calls over several targets: the stand of fake.h with a snapshot built from conf.d text, one fleet
 * that all calls share, and virtual time. Providers are sections with `driver = fake`; which one
 * was asked is seen by the key that a request carries. One thread. */
#ifndef PBAY_TEST_CALL_WORLD_H
#define PBAY_TEST_CALL_WORLD_H

#include "routing/fleet.h"
#include "unit/call/fake.h"

#include <glib/gstdio.h>

typedef struct World {
    Rig *rig;
    char *path;
    PbayEnv *env;
    PbayConfig *config;
    PbayDriverSet *set;
    PbaySnapshot *snapshot;
    PbayFleet *fleet;
} World;

/* Three providers, each with one key that says its name. */
#define PROVIDERS                                                                                  \
    "[provider a]\ndriver = fake\napi-key = canary-key-a\n"                                        \
    "[provider b]\ndriver = fake\napi-key = canary-key-b\n"                                        \
    "[provider c]\ndriver = fake\napi-key = canary-key-c\n"

static inline World world_new(const char *text)
{
    World w = {.rig = rig_new(NULL), .fleet = pbay_fleet_new(1)};
    g_autoptr(GError) error = NULL;
    int fd = g_file_open_tmp("pbay-XXXXXX.conf", &w.path, &error);
    g_assert_no_error(error);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(w.path, text, -1, NULL));
    const char *const paths[] = {w.path, NULL};
    w.env = pbay_env_new();
    PbayConfigInput input = {.paths = paths, .env = w.env};
    g_autoptr(GPtrArray) problems = pbay_problems_new();
    w.config = pbay_config_load(&input, problems);
    w.set = g_new0(PbayDriverSet, 1);
    atomic_init(&w.set->refs, 2); /* never freed by the room: the row is the rig's */
    w.set->rows = g_ptr_array_new();
    g_ptr_array_add(w.set->rows, &w.rig->driver);
    w.snapshot = pbay_snapshot_build(w.config, w.set, w.env, problems);
    g_autoptr(GString) said = g_string_new(NULL);
    pbay_problems_write_text(problems, said);
    g_assert_cmpstr(said->str, ==, "");
    g_assert_nonnull(w.snapshot);
    return w;
}

/* However its calls ended, nothing of them is left with the fleet: no place taken, nobody waits. */
static inline void assert_all_given_back(World *w)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    pbay_fleet_write(w->fleet, w->snapshot, NULL, pbay_loop_now(w->rig->loop), text);
    const pb_json *rows = pbay_json_parse(arena, pbay_str_of(text), NULL, 0, NULL);
    for (const pb_json *row = pbay_json_first(rows, NULL); row != NULL;
         row = pbay_json_next(row, NULL)) {
        static const char *const of[] = {"target", "provider"};
        const pb_json *limits = pbay_json_get(row, PBAY_STR("limits"));
        g_assert_cmpint(pbay_json_int(pbay_json_get(row, PBAY_STR("busy")), -1), ==, 0);
        for (size_t i = 0; i < G_N_ELEMENTS(of); i++) {
            const pb_json *limit = pbay_json_get(limits, pbay_str(of[i]));
            g_assert_cmpint(pbay_json_int(pbay_json_get(limit, PBAY_STR("busy")), 0), ==, 0);
            g_assert_cmpint(pbay_json_int(pbay_json_get(limit, PBAY_STR("waiting")), 0), ==, 0);
        }
    }
}

static inline void world_free(World *w)
{
    assert_all_given_back(w);
    pbay_fleet_unref(w->fleet);
    pbay_snapshot_unref(w->snapshot);
    pbay_config_unref(w->config);
    pbay_env_unref(w->env);
    g_ptr_array_unref(w->set->rows);
    g_free(w->set);
    g_unlink(w->path);
    g_free(w->path);
    rig_free(w->rig);
}

static inline PbayCallSpec world_spec(World *w, const char *json)
{
    return (PbayCallSpec){.kind = PB_KIND_CHAT,
                          .request = pbay_str(json),
                          .snapshot = w->snapshot,
                          .fleet = w->fleet,
                          .seed = 7};
}

/* Turns until done; where nothing is ready the loop's clock moves on to its next timer. */
static inline void world_wait(World *w, Seen *seen)
{
    for (int turns = 0; seen->done == 0; turns++) {
        g_assert_cmpint(turns, <, 100000);
        pbay_loop_skip(w->rig->loop);
        g_assert_true(pbay_loop_turn(w->rig->loop, 0));
    }
    /* Exchanges that were cancelled end too; those of other calls may go on. */
    for (int turns = 0; turns < 50 && pbay_worker_alive(w->rig->worker) != 0; turns++)
        g_assert_true(pbay_loop_turn(w->rig->loop, 0));
    g_assert_cmpuint(seen->done, ==, 1);
}

static inline void world_timer(void *data)
{
    (void)data;
}

/* Lets so much time pass, and what happens in it happen. */
static inline void world_pass(World *w, int64_t ms)
{
    PbayTimer timer = {0};
    pbay_loop_timer_start(w->rig->loop, &timer, ms, world_timer, NULL);
    while (pbay_timer_running(&timer)) {
        pbay_loop_skip(w->rig->loop);
        g_assert_true(pbay_loop_turn(w->rig->loop, 0));
    }
}

/* What is ready happens; no time passes. */
static inline void world_settle(World *w)
{
    for (int i = 0; i < 20; i++)
        g_assert_true(pbay_loop_turn(w->rig->loop, 0));
}

static inline Seen *world_start(World *w, const char *json)
{
    Seen *seen = seen_new(w->rig);
    PbayCallSpec spec = world_spec(w, json);
    seen_start(seen, &spec);
    return seen;
}

static inline PbayPeek world_peek(World *w, const char *target)
{
    PbayPeek peek;
    g_auto(GStrv) parts = g_strsplit(target, "/", 2);
    PbayProvider *provider = g_hash_table_lookup(w->snapshot->providers, parts[0]);
    PbayTake look = {.provider = provider, .target = target, .now = pbay_loop_now(w->rig->loop)};
    pbay_fleet_peek(w->fleet, &look, true, &peek);
    return peek;
}

static inline Seen *world_run_spec(World *w, PbayCallSpec spec)
{
    Seen *seen = seen_new(w->rig);
    seen_start(seen, &spec);
    world_wait(w, seen);
    return seen;
}

static inline Seen *world_run(World *w, const char *json)
{
    return world_run_spec(w, world_spec(w, json));
}

/* "aab": the providers asked so far, one letter each. g_free. */
static inline char *world_asked(World *w)
{
    GString *asked = g_string_new(NULL);
    for (size_t i = 0; i < pbay_memory_transport_requests(w->rig->transport); i++) {
        const char *key = pbay_memory_request_header(
            pbay_memory_transport_request(w->rig->transport, i), "authorization");
        g_string_append_c(asked, key[strlen(key) - 1]);
    }
    return g_string_free(asked, FALSE);
}

static inline void assert_asked(World *w, const char *providers)
{
    g_autofree char *asked = world_asked(w);
    g_assert_cmpstr(asked, ==, providers);
}

/* The vendor's next reply, with a header. */
static inline void vendor_hints(Rig *rig, int status, const char *name, const char *value)
{
    PbayMemoryReply *reply = pbay_memory_reply_new(rig->transport, status);
    pbay_memory_reply_header(reply, name, value);
    pbay_memory_reply_text(reply, "{}");
    pbay_memory_reply_end(reply);
}

#define ASK(model, more)                                                                           \
    "{\"model\":\"" model "\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" more "}"
#define GOOD "text Hello\nusage 3 2\nfinish stop\n"

#endif
