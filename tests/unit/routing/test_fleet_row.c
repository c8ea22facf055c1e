/* SPDX-License-Identifier: Apache-2.0 */
/* Names that clients make up do not make the fleet grow; what is in use, broken or under a limit is
 * not forgotten for them; long names cost little and are still told apart; and threads that make
 * names never lose a row that another holds. */
#include "unit/routing/fleet_rig.h"

#include "routing/fleet_internal.h"

#include <pthread.h>
#include <string.h>

static guint known(const Rig *rig)
{
    return g_hash_table_size(rig->fleet->targets.rows);
}

static void flood(Rig *rig, int n)
{
    for (int i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("openai/made-up-%d", i);
        rig->now += 1;
        rig_call(rig, name, 0, 0);
    }
}

static bool remembers(const Rig *rig, const char *target)
{
    PbayFleetRows rows = pbay_fleet_rows_find(rig->fleet, target, NULL);
    pbay_fleet_rows_put(rows);
    return rows.target != NULL;
}

static void test_bounded(void)
{
    Rig rig = rig_new();
    flood(&rig, PBAY_FLEET_MAX);
    g_assert_cmpuint(known(&rig), ==, PBAY_FLEET_MAX);
    rig_call(&rig, "openai/made-up-0", 0, 0); /* used: now 1 is the one idle for longest */
    rig_call(&rig, GPT4, 0, 0);
    g_assert_cmpuint(known(&rig), ==, PBAY_FLEET_MAX);
    g_assert_true(remembers(&rig, "openai/made-up-0"));
    g_assert_false(remembers(&rig, "openai/made-up-1"));
    g_assert_true(remembers(&rig, "openai/made-up-2"));
    g_assert_cmpuint(g_queue_get_length(&rig.fleet->targets.order), ==, PBAY_FLEET_MAX);
    rig_free(&rig);
}

static void test_in_use_stays(void)
{
    Rig rig = rig_new();
    rig.limits = (PbayLimits){.parallel = 1};
    PbayTake take = rig_ask_limited(&rig, GPT4);
    PbayTicket *ticket = rig_go(&rig, &take);
    rig.now += 10 * PBAY_WINDOW_MS;
    flood(&rig, 2 * PBAY_FLEET_MAX);
    take.now = rig.now;
    rig_refused(&rig, &take, PBAY_OUT_PARALLEL);
    rig_settle(&rig, ticket, 0, 0);
    rig.now += 10 * PBAY_WINDOW_MS;
    flood(&rig, PBAY_FLEET_MAX);
    g_assert_false(remembers(&rig, GPT4));
    rig_free(&rig);
}

static void test_all_in_use(void)
{
    Rig rig = rig_new();
    g_autoptr(GPtrArray) tickets = g_ptr_array_new();
    for (int i = 0; i < PBAY_FLEET_MAX + 10; i++) {
        g_autofree char *name = g_strdup_printf("openai/busy-%d", i);
        PbayTake take = rig_ask(&rig, name);
        g_ptr_array_add(tickets, rig_go(&rig, &take));
    }
    g_assert_cmpuint(known(&rig), ==, PBAY_FLEET_MAX + 10); /* no more than there are calls */
    for (guint i = 0; i < tickets->len; i++)
        rig_settle(&rig, tickets->pdata[i], 0, 0);
    rig_call(&rig, GPT4, 0, 0);
    g_assert_cmpuint(known(&rig), ==, PBAY_FLEET_MAX); /* and back to the bound */
    rig_free(&rig);
}

/* Nobody gets rid of a breaker or a limit by making up names. */
static void test_missed_goes_last(void)
{
    Rig rig = rig_new();
    rig.limits = (PbayLimits){.rpm = 1};
    PbayTake take = rig_ask_limited(&rig, GPT4);
    rig_settle(&rig, rig_go(&rig, &take), 0, 0);
    rig_break(&rig, MINI);
    flood(&rig, 2 * PBAY_FLEET_MAX);
    g_assert_cmpint(rig_peek(&rig, MINI).breaker, !=, PBAY_BREAKER_CLOSED);
    take.now = rig.now;
    rig_refused(&rig, &take, PBAY_OUT_RPM);
    for (int i = 0; i < PBAY_FLEET_MAX + 100; i++) { /* but these have their bound too */
        g_autofree char *name = g_strdup_printf("openai/broken-%d", i);
        rig_break(&rig, name);
    }
    g_assert_cmpuint(known(&rig), ==, PBAY_FLEET_MAX);
    rig_free(&rig);
}

static void test_waiting_stays(void)
{
    Rig rig = rig_new();
    PbayLoop *loop = pbay_loop_new(NULL);
    PbayTaken taken;
    rig.limits = (PbayLimits){.rpm = 1, .queue = 1};
    PbayTake take = rig_ask_limited(&rig, GPT4);
    rig_settle(&rig, rig_go(&rig, &take), 0, 0);
    take.waiter = pbay_waiter_new(loop, NULL, NULL);
    pbay_fleet_take(rig.fleet, &take, &taken);
    g_assert_true(taken.queued);
    rig.now += 10 * PBAY_WINDOW_MS;
    flood(&rig, 2 * PBAY_FLEET_MAX);
    g_assert_true(remembers(&rig, GPT4));
    pbay_fleet_leave(rig.fleet, take.waiter);
    pbay_waiter_free(take.waiter);
    rig_free(&rig);
    pbay_loop_free(loop);
}

static void test_long_names(gconstpointer start)
{
    Rig rig = rig_new();
    GString *name = g_string_new(start);
    for (int i = 0; i < 100000; i++)
        g_string_append(name, "\xC3\xA4");
    g_autofree char *one = g_strconcat(name->str, "1", NULL);
    g_autofree char *two = g_strconcat(name->str, "2", NULL);
    rig_break(&rig, one);
    rig_call(&rig, two, 0, 0);
    g_assert_cmpint(rig_peek(&rig, one).breaker, ==, PBAY_BREAKER_OPEN);
    g_assert_cmpint(rig_peek(&rig, two).breaker, ==, PBAY_BREAKER_CLOSED);
    g_autoptr(GPtrArray) targets = pbay_fleet_targets(rig.fleet);
    g_assert_cmpuint(targets->len, ==, 2);
    for (guint i = 0; i < targets->len; i++) {
        const PbayFleetTarget *target = targets->pdata[i];
        g_assert_cmpuint(strlen(target->row.name), <=, PBAY_FLEET_NAME);
        g_assert_true(g_utf8_validate(target->row.name, -1, NULL));
    }
    g_ptr_array_set_size(targets, 0);
    size_t key;
    int64_t until;
    rig_call(&rig, two, PB_ERR_RATE_LIMIT, 0); /* keys know it by the same name */
    g_assert_true(pbay_fleet_key(rig.fleet, rig.provider, two, rig.now, &key, &until));
    g_assert_cmpuint(key, ==, 1);
    PbayTake take = rig_ask(&rig, two);
    PbayTaken taken;
    pbay_fleet_take(rig.fleet, &take, &taken);
    g_assert_cmpuint(taken.key, ==, 1);
    rig_settle_neutral(&rig, taken.ticket);
    g_string_free(name, TRUE);
    rig_free(&rig);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 8 };

typedef struct Maker {
    Rig *rig;
    int number;
} Maker;

/* Half the calls go to a few names that all share, the rest to names of one's own. */
static void *make_names(void *data)
{
    const Maker *maker = data;
    for (int i = 0; i < 3000; i++) {
        g_autofree char *name = i % 2 == 0 ? g_strdup_printf("openai/shared-%d", i % 7)
                                           : g_strdup_printf("openai/own-%d-%d", maker->number, i);
        PbayTake take = rig_ask(maker->rig, name);
        PbayTaken taken;
        take.limits = &maker->rig->limits;
        pbay_fleet_take(maker->rig->fleet, &take, &taken);
        if (taken.ticket != NULL)
            rig_settle(maker->rig, taken.ticket, 0, 0);
        rig_peek(maker->rig, name);
    }
    return NULL;
}

static void test_threads(void)
{
    Rig rig = rig_new();
    pthread_t threads[THREADS];
    Maker makers[THREADS];
    rig.limits = (PbayLimits){.parallel = 3};
    for (int i = 0; i < THREADS; i++) {
        makers[i] = (Maker){&rig, i};
        g_assert_cmpint(pthread_create(&threads[i], NULL, make_names, &makers[i]), ==, 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpuint(known(&rig), <=, PBAY_FLEET_MAX);
    g_autoptr(GPtrArray) targets = pbay_fleet_targets(rig.fleet);
    for (guint i = 0; i < targets->len; i++) {
        const PbayFleetTarget *target = targets->pdata[i];
        g_assert_cmpuint(target->busy, ==, 0);
        g_assert_cmpuint(atomic_load(&target->row.refs), ==, 1); /* the list's */
    }
    g_ptr_array_set_size(targets, 0);
    rig_free(&rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/fleet_row/bounded", test_bounded);
    g_test_add_func("/routing/fleet_row/in-use-stays", test_in_use_stays);
    g_test_add_func("/routing/fleet_row/all-in-use", test_all_in_use);
    g_test_add_func("/routing/fleet_row/missed-goes-last", test_missed_goes_last);
    g_test_add_func("/routing/fleet_row/waiting-stays", test_waiting_stays);
    g_test_add_data_func("/routing/fleet_row/long-names", "openai/", test_long_names);
    g_test_add_data_func("/routing/fleet_row/long-names-odd", "openai/x", test_long_names);
    g_test_add_func("/routing/fleet_row/threads", test_threads);
    return g_test_run();
}
