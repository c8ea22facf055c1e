/* SPDX-License-Identifier: Apache-2.0 */
/* Prices of providers that there are, or that are nearly one. */
#include "observe/log.h"
#include "snapshot/model.h"
#include "world.h"

static const char *const fakes[] = {"good", "init_fail", "rich", NULL};

static void collect(void *data, int level, const char *line)
{
    if (level == PBAY_LOG_WARN)
        g_string_append(data, line);
}

static char *said_of(const char *conf)
{
    GString *said = g_string_new(NULL);
    World *w = world_new(fakes);
    pbay_log_set_sink(collect, said);
    world_use(w, conf);
    pbay_log_set_sink(NULL, NULL);
    world_free(w);
    return g_string_free(said, FALSE);
}

static void test_told(void)
{
    g_autofree char *said = said_of("[provider work]\ndriver = good\n"
                                    "[price work/x]\ninput = 1\n"
                                    "[price goood/x/y]\ninput = 1\n");
    g_assert_nonnull(strstr(said, ":5: [price goood/x/y] prices nothing: there is no provider "
                                  "goood; did you mean [price good/x/y]?"));
    g_assert_null(strstr(said, "work"));
}

/* Of vendors whose driver is not here, or was refused, prices may lie about. */
static void test_not_told(void)
{
    g_autofree char *said = said_of("[price someone-else/x]\ninput = 1\n"
                                    "[price good/x]\ninput = 1\n[price init_fail/x]\ninput = 1\n");
    g_assert_null(strstr(said, "[price"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/price-names/told", test_told);
    g_test_add_func("/snapshot/price-names/not-told", test_not_told);
    return g_test_run();
}
