/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot/options.h"

#include "world.h"

static const char *const fakes[] = {"rich", "bare", NULL};

static void test_defaults(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    const PbayProvider *rich = world_provider(w, "rich");
    g_assert_cmpstr(rich->options, ==,
                    "{\"prefix\":\"rich\",\"base-url\":\"http://127.0.0.1:1\",\"tries\":3,"
                    "\"tags\":[\"a\",\"b\"],\"wait\":20000,\"strict\":false}");
    g_assert_cmpstr(rich->base_url, ==, "http://127.0.0.1:1");
    g_assert_cmpstr(world_provider(w, "rich2")->options, ==,
                    "{\"prefix\":\"rich2\",\"base-url\":\"http://127.0.0.1:1\",\"tries\":3,"
                    "\"tags\":[\"a\",\"b\"],\"wait\":20000,\"strict\":false}");
    g_assert_cmpstr(world_provider(w, "bare")->options, ==, "{\"prefix\":\"bare\"}");
    g_assert_cmpstr(world_provider(w, "bare")->base_url, ==, "");
    world_free(w);
}

static void test_every_type(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider rich]\n"
                 "base-url = https://api.example.com/v1/\n"
                 "region = a;b\\s\n"
                 "tries = 9\nspeed = slow\ntags = x; y\\;z ;\nrename = a=b;c = d\n"
                 "wait = 5m\nroom = 1KiB\nstrict = yes\nheat = -0.5\n");
    const PbayProvider *rich = world_provider(w, "rich");
    g_assert_cmpstr(rich->options, ==,
                    "{\"prefix\":\"rich\",\"base-url\":\"https://api.example.com/v1\","
                    "\"region\":\"a;b \",\"tries\":9,\"speed\":\"slow\",\"tags\":[\"x\",\"y;z\"],"
                    "\"rename\":{\"a\":\"b\",\"c\":\"d\"},\"wait\":300000,\"room\":1024,"
                    "\"strict\":true,\"heat\":-0.5}");
    g_assert_cmpstr(rich->base_url, ==, "https://api.example.com/v1");
    world_free(w);
}

static void test_variables(void)
{
    World *w = world_new(fakes);
    g_setenv("FAKE_REGION_OLD", "old", TRUE);
    world_use(w, "");
    g_assert_nonnull(strstr(world_provider(w, "rich")->options, "\"region\":\"old\""));
    g_setenv("FAKE_REGION", "new", TRUE);
    world_use(w, "");
    g_assert_nonnull(strstr(world_provider(w, "rich")->options, "\"region\":\"new\""));
    g_setenv("FAKE_REGION", "", TRUE); /* empty is not set */
    world_use(w, "");
    g_assert_nonnull(strstr(world_provider(w, "rich")->options, "\"region\":\"old\""));
    /* The section's own list replaces the manifest's. */
    g_setenv("WORLD_VARIABLE", "mine", TRUE);
    world_use(w, "[provider rich]\nregion-env = NOT_SET_AT_ALL;WORLD_VARIABLE\n");
    g_assert_nonnull(strstr(world_provider(w, "rich")->options, "\"region\":\"mine\""));
    world_use(w, "[provider rich]\nregion-env = NOT_SET_AT_ALL\n");
    g_assert_null(strstr(world_provider(w, "rich")->options, "\"region\""));
    /* The value of a file beats the list of another, and is the last resort in its own. */
    world_use(w, "[provider rich]\nregion = fixed\n");
    g_assert_nonnull(strstr(world_provider(w, "rich")->options, "\"region\":\"fixed\""));
    fake_write(w->conf, "a.conf", "[provider rich]\nregion-env = WORLD_VARIABLE\n");
    world_use(w, "[provider rich]\nregion = fixed\n");
    g_assert_nonnull(strstr(world_provider(w, "rich")->options, "\"region\":\"fixed\""));
    world_use(w, "[provider rich]\nregion = fixed\nregion-env = WORLD_VARIABLE\n");
    g_assert_nonnull(strstr(world_provider(w, "rich")->options, "\"region\":\"mine\""));
    world_free(w);
}

/* A mistake in a variable harms the one provider, not the start. */
static void test_bad_variable(void)
{
    World *w = world_new(fakes);
    g_setenv("FAKE_BASE_URL", "not a url", TRUE);
    world_use(w, "[provider rich]\nrequire = none\n");
    const PbayProvider *rich = world_provider(w, "rich");
    g_assert_cmpint((int)rich->state, ==, PBAY_PROVIDER_UNCONFIGURED);
    g_assert_cmpstr(rich->why, ==,
                    "put right the variable FAKE_BASE_URL: it must be a URL that begins with "
                    "https:// or http://, not \"not a url\"");
    g_assert_false(rich->opened);
    world_free(w);
}

static void test_empty_means_none(void)
{
    World *w = world_new(fakes);
    g_setenv("FAKE_REGION", "here", TRUE);
    world_use(w, "[provider rich]\nregion =\ntags =\n");
    g_assert_null(strstr(world_provider(w, "rich")->options, "region"));
    g_assert_null(strstr(world_provider(w, "rich")->options, "tags"));
    world_free(w);
}

static void test_missing(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider rich]\nrequire = none\nregion = ${env:WORLD_VARIABLE}\n");
    const PbayProvider *rich = world_provider(w, "rich");
    g_assert_cmpint((int)rich->state, ==, PBAY_PROVIDER_UNCONFIGURED);
    g_assert_cmpstr(rich->why, ==, "set WORLD_VARIABLE, or region in [provider rich]");
    /* Never the vendor's URL in place of one that was meant to come from a variable. */
    world_use(w, "[provider rich]\nrequire = none\nbase-url = ${env:WORLD_VARIABLE}\n");
    rich = world_provider(w, "rich");
    g_assert_cmpstr(rich->why, ==, "set WORLD_VARIABLE, or base-url in [provider rich]");
    g_assert_cmpstr(rich->base_url, ==, "");
    g_assert_null(rich->origins[0] != NULL && strstr(rich->origins[0], "127.0.0.1") ? rich : NULL);
    world_free(w);
}

static void test_problems(void)
{
    World *w = world_new(fakes);
    g_autofree char *text = world_problems(w, "[provider rich]\ntries = many\nspeed = warp\n"
                                              "rename = a\nwait = soon\nheat = hot ; really\n");
    g_assert_cmpstr(text, ==,
                    "test.conf:2: `tries` must be a whole number from 1 to 9, not \"many\"\n"
                    "test.conf:3: `speed` must be one of fast, slow, not \"warp\"\n"
                    "test.conf:4: `rename` must be pairs like name=value;other=value, not \"a\"\n"
                    "test.conf:5: `wait` must be a duration like 250ms, 20s, 5m or 1h, not "
                    "\"soon\"\n"
                    "test.conf:6: `heat` has ` ;` in its value, which looks like a comment\n"
                    "  a comment stands on a line of its own, beginning with `#`\n");
    world_free(w);
}

/* A driver without that option gets a base URL all the same. */
static void test_bare_base_url(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider bare]\nbase-url = http://h:8080/\n");
    const PbayProvider *bare = world_provider(w, "bare");
    g_assert_cmpstr(bare->options, ==, "{\"prefix\":\"bare\",\"base-url\":\"http://h:8080\"}");
    g_assert_cmpstr(bare->base_url, ==, "http://h:8080");
    g_assert_cmpstr(bare->origins[0], ==, "http://h:8080");
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/options/defaults", test_defaults);
    g_test_add_func("/snapshot/options/every-type", test_every_type);
    g_test_add_func("/snapshot/options/variables", test_variables);
    g_test_add_func("/snapshot/options/bad-variable", test_bad_variable);
    g_test_add_func("/snapshot/options/empty-means-none", test_empty_means_none);
    g_test_add_func("/snapshot/options/missing", test_missing);
    g_test_add_func("/snapshot/options/problems", test_problems);
    g_test_add_func("/snapshot/options/bare-base-url", test_bare_base_url);
    return g_test_run();
}
