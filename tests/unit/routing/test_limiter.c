/* SPDX-License-Identifier: Apache-2.0 */
/* The limiter on virtual time with random traffic, against an oracle that keeps every request: no
 * 60 seconds hold more than a minute's requests or tokens, never more at once than may be; the
 * queue goes in order, is bounded, and nobody in it is forgotten. */
#include "routing/limiter.h"

typedef struct Sent {
    int64_t at, tokens; /* tokens: as known now */
} Sent;

typedef enum State { COMING, WAITING, RUNNING, DONE, LEFT, REFUSED } State;

typedef struct World World;

typedef struct Client {
    World *world;
    State state;
    PbayWaiter *waiter;
    int64_t arrives, patience, lasts; /* ms; patience 0: waits for ever */
    int64_t tokens, used;
    bool sent, woken;
    int64_t retry_at, gives_up, ends, taken_at;
    guint log; /* its row in the oracle */
} Client;

struct World {
    PbayLoop *loop;
    PbayLimiter *limiter;
    PbayLimits limits;
    int64_t now;
    GArray *clients; /* Client */
    GArray *sent;    /* Sent: the oracle */
    GQueue line;     /* Client *: the oracle's queue */
    int running, taken, refused, left;
};

static void on_wake(void *data)
{
    ((Client *)data)->woken = true;
}

/* ---- the oracle ------------------------------------------------------------------------------ */

static void oracle_take(World *world, Client *client)
{
    int64_t requests = 1, tokens = client->tokens, others = 0;
    for (guint i = 0; i < world->sent->len; i++) {
        const Sent *sent = &g_array_index(world->sent, Sent, i);
        if (sent->at < world->now - PBAY_WINDOW_MS)
            continue;
        requests += sent->at >= 0;
        others += sent->tokens;
    }
    tokens += others;
    if (world->limits.rpm > 0)
        g_assert_cmpint(requests, <=, world->limits.rpm);
    if (world->limits.tpm > 0 && others > 0) /* alone it may be of any size */
        g_assert_cmpint(tokens, <=, world->limits.tpm);
    world->running++;
    if (world->limits.parallel > 0)
        g_assert_cmpint(world->running, <=, world->limits.parallel);
    if (client->state == WAITING) /* in the order of coming, and nobody overtakes */
        g_assert_true(g_queue_pop_head(&world->line) == client);
    else
        g_assert_cmpuint(g_queue_get_length(&world->line), ==, 0);
    Sent sent = {.at = world->now, .tokens = client->tokens};
    client->log = world->sent->len;
    g_array_append_val(world->sent, sent);
}

static void oracle_release(World *world, const Client *client)
{
    Sent *sent = &g_array_index(world->sent, Sent, client->log);
    world->running--;
    if (!client->sent)
        *sent = (Sent){.at = -1};
    else if (client->used >= 0)
        sent->tokens = client->used;
}

/* ---- clients, as the fleet is one ------------------------------------------------------------ */

static void try_to_go(World *world, Client *client)
{
    int64_t until = -1;
    PbayWaiter *waiter = client->state == WAITING ? client->waiter : NULL;
    client->woken = false;
    if (waiter == NULL && world->limits.queue > 0) {
        waiter = client->waiter = pbay_waiter_new(world->loop, on_wake, client);
    }
    PbayLimit limit = pbay_limiter_check(world->limiter, &world->limits, 1, client->tokens, waiter,
                                         world->now, &until);
    if (limit == PBAY_LIMIT_NONE) {
        oracle_take(world, client);
        pbay_limiter_take(world->limiter, 1, client->tokens, waiter, world->now);
        client->state = RUNNING;
        client->taken_at = world->now;
        client->ends = world->now + client->lasts;
        world->taken++;
        return;
    }
    g_assert_true(until == 0 || until > world->now);
    g_assert_true(limit != PBAY_LIMIT_PARALLEL || until == 0);
    if (waiter == NULL || !pbay_limiter_queue(world->limiter, &world->limits, waiter)) {
        g_assert_cmpint((int64_t)g_queue_get_length(&world->line), ==, world->limits.queue);
        client->state = REFUSED;
        world->refused++;
        return;
    }
    if (client->state != WAITING) {
        g_assert_cmpint((int64_t)g_queue_get_length(&world->line), <, world->limits.queue);
        g_queue_push_tail(&world->line, client);
        client->gives_up = client->patience > 0 ? world->now + client->patience : INT64_MAX;
    }
    client->state = WAITING;
    client->retry_at = until > 0 ? until : INT64_MAX;
}

static void give_up(World *world, Client *client)
{
    g_assert_true(g_queue_remove(&world->line, client));
    pbay_limiter_leave(world->limiter, client->waiter);
    pbay_limiter_leave(world->limiter, client->waiter); /* twice is once */
    client->state = LEFT;
    world->left++;
}

static void end(World *world, Client *client)
{
    oracle_release(world, client);
    pbay_limiter_release(world->limiter, client->taken_at, 1, client->tokens, client->used,
                         client->sent, world->now);
    client->state = DONE;
}

/* When something is next to be done about a client; INT64_MAX: only when it is woken. */
static int64_t due(const Client *client)
{
    switch (client->state) {
    case COMING:
        return client->arrives;
    case WAITING:
        return MIN(client->retry_at, client->gives_up);
    case RUNNING:
        return client->ends;
    default:
        return INT64_MAX;
    }
}

static void act(World *world, Client *client)
{
    if (client->state == RUNNING)
        end(world, client);
    else if (client->state == WAITING && client->gives_up <= world->now)
        give_up(world, client);
    else
        try_to_go(world, client);
}

/* ---- the world ------------------------------------------------------------------------------- */

static bool hear(World *world)
{
    bool any = false;
    g_assert_true(pbay_loop_turn(world->loop, 0));
    for (guint i = 0; i < world->clients->len; i++) {
        Client *client = &g_array_index(world->clients, Client, i);
        if (!client->woken)
            continue;
        any = true;
        client->woken = false;
        if (client->state == WAITING)
            try_to_go(world, client);
    }
    return any;
}

/* Whoever is first in line has something that will call it: its own timer, or one under way. */
static void check_nobody_is_forgotten(World *world)
{
    const Client *head = g_queue_peek_head(&world->line);
    if (head == NULL)
        return;
    g_assert_true(head->retry_at < INT64_MAX || world->running > 0);
    PbayLimiterView view = pbay_limiter_view(world->limiter, world->now);
    g_assert_cmpuint(view.waiting, ==, g_queue_get_length(&world->line));
    g_assert_cmpuint(view.parallel, ==, (unsigned)world->running);
}

static void run(World *world)
{
    for (;;) {
        Client *next = NULL;
        for (guint i = 0; i < world->clients->len; i++) {
            Client *client = &g_array_index(world->clients, Client, i);
            if (due(client) < INT64_MAX && (next == NULL || due(client) < due(next)))
                next = client;
        }
        if (next == NULL)
            break;
        world->now = MAX(world->now, due(next));
        act(world, next);
        while (hear(world))
            ;
        check_nobody_is_forgotten(world);
    }
}

static World *world_new(PbayLimits limits)
{
    World *world = g_new0(World, 1);
    world->loop = pbay_loop_new(NULL);
    world->limiter = pbay_limiter_new();
    world->limits = limits;
    world->clients = g_array_new(FALSE, TRUE, sizeof(Client));
    world->sent = g_array_new(FALSE, FALSE, sizeof(Sent));
    g_queue_init(&world->line);
    return world;
}

static void add_client(World *world, Client client)
{
    client.world = world;
    g_array_append_val(world->clients, client);
}

static void world_free(World *world)
{
    g_assert_cmpuint(g_queue_get_length(&world->line), ==, 0);
    for (guint i = 0; i < world->clients->len; i++)
        pbay_waiter_free(g_array_index(world->clients, Client, i).waiter);
    pbay_limiter_free(world->limiter);
    pbay_loop_free(world->loop);
    g_array_unref(world->clients);
    g_array_unref(world->sent);
    g_free(world);
}

static int64_t one_of(GRand *chance, const int64_t *values, size_t n)
{
    return values[g_rand_int_range(chance, 0, (int)n)];
}

#define ONE_OF(chance, ...)                                                                        \
    one_of(chance, (const int64_t[]){__VA_ARGS__},                                                 \
           sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static Client random_client(GRand *chance, int64_t arrives)
{
    Client client = {.arrives = arrives, .sent = g_rand_int_range(chance, 0, 10) != 0};
    client.lasts = g_rand_int_range(chance, 0, 8000);
    client.patience = ONE_OF(chance, 0, 0, 50, 1000, 30000);
    client.tokens = g_rand_int_range(chance, 0, g_rand_int_range(chance, 0, 20) == 0 ? 9000 : 600);
    client.used = ONE_OF(chance, -1, -1, 0, client.tokens / 2, client.tokens, client.tokens * 2);
    return client;
}

static void test_random_traffic(void)
{
    int waited = 0, refused = 0, left = 0, taken = 0;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        GRand *chance = g_rand_new_with_seed(seed);
        World *world = world_new((PbayLimits){.rpm = ONE_OF(chance, 0, 1, 5, 30, 60),
                                              .tpm = ONE_OF(chance, 0, 0, 500, 4000),
                                              .parallel = ONE_OF(chance, 0, 1, 2, 8),
                                              .queue = ONE_OF(chance, 0, 1, 5, 40)});
        int64_t at = g_rand_int_range(chance, 0, 100000);
        for (int i = 0; i < 150; i++) {
            at += g_rand_int_range(chance, 0, (gint32)ONE_OF(chance, 5, 300, 300, 6000));
            add_client(world, random_client(chance, at));
        }
        run(world);
        g_assert_cmpint(world->running, ==, 0);
        for (guint i = 0; i < world->clients->len; i++) {
            const Client *client = &g_array_index(world->clients, Client, i);
            g_assert_true(client->state >= DONE); /* nobody starved */
            g_assert_true(client->state != LEFT || client->patience > 0);
            waited += client->gives_up > 0;
        }
        refused += world->refused;
        left += world->left;
        taken += world->taken;
        world_free(world);
        g_rand_free(chance);
    }
    g_test_message("taken %d, waited %d, refused %d, left %d", taken, waited, refused, left);
    g_assert_cmpint(MIN(MIN(taken, waited), MIN(refused, left)), >, 100);
}

/* As much as may go does go: a saturated minute is all but full. */
static void test_is_used_up(void)
{
    World *world = world_new((PbayLimits){.rpm = 30, .queue = 1000});
    for (int i = 0; i < 301; i++)
        add_client(world, (Client){.arrives = 5, .lasts = 10, .used = -1, .sent = true});
    run(world);
    g_assert_cmpint(world->taken, ==, 301);
    g_assert_cmpint(world->now, <=, 10 * 61000 + 10);
    world_free(world);
}

/* ---- one by one ------------------------------------------------------------------------------ */

typedef struct Line {
    PbayLoop *loop;
    PbayLimiter *limiter;
    PbayWaiter *waiters[4];
    int woken[4];
} Line;

static void count(void *data)
{
    ++*(int *)data;
}

static Line *line_new(void)
{
    Line *line = g_new0(Line, 1);
    line->loop = pbay_loop_new(NULL);
    line->limiter = pbay_limiter_new();
    for (size_t i = 0; i < G_N_ELEMENTS(line->waiters); i++)
        line->waiters[i] = pbay_waiter_new(line->loop, count, &line->woken[i]);
    return line;
}

static void line_free(Line *line)
{
    pbay_limiter_free(line->limiter);
    for (size_t i = 0; i < G_N_ELEMENTS(line->waiters); i++)
        pbay_waiter_free(line->waiters[i]);
    pbay_loop_free(line->loop);
    g_free(line);
}

static PbayLimit check(Line *line, const PbayLimits *limits, int64_t tokens, int who, int64_t now,
                       int64_t *until)
{
    return pbay_limiter_check(line->limiter, limits, 1, tokens, who < 0 ? NULL : line->waiters[who],
                              now, until);
}

static void test_no_limits(void)
{
    Line *line = line_new();
    int64_t until;
    const PbayLimits none = {0};
    for (int i = 0; i < 1000; i++) {
        g_assert_cmpint(check(line, NULL, 1000000, -1, 0, &until), ==, PBAY_LIMIT_NONE);
        g_assert_cmpint(check(line, &none, 1000000, -1, 0, &until), ==, PBAY_LIMIT_NONE);
        pbay_limiter_take(line->limiter, 1, 1000000, NULL, 0);
    }
    g_assert_cmpint(pbay_limiter_view(line->limiter, 0).requests, ==, 1000);
    g_assert_cmpint(pbay_limiter_view(line->limiter, 0).tokens, ==, 1000000000);
    g_assert_cmpuint(pbay_limiter_view(line->limiter, 0).parallel, ==, 1000);
    g_assert_cmpint(pbay_limiter_view(line->limiter, 61000).requests, ==, 0);
    g_assert_false(pbay_limiter_queue(line->limiter, NULL, line->waiters[0]));
    g_assert_false(pbay_limiter_queue(line->limiter, &none, line->waiters[0]));
    pbay_limiter_leave(line->limiter, line->waiters[0]);
    line_free(line);
    pbay_limiter_free(NULL);
}

static void test_tokens(void)
{
    Line *line = line_new();
    int64_t until;
    const PbayLimits limits = {.tpm = 1000};
    g_assert_cmpint(check(line, &limits, 5000, -1, 0, &until), ==, PBAY_LIMIT_NONE);
    pbay_limiter_take(line->limiter, 1, 5000, NULL, 0);
    g_assert_cmpint(check(line, &limits, 0, -1, 0, &until), ==, PBAY_LIMIT_TPM);
    g_assert_cmpint(until, ==, 61000);
    pbay_limiter_release(line->limiter, 0, 1, 5000, 700, true, 10); /* it was not so much */
    g_assert_cmpint(check(line, &limits, 301, -1, 10, &until), ==, PBAY_LIMIT_TPM);
    g_assert_cmpint(check(line, &limits, 300, -1, 10, &until), ==, PBAY_LIMIT_NONE);
    pbay_limiter_take(line->limiter, 1, 300, NULL, 5000);
    g_assert_cmpint(check(line, &limits, 700, -1, 5000, &until), ==, PBAY_LIMIT_TPM);
    g_assert_cmpint(until, ==, 61000);
    g_assert_cmpint(check(line, &limits, 701, -1, 5000, &until), ==, PBAY_LIMIT_TPM);
    g_assert_cmpint(until, ==, 66000);
    g_assert_cmpint(check(line, &limits, INT64_MAX, -1, 5000, &until), ==, PBAY_LIMIT_TPM);
    g_assert_cmpint(until, ==, 66000);
    pbay_limiter_release(line->limiter, 5000, 1, 300, INT64_MAX, true, 5000); /* a vendor's joke */
    g_assert_cmpint(check(line, &limits, 1, -1, 60999, &until), ==, PBAY_LIMIT_TPM);
    g_assert_cmpint(until, ==, 66000);
    g_assert_cmpint(check(line, &limits, 1, -1, 66000, &until), ==, PBAY_LIMIT_NONE);
    line_free(line);
}

/* The limit that lasts longest is told: before it nothing changes by time alone. */
static void test_which(void)
{
    Line *line = line_new();
    int64_t until;
    const PbayLimits limits = {.rpm = 2, .tpm = 100, .parallel = 2};
    pbay_limiter_take(line->limiter, 1, 10, NULL, 0);
    pbay_limiter_take(line->limiter, 1, 80, NULL, 9000);
    g_assert_cmpint(check(line, &limits, 5, -1, 9000, &until), ==, PBAY_LIMIT_RPM);
    g_assert_cmpint(until, ==, 61000);
    g_assert_cmpint(check(line, &limits, 50, -1, 9000, &until), ==, PBAY_LIMIT_TPM);
    g_assert_cmpint(until, ==, 70000);
    g_assert_cmpint(check(line, &limits, 5, -1, 61000, &until), ==, PBAY_LIMIT_PARALLEL);
    g_assert_cmpint(until, ==, 0);
    pbay_limiter_release(line->limiter, 0, 1, 10, -1, true, 61000);
    g_assert_cmpint(check(line, &limits, 5, -1, 61000, &until), ==, PBAY_LIMIT_NONE);
    line_free(line);
}

static void test_not_sent(void)
{
    Line *line = line_new();
    int64_t until;
    const PbayLimits limits = {.rpm = 1, .tpm = 10};
    for (int i = 0; i < 5; i++) {
        g_assert_cmpint(check(line, &limits, 10, -1, i * 700, &until), ==, PBAY_LIMIT_NONE);
        pbay_limiter_take(line->limiter, 1, 10, NULL, i * 700);
        g_assert_cmpint(check(line, &limits, 0, -1, i * 700, &until), ==, PBAY_LIMIT_RPM);
        pbay_limiter_release(line->limiter, i * 700, 1, 10, 3, false, i * 700 + 650);
    }
    PbayLimiterView view = pbay_limiter_view(line->limiter, 3500);
    g_assert_cmpint(view.requests + view.tokens, ==, 0);
    g_assert_cmpuint(view.parallel + view.waiting, ==, 0);
    line_free(line);
}

static void test_line(void)
{
    Line *line = line_new();
    int64_t until;
    const PbayLimits limits = {.parallel = 1, .queue = 3};
    pbay_limiter_take(line->limiter, 1, 0, NULL, 0);
    for (int i = 0; i < 3; i++) {
        g_assert_cmpint(check(line, &limits, 0, i, 0, &until), ==, PBAY_LIMIT_PARALLEL);
        g_assert_true(pbay_limiter_queue(line->limiter, &limits, line->waiters[i]));
        g_assert_true(pbay_limiter_queue(line->limiter, &limits, line->waiters[i]));
    }
    g_assert_false(pbay_limiter_queue(line->limiter, &limits, line->waiters[3]));
    g_assert_cmpuint(pbay_limiter_view(line->limiter, 0).waiting, ==, 3);
    pbay_limiter_leave(line->limiter, line->waiters[1]); /* from the middle: nobody's news */
    pbay_loop_turn(line->loop, 0);
    g_assert_cmpint(line->woken[0] + line->woken[1] + line->woken[2], ==, 0);
    pbay_limiter_release(line->limiter, 0, 1, 0, -1, true, 1);
    pbay_loop_turn(line->loop, 0);
    g_assert_cmpint(line->woken[0], ==, 1);
    g_assert_cmpint(line->woken[2], ==, 0);
    g_assert_cmpint(check(line, &limits, 0, 2, 1, &until), ==, PBAY_LIMIT_PARALLEL);
    g_assert_cmpint(check(line, &limits, 0, -1, 1, &until), ==, PBAY_LIMIT_PARALLEL);
    pbay_limiter_leave(line->limiter, line->waiters[0]); /* woken, and thinks better of it */
    pbay_loop_turn(line->loop, 0);
    g_assert_cmpint(line->woken[2], ==, 1);
    g_assert_cmpint(check(line, &limits, 0, 2, 1, &until), ==, PBAY_LIMIT_NONE);
    g_assert_true(pbay_limiter_queue(line->limiter, &limits, line->waiters[3]));
    pbay_limiter_take(line->limiter, 1, 0, line->waiters[2], 1);
    pbay_loop_turn(line->loop, 0);
    g_assert_cmpint(line->woken[3], ==, 1); /* the next looks for itself */
    g_assert_cmpint(check(line, &limits, 0, 3, 1, &until), ==, PBAY_LIMIT_PARALLEL);
    line_free(line); /* with one in line: its reference goes too */
}

/* A reload took the limits away, or gave others: who stands in line goes by what is now. */
static void test_limits_change(void)
{
    Line *line = line_new();
    int64_t until;
    PbayLimits limits = {.rpm = 1, .queue = 2};
    pbay_limiter_take(line->limiter, 1, 0, NULL, 0);
    g_assert_cmpint(check(line, &limits, 0, 0, 0, &until), ==, PBAY_LIMIT_RPM);
    g_assert_true(pbay_limiter_queue(line->limiter, &limits, line->waiters[0]));
    g_assert_true(pbay_limiter_queue(line->limiter, &limits, line->waiters[1]));
    limits.queue = 0;
    g_assert_true(pbay_limiter_queue(line->limiter, &limits, line->waiters[1])); /* stands there */
    g_assert_false(pbay_limiter_queue(line->limiter, &limits, line->waiters[2]));
    limits.rpm = 2;
    g_assert_cmpint(check(line, &limits, 0, 1, 0, &until), ==, PBAY_LIMIT_RPM);
    g_assert_cmpint(until, ==, 0);
    g_assert_cmpint(check(line, &limits, 0, 0, 0, &until), ==, PBAY_LIMIT_NONE);
    g_assert_cmpint(check(line, NULL, 0, 1, 0, &until), ==, PBAY_LIMIT_NONE);
    pbay_limiter_take(line->limiter, 1, 0, line->waiters[1], 0);
    pbay_limiter_take(line->limiter, 1, 0, line->waiters[0], 0);
    g_assert_cmpuint(pbay_limiter_view(line->limiter, 0).waiting, ==, 0);
    line_free(line);
}

/* What is sent in parts counts as many as they are, and as none when nothing was sent. */
static void test_parts(void)
{
    PbayLimiter *limiter = pbay_limiter_new();
    const PbayLimits limits = {.rpm = 5};
    int64_t until = 0;
    g_assert_cmpint(pbay_limiter_check(limiter, &limits, 3, 0, NULL, 0, &until), ==,
                    PBAY_LIMIT_NONE);
    pbay_limiter_take(limiter, 3, 0, NULL, 0);
    g_assert_cmpint(pbay_limiter_check(limiter, &limits, 3, 0, NULL, 1000, &until), ==,
                    PBAY_LIMIT_RPM);
    g_assert_cmpint(until, >, 1000);
    g_assert_cmpint(pbay_limiter_check(limiter, &limits, 3, 0, NULL, until, &until), ==,
                    PBAY_LIMIT_NONE);
    g_assert_cmpint(pbay_limiter_check(limiter, &limits, 2, 0, NULL, 1000, &until), ==,
                    PBAY_LIMIT_NONE);
    pbay_limiter_release(limiter, 0, 3, 0, -1, false, 1000);
    g_assert_cmpint(pbay_limiter_view(limiter, 1000).requests, ==, 0);
    /* More than may ever go at once goes alone. */
    g_assert_cmpint(pbay_limiter_check(limiter, &limits, 9, 0, NULL, 1000, &until), ==,
                    PBAY_LIMIT_NONE);
    pbay_limiter_take(limiter, 9, 0, NULL, 1000);
    g_assert_cmpint(pbay_limiter_check(limiter, &limits, 9, 0, NULL, 2000, &until), ==,
                    PBAY_LIMIT_RPM);
    pbay_limiter_release(limiter, 1000, 9, 0, -1, true, 2000);
    g_assert_cmpint(pbay_limiter_view(limiter, 2000).requests, ==, 9);
    pbay_limiter_free(limiter);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/limiter/random-traffic", test_random_traffic);
    g_test_add_func("/limiter/is-used-up", test_is_used_up);
    g_test_add_func("/limiter/no-limits", test_no_limits);
    g_test_add_func("/limiter/tokens", test_tokens);
    g_test_add_func("/limiter/which", test_which);
    g_test_add_func("/limiter/not-sent", test_not_sent);
    g_test_add_func("/limiter/line", test_line);
    g_test_add_func("/limiter/limits-change", test_limits_change);
    g_test_add_func("/routing/limiter/parts", test_parts);
    return g_test_run();
}
