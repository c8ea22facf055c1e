/* SPDX-License-Identifier: Apache-2.0 */
/* Rules by characters, tokens, labels and the hour, over a day of calls of all sorts: each call is
 * sent where an oracle of its own says. */
#include "sim/sim.h"

#include <string.h>

enum { SMALL, CREATIVE, LONG, NIGHT, USUAL };

static const char CONF[] = "[model m]\nstrategy = rules\n"
                           "rule.1 = chars < 100 and complexity == simple -> a/small\n"
                           "rule.2 = complexity == creative -> b/creative\n"
                           "rule.3 = tokens > 500 or (chars > 1000 and not urgent) -> c/long\n"
                           "rule.10 = hour >= 22 or hour < 6 -> d/night\n"
                           "default = e/usual\n";

typedef struct Draw {
    const char *label; /* of complexity, or NULL */
    bool urgent, wide; /* wide: characters of three bytes */
    int64_t chars;
    int hour;
} Draw;

/* ceil(bytes / 4), and 4 for the message. */
static int oracle(const Draw *draw)
{
    int64_t bytes = draw->wide ? draw->chars * 3 : draw->chars;
    int64_t tokens = (bytes + 3) / 4 + 4;
    if (draw->chars < 100 && g_strcmp0(draw->label, "simple") == 0)
        return SMALL;
    if (g_strcmp0(draw->label, "creative") == 0)
        return CREATIVE;
    if (tokens > 500 || (draw->chars > 1000 && !draw->urgent))
        return LONG;
    return draw->hour >= 22 || draw->hour < 6 ? NIGHT : USUAL;
}

static char *content_of(const Draw *draw)
{
    GString *content = g_string_new(NULL);
    for (int64_t i = 0; i < draw->chars; i++)
        g_string_append(content, draw->wide ? "\u20ac" : "x");
    return g_string_free(content, FALSE);
}

/* Lengths near each border of the rules. */
static int64_t length_near(Sim *sim)
{
    static const int64_t borders[] = {1, 100, 660, 1000, 1984, 3000};
    int64_t border = borders[(size_t)(sim_chance(sim) * G_N_ELEMENTS(borders))];
    return MAX(1, border + (int64_t)(sim_chance(sim) * 9) - 4);
}

static char *write_request(SimCall *call, void *user)
{
    static const char *const labels[] = {NULL, "simple", "creative", "other"};
    Sim *sim = call->sim;
    (void)user;
    Draw draw = {.label = labels[(size_t)(sim_chance(sim) * 4)],
                 .urgent = sim_chance(sim) < 0.5,
                 .wide = sim_chance(sim) < 0.5,
                 .chars = length_near(sim),
                 .hour = (int)((12 + sim_now(sim) / 3600000) % 24)};
    call->tag = oracle(&draw);
    g_autofree char *content = content_of(&draw);
    g_autofree char *complexity =
        draw.label != NULL ? g_strdup_printf("\"complexity\":\"%s\",", draw.label) : g_strdup("");
    g_autofree char *more =
        g_strdup_printf(",\"max_tokens\":10,\"patchbay\":{\"labels\":{%s\"urgent\":%s}}",
                        complexity, draw.urgent ? "true" : "false");
    return sim_ask(call, content, more);
}

static void test_rules(void)
{
    const SimSetup setup = {.vendors = {{.name = "a/small", .first_ms = 100},
                                        {.name = "b/creative", .first_ms = 200},
                                        {.name = "c/long", .first_ms = 300},
                                        {.name = "d/night", .first_ms = 100},
                                        {.name = "e/usual", .first_ms = 100}},
                            .conf = CONF};
    Sim *sim = sim_new(&setup);
    unsigned went[5] = {0};
    /* A day and a bit. */
    sim_run(sim, &(SimLoad){.model = "m",
                            .calls = 3000,
                            .per_second = 1.0 / 30,
                            .stream_percent = 30,
                            .write = write_request});
    for (guint i = 0; i < sim->calls->len; i++) {
        const SimCall *call = sim_call_at(sim, i);
        g_assert_cmpuint(call->n_asked, ==, 1);
        g_assert_cmpint(call->served, ==, call->tag);
        went[call->served]++;
    }
    for (int i = 0; i < 5; i++)
        g_assert_cmpuint(went[i], >=, 100);
    sim_free(sim);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/rules", test_rules);
    return g_test_run();
}
