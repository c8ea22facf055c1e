/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of end does to the breaker, the keys, the limits, the latency and the last
 * outcome; that only one probe goes and a late outcome is none; and that eight threads lose
 * nothing. */
#include "unit/routing/fleet_rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* ---- attribution ----------------------------------------------------------------------------- */

static void test_what_opens_the_breaker(void)
{
    for (int32_t cls = 1; cls <= PB_ERR_PROTOCOL; cls++) {
        Rig rig = rig_new();
        PbayFailure failure = {.cls = cls};
        for (int i = 0; i < 2 * PBAY_BREAKER_FAILURES; i++) {
            PbayTake take = rig_ask(&rig, GPT4);
            take.force = true; /* keys rest of some */
            rig_settle(&rig, rig_go(&rig, &take), cls, 0);
        }
        g_assert_cmpint(rig_peek(&rig, GPT4).breaker == PBAY_BREAKER_OPEN, ==,
                        pbay_breaker_counts(&failure));
        rig_free(&rig);
    }
}

static void test_which_keys_rest(void)
{
    static const int32_t theirs[] = {PB_ERR_AUTH, PB_ERR_QUOTA, PB_ERR_RATE_LIMIT};
    for (int32_t cls = 1; cls <= PB_ERR_PROTOCOL; cls++) {
        Rig rig = rig_new();
        size_t key = 9;
        int64_t until;
        bool rests = false;
        for (size_t i = 0; i < G_N_ELEMENTS(theirs); i++)
            rests = rests || theirs[i] == cls;
        rig_call(&rig, GPT4, cls, 0);
        g_assert_true(pbay_fleet_key(rig.fleet, rig.provider, GPT4, rig.now, &key, &until));
        g_assert_cmpuint(key, ==, rests ? 1 : 0);
        g_assert_true(pbay_fleet_key(rig.fleet, rig.provider, MINI, rig.now, &key, &until));
        g_assert_cmpuint(key, ==, rests && cls != PB_ERR_RATE_LIMIT ? 1 : 0);
        rig_free(&rig);
    }
}

static void test_own_key(void)
{
    Rig rig = rig_new();
    PbayTake take = rig_ask(&rig, GPT4);
    size_t key = 9;
    int64_t until;
    rig_call(&rig, GPT4, PB_ERR_AUTH, 0); /* the first key rests */
    take.own_key = true;
    rig_settle(&rig, rig_go(&rig, &take), PB_ERR_AUTH, 0);
    rig_settle(&rig, rig_go(&rig, &take), 0, 0); /* says nothing of ours either */
    g_assert_true(pbay_fleet_key(rig.fleet, rig.provider, GPT4, rig.now, &key, &until));
    g_assert_cmpuint(key, ==, 1);
    rig_free(&rig);
}

static void test_key_that_works_again(void)
{
    Rig rig = rig_new();
    PbayTake take = rig_ask(&rig, GPT4);
    PbayTaken taken;
    rig_call(&rig, GPT4, PB_ERR_RATE_LIMIT, 30000);
    rig_call(&rig, GPT4, PB_ERR_RATE_LIMIT, 20000);
    taken = rig_refused(&rig, &take, PBAY_OUT_KEYS);
    g_assert_cmpint(taken.until, ==, rig.now + 20000);
    take.force = true;
    pbay_fleet_take(rig.fleet, &take, &taken);
    g_assert_cmpuint(taken.key, ==, 1); /* that comes back first */
    rig_settle(&rig, taken.ticket, 0, 0);
    take.force = false;
    pbay_fleet_take(rig.fleet, &take, &taken);
    g_assert_cmpuint(taken.key, ==, 1);
    rig_settle_neutral(&rig, taken.ticket);
    rig_free(&rig);
}

/* ---- the breaker's probe --------------------------------------------------------------------- */

static PbayTicket *probe_of(Rig *rig)
{
    PbayTaken taken;
    rig->now = MAX(rig->now, rig_peek(rig, GPT4).until);
    PbayTake take = rig_ask(rig, GPT4);
    pbay_fleet_take(rig->fleet, &take, &taken);
    g_assert_true(taken.probe);
    rig_refused(rig, &take, PBAY_OUT_PROBING);
    return taken.ticket;
}

static void test_probe(void)
{
    static const int32_t neutral[] = {PB_ERR_INVALID, PB_ERR_RATE_LIMIT, PB_ERR_CONTEXT_LENGTH};
    Rig rig = rig_new();
    rig_break(&rig, GPT4);
    PbayTake take = rig_ask(&rig, GPT4);
    PbayTaken taken = rig_refused(&rig, &take, PBAY_OUT_BREAKER);
    g_assert_cmpint(taken.until, >=, rig.now + PBAY_BREAKER_COOL * 8 / 10);
    rig_settle_neutral(&rig, probe_of(&rig)); /* given back: the next is it */
    for (size_t i = 0; i < G_N_ELEMENTS(neutral); i++)
        rig_settle(&rig, probe_of(&rig), neutral[i], 0);
    rig_settle(&rig, probe_of(&rig), PB_ERR_TIMEOUT, 0);
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_OPEN);
    rig_settle(&rig, probe_of(&rig), 0, 0);
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    rig_free(&rig);
}

static void test_content_ends_the_probe(void)
{
    Rig rig = rig_new();
    rig_break(&rig, GPT4);
    PbayTicket *probe = probe_of(&rig);
    pbay_fleet_content(rig.fleet, probe, rig.now, true, 70);
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    g_assert_cmpint(rig_peek(&rig, GPT4).first_ms, ==, 70);
    rig_call(&rig, GPT4, 0, 0);
    rig_settle(&rig, probe, PB_ERR_UPSTREAM, 0); /* a cut stream is one failure like others */
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    rig_free(&rig);
}

static void test_late_outcomes(void)
{
    Rig rig = rig_new();
    PbayTake take = rig_ask(&rig, GPT4);
    PbayTicket *before[2 * PBAY_BREAKER_FAILURES];
    for (size_t i = 0; i < G_N_ELEMENTS(before); i++)
        before[i] = rig_go(&rig, &take);
    rig_break(&rig, GPT4);
    PbayTicket *probe = probe_of(&rig);
    rig_settle(&rig, before[0], 0, 0); /* neither the probe nor proof */
    g_assert_cmpint(rig_peek(&rig, GPT4).out, ==, PBAY_OUT_PROBING);
    rig_settle(&rig, before[1], PB_ERR_UPSTREAM, 0);
    g_assert_cmpint(rig_peek(&rig, GPT4).out, ==, PBAY_OUT_PROBING);
    rig_settle(&rig, probe, 0, 0);
    for (size_t i = 2; i < G_N_ELEMENTS(before) - 1; i++)
        rig_settle(&rig, before[i], PB_ERR_UPSTREAM, 0); /* of the outage that is over */
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    rig_settle(&rig, before[G_N_ELEMENTS(before) - 1], PB_ERR_UPSTREAM, 40000);
    g_assert_cmpint(rig_peek(&rig, GPT4).until, >=, rig.now + 40000); /* a hint is news */
    rig_free(&rig);
}

/* A hint opens while the probe is under way; the probe of before is none of the next cool-down,
 * however it ends. */
static void test_overtaken_probe(void)
{
    for (int end = 0; end < 3; end++) {
        Rig rig = rig_new();
        PbayTake take = rig_ask(&rig, GPT4);
        PbayTicket *old = rig_go(&rig, &take);
        rig_break(&rig, GPT4);
        PbayTicket *first = probe_of(&rig);
        rig_settle(&rig, old, PB_ERR_OVERLOADED, 30000);
        PbayTicket *second = probe_of(&rig);
        if (end == 0)
            rig_settle_neutral(&rig, first);
        else
            rig_settle(&rig, first, end == 1 ? 0 : PB_ERR_TIMEOUT, 0);
        g_assert_cmpint(rig_peek(&rig, GPT4).out, ==, PBAY_OUT_PROBING);
        rig_settle_neutral(&rig, second);
        rig_settle(&rig, probe_of(&rig), 0, 0);
        rig_free(&rig);
    }
}

static void test_forced(void)
{
    Rig rig = rig_new();
    rig_break(&rig, GPT4);
    PbayTake take = rig_ask(&rig, GPT4);
    int64_t until = rig_peek(&rig, GPT4).until;
    take.force = true;
    rig_settle(&rig, rig_go(&rig, &take), PB_ERR_UPSTREAM, 0); /* no reason to wait longer */
    g_assert_cmpint(rig_peek(&rig, GPT4).until, ==, until);
    PbayTicket *forced = rig_go(&rig, &take);
    PbayTicket *neutral = rig_go(&rig, &take);
    rig_settle_neutral(&rig, neutral);
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_OPEN);
    rig_settle(&rig, forced, 0, 0); /* it works */
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    rig_free(&rig);
}

/* A listing or a probe of the provider says nothing of the model's answers: it goes whatever the
 * breaker says, keeps nobody out, and neither opens, closes nor counts as fast. */
static void test_aside(void)
{
    Rig rig = rig_new();
    PbayTake take = rig_ask(&rig, GPT4);
    take.aside = true;
    for (int i = 0; i < 3 * PBAY_BREAKER_FAILURES; i++)
        rig_settle(&rig, rig_go(&rig, &take), PB_ERR_UPSTREAM, 30000);
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    char *names[] = {GPT4, NULL};
    g_autoptr(GString) known = g_string_new(NULL);
    pbay_fleet_write(rig.fleet, NULL, names, rig.now, known);
    g_assert_nonnull(strstr(known->str, "\"calls\":0,\"failures\":0"));
    g_assert_null(strstr(known->str, "\"last\""));
    rig_break(&rig, GPT4);
    PbaySettle well = {.now = rig.now, .first_ms = 3, .total_ms = 3, .tokens = -1, .sent = true};
    pbay_fleet_settle(rig.fleet, rig_go(&rig, &take), &well);
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_OPEN);
    g_assert_cmpint(rig_peek(&rig, GPT4).first_ms, ==, -1);
    rig.now = rig_peek(&rig, GPT4).until;
    take.now = rig.now;
    PbayTicket *listing = rig_go(&rig, &take);
    PbayTicket *probe = probe_of(&rig); /* the place of the probe is free */
    rig_settle(&rig, listing, 0, 0);
    g_assert_cmpint(rig_peek(&rig, GPT4).out, ==, PBAY_OUT_PROBING);
    rig_settle(&rig, probe, 0, 0);
    g_assert_cmpint(rig_peek(&rig, GPT4).breaker, ==, PBAY_BREAKER_CLOSED);
    rig_free(&rig);
}

/* The limits of a target are of its model; those of the provider are of all that it is asked. */
static void test_aside_limits(void)
{
    Rig rig = rig_new();
    rig.limits = (PbayLimits){.rpm = 1, .parallel = 1};
    rig.provider_limits = (PbayLimits){.rpm = 4};
    PbayTake take = rig_ask_limited(&rig, GPT4), aside = take;
    aside.aside = true;
    PbayTicket *first = rig_go(&rig, &aside), *second = rig_go(&rig, &aside);
    PbayTicket *call = rig_go(&rig, &take);
    rig_settle(&rig, rig_go(&rig, &aside), 0, 0);
    rig_refused(&rig, &aside, PBAY_OUT_RPM); /* the fifth of the provider */
    rig_refused(&rig, &take, PBAY_OUT_RPM);
    rig_settle(&rig, first, 0, 0);
    rig_settle(&rig, second, PB_ERR_UPSTREAM, 0);
    rig_settle(&rig, call, 0, 0);
    rig.now += 120000; /* the window is over */
    take.now = rig.now;
    rig_settle(&rig, rig_go(&rig, &take), 0, 0);
    rig_free(&rig);
}

/* Keys are the provider's, except that its listings may have a rate of their own. */
static void test_aside_keys(void)
{
    Rig rig = rig_new();
    PbayTake take = rig_ask(&rig, GPT4);
    size_t key = 9;
    int64_t until;
    take.aside = true;
    rig_settle(&rig, rig_go(&rig, &take), PB_ERR_RATE_LIMIT, 30000);
    g_assert_true(pbay_fleet_key(rig.fleet, rig.provider, GPT4, rig.now, &key, &until));
    g_assert_cmpuint(key, ==, 0);
    rig_settle(&rig, rig_go(&rig, &take), PB_ERR_AUTH, 0);
    g_assert_true(pbay_fleet_key(rig.fleet, rig.provider, MINI, rig.now, &key, &until));
    g_assert_cmpuint(key, ==, 1);
    rig_free(&rig);
}

/* ---- limits, latency, the last outcome ------------------------------------------------------- */

static void test_true_tokens(void)
{
    Rig rig = rig_new();
    rig.limits = (PbayLimits){.tpm = 1000};
    PbayTake take = rig_ask_limited(&rig, GPT4);
    take.tokens = 900;
    PbaySettle settle = {.now = rig.now, .first_ms = -1, .tokens = 100, .sent = true};
    pbay_fleet_settle(rig.fleet, rig_go(&rig, &take), &settle);
    settle.sent = false; /* nothing went out: it does not count at all */
    settle.neutral = true;
    pbay_fleet_settle(rig.fleet, rig_go(&rig, &take), &settle);
    settle.sent = true;
    settle.neutral = false;
    settle.tokens = -1; /* unknown: the estimate stands */
    pbay_fleet_settle(rig.fleet, rig_go(&rig, &take), &settle);
    take.tokens = 1;
    PbayTaken taken = rig_refused(&rig, &take, PBAY_OUT_TPM);
    g_assert_cmpint(taken.until, >, rig.now);
    g_assert_cmpint(taken.until, <=, rig.now + PBAY_WINDOW_MS + 1000);
    rig_free(&rig);
}

static void settle_as(const Rig *rig, bool stream, int64_t first, int64_t total, bool neutral)
{
    PbayTake take = rig_ask(rig, GPT4);
    PbaySettle settle = {.now = rig->now,
                         .stream = stream,
                         .neutral = neutral,
                         .first_ms = first,
                         .total_ms = total,
                         .tokens = -1,
                         .sent = true};
    pbay_fleet_settle(rig->fleet, rig_go(rig, &take), &settle);
}

static int64_t p95(const Rig *rig, bool stream)
{
    PbayTake take = rig_ask(rig, GPT4);
    PbayPeek peek;
    pbay_fleet_peek(rig->fleet, &take, stream, &peek);
    return peek.p95_ms;
}

static void test_latency(void)
{
    Rig rig = rig_new();
    for (int i = 0; i < 20; i++) {
        settle_as(&rig, true, 64, 30000, false);
        settle_as(&rig, false, 4096, 4096, false);
        settle_as(&rig, false, -1, 1, true); /* cancelled before anything came */
    }
    g_assert_cmpint(p95(&rig, true), ==, 64);
    g_assert_cmpint(p95(&rig, false), ==, 4096);
    g_assert_cmpint(rig_peek(&rig, GPT4).first_ms, ==, 2080);
    PbayTake take = rig_ask(&rig, GPT4);
    PbayTicket *ticket = rig_go(&rig, &take);
    for (int i = 0; i < 20; i++) {
        ticket = i == 0 ? ticket : rig_go(&rig, &take);
        pbay_fleet_content(rig.fleet, ticket, rig.now, true, 1);
        PbaySettle settle = {.now = rig.now, .stream = true, .first_ms = 1, .sent = true};
        pbay_fleet_settle(rig.fleet, ticket, &settle); /* counted once */
    }
    g_assert_cmpint(rig_peek(&rig, GPT4).first_ms, ==, 1387); /* (40 * 2080 + 20 * 1) / 60 */
    rig_free(&rig);
}

/* [calls, failures, last] as health tells them. */
static void assert_outcome(const Rig *rig, const char *expected)
{
    GString *out = g_string_new(NULL);
    pbay_fleet_write(rig->fleet, NULL, NULL, rig->now, out);
    const char *found = strstr(out->str, "\"calls\"");
    g_assert_nonnull(found);
    g_assert_cmpstr(found, ==, expected);
    g_string_free(out, TRUE);
}

static void test_last_outcome(void)
{
    Rig rig = rig_new();
    rig_call(&rig, GPT4, PB_ERR_UPSTREAM, 0);
#define FAILED(class)                                                                              \
    "\"last\":{\"ok\":false,\"class\":\"" class "\",\"message\":\"it broke\",\"ago_ms\":0,"        \
                                                "\"ms\":100}}]"
    assert_outcome(&rig, "\"calls\":1,\"failures\":1," FAILED("server_error"));
    rig_call(&rig, GPT4, PB_ERR_INVALID, 0); /* the request's own fault */
    rig_call(&rig, GPT4, PB_ERR_CONTENT_POLICY, 0);
    rig_call(&rig, GPT4, PB_ERR_CONTEXT_LENGTH, 0);
    rig_call(&rig, GPT4, PB_ERR_UNSUPPORTED, 0);
    assert_outcome(&rig, "\"calls\":5,\"failures\":1," FAILED("server_error"));
    PbayTake take = rig_ask(&rig, GPT4);
    rig_settle_neutral(&rig, rig_go(&rig, &take));
    assert_outcome(&rig, "\"calls\":5,\"failures\":1," FAILED("server_error"));
    take.own_key = true;
    rig_settle(&rig, rig_go(&rig, &take), PB_ERR_AUTH, 0);
    assert_outcome(&rig, "\"calls\":6,\"failures\":1," FAILED("server_error"));
    rig_call(&rig, GPT4, PB_ERR_NOT_FOUND, 0);
    assert_outcome(&rig, "\"calls\":7,\"failures\":2," FAILED("not_found"));
    rig_call(&rig, GPT4, 0, 0);
    assert_outcome(&rig, "\"calls\":8,\"failures\":2,"
                         "\"last\":{\"ok\":true,\"ago_ms\":0,\"ms\":100}}]");
    rig_free(&rig);
}

/* ---- threads --------------------------------------------------------------------------------- */

enum { THREADS = 8, ROUNDS = 4000, TARGETS = 3 };

typedef struct Crowd {
    Rig rig;
    atomic_int_fast64_t clock;
    atomic_int inside[TARGETS], in_all, probes[TARGETS], over;
    atomic_int_fast64_t settled;
    bool calm; /* no hints, nobody is forced: then nothing overtakes a probe */
} Crowd;

typedef struct Member {
    Crowd *crowd;
    guint32 seed;
} Member;

static const char *const crowd_targets[TARGETS] = {"openai/a", "openai/b", "openai/c"};

static void watch_bounds(Crowd *crowd, int target, bool probe)
{
    if (atomic_fetch_add(&crowd->inside[target], 1) >= 2 ||
        atomic_fetch_add(&crowd->in_all, 1) >= 4 ||
        (probe && atomic_fetch_add(&crowd->probes[target], 1) >= 1 && crowd->calm))
        atomic_store(&crowd->over, 1);
}

static void end_call(Crowd *crowd, PbayTicket *ticket, GRand *rand)
{
    static char message[] = "it broke";
    PbayFailure failure = {.cls = g_rand_boolean(rand) ? PB_ERR_TIMEOUT : PB_ERR_RATE_LIMIT,
                           .message = message,
                           .retry_after_ms = crowd->calm ? 0 : g_rand_int_range(rand, 0, 200)};
    PbaySettle settle = {.now = atomic_load(&crowd->clock),
                         .failure = g_rand_int_range(rand, 0, 4) == 0 ? &failure : NULL,
                         .neutral = g_rand_int_range(rand, 0, 9) == 0,
                         .stream = g_rand_boolean(rand),
                         .first_ms = 5,
                         .total_ms = 10,
                         .tokens = 7,
                         .sent = true};
    atomic_fetch_add(&crowd->settled, settle.neutral ? 0 : 1);
    pbay_fleet_settle(crowd->rig.fleet, ticket, &settle);
}

static void *crowd_member(void *data)
{
    Member *member = data;
    Crowd *crowd = member->crowd;
    GRand *rand = g_rand_new_with_seed(member->seed);
    for (int i = 0; i < ROUNDS; i++) {
        int target = g_rand_int_range(rand, 0, TARGETS);
        PbayTake take = rig_ask_limited(&crowd->rig, crowd_targets[target]);
        PbayTaken taken;
        take.now = atomic_fetch_add(&crowd->clock, g_rand_int_range(rand, 0, 40));
        take.force = !crowd->calm && g_rand_int_range(rand, 0, 20) == 0;
        take.tokens = 5;
        pbay_fleet_take(crowd->rig.fleet, &take, &taken);
        if (taken.ticket == NULL)
            continue;
        watch_bounds(crowd, target, taken.probe);
        sched_yield();
        if (taken.probe)
            atomic_fetch_sub(&crowd->probes[target], 1);
        atomic_fetch_sub(&crowd->in_all, 1);
        atomic_fetch_sub(&crowd->inside[target], 1);
        end_call(crowd, taken.ticket, rand);
    }
    g_rand_free(rand);
    return NULL;
}

static void test_crowd(gconstpointer calm)
{
    Crowd crowd = {.rig = rig_new(), .calm = calm != NULL};
    Member members[THREADS];
    pthread_t threads[THREADS];
    crowd.rig.limits = (PbayLimits){.parallel = 2};
    crowd.rig.provider_limits = (PbayLimits){.parallel = 4};
    for (guint32 i = 0; i < THREADS; i++) {
        members[i] = (Member){&crowd, i + 1};
        g_assert_cmpint(pthread_create(&threads[i], NULL, crowd_member, &members[i]), ==, 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    g_assert_cmpint(atomic_load(&crowd.over), ==, 0);
    GArray *records = g_array_new(FALSE, FALSE, sizeof(PbayTargetRecord));
    pbay_fleet_export(crowd.rig.fleet, atomic_load(&crowd.clock), INT64_C(1) << 40, 0, records);
    int64_t calls = 0;
    for (guint i = 0; i < records->len; i++)
        calls += g_array_index(records, PbayTargetRecord, i).calls;
    g_assert_cmpint(calls, ==, atomic_load(&crowd.settled));
    g_assert_cmpint(calls, >, 100);
    for (int i = 0; i < TARGETS; i++)
        g_assert_cmpuint(rig_peek(&crowd.rig, crowd_targets[i]).busy, ==, 0);
    g_array_unref(records);
    rig_free(&crowd.rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/fleet_settle/opens-the-breaker", test_what_opens_the_breaker);
    g_test_add_func("/routing/fleet_settle/which-keys-rest", test_which_keys_rest);
    g_test_add_func("/routing/fleet_settle/own-key", test_own_key);
    g_test_add_func("/routing/fleet_settle/key-that-works-again", test_key_that_works_again);
    g_test_add_func("/routing/fleet_settle/probe", test_probe);
    g_test_add_func("/routing/fleet_settle/content-ends-the-probe", test_content_ends_the_probe);
    g_test_add_func("/routing/fleet_settle/late-outcomes", test_late_outcomes);
    g_test_add_func("/routing/fleet_settle/overtaken-probe", test_overtaken_probe);
    g_test_add_func("/routing/fleet_settle/forced", test_forced);
    g_test_add_func("/routing/fleet_settle/aside", test_aside);
    g_test_add_func("/routing/fleet_settle/aside_keys", test_aside_keys);
    g_test_add_func("/routing/fleet_settle/aside_limits", test_aside_limits);
    g_test_add_func("/routing/fleet_settle/true-tokens", test_true_tokens);
    g_test_add_func("/routing/fleet_settle/latency", test_latency);
    g_test_add_func("/routing/fleet_settle/last-outcome", test_last_outcome);
    g_test_add_data_func("/routing/fleet_settle/crowd", NULL, test_crowd);
    g_test_add_data_func("/routing/fleet_settle/crowd-calm", "calm", test_crowd);
    return g_test_run();
}
