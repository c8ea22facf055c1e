/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

static const char *const fakes[] = {"rich", "good", NULL};

static void test_bounds(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    const PbayProvider *good = world_provider(w, "good");
    g_assert_cmpint(good->timeouts.connect, ==, 10000);
    g_assert_cmpint(good->timeouts.total, ==, 600000);
    g_assert_cmpint(good->max_response, ==, 64 << 20);
    g_assert_cmpint((int)good->drops, ==, PBAY_DROPS_WARN);
    g_assert_false(good->drops_explicit);

    world_use(w, "[defaults]\ntimeout = 5m\ntimeout-idle = 7s\nmax-response = 1MiB\n"
                 "drop-params = error\n"
                 "[provider good]\ntimeout = 0\ntimeout-connect = 250ms\ntimeout-first-byte = 3s\n"
                 "drop-params = drop\n");
    good = world_provider(w, "good");
    g_assert_cmpint(good->timeouts.connect, ==, 250);
    g_assert_cmpint(good->timeouts.first_byte, ==, 3000);
    g_assert_cmpint(good->timeouts.idle, ==, 7000);
    g_assert_cmpint(good->timeouts.total, ==, 0);
    g_assert_cmpint(good->max_response, ==, 1 << 20);
    g_assert_cmpint((int)good->drops, ==, PBAY_DROPS_DROP);
    g_assert_true(good->drops_explicit);
    const PbayProvider *rich = world_provider(w, "rich");
    g_assert_cmpint(rich->timeouts.total, ==, 300000);
    g_assert_cmpint((int)rich->drops, ==, PBAY_DROPS_ERROR);
    g_assert_true(rich->drops_explicit);
    world_free(w);
}

/* Until the first token: as long as the first byte may take, and not less than is built in. */
static void test_first_token(void)
{
    static const struct {
        const char *conf;
        int64_t first_token, attempt;
    } cases[] = {
        {"", 300000, 0},
        {"[provider good]\ntimeout-first-byte = 3s\n", 300000, 0},
        {"[provider good]\ntimeout-first-byte = 10m\n", 600000, 0},
        {"[provider good]\ntimeout-first-byte = 0\n", 0, 0},
        {"[defaults]\ntimeout-first-byte = 10m\n", 600000, 0},
        {"[provider good]\ntimeout-first-byte = 10m\ntimeout-first-token = 20s\n", 20000, 0},
        {"[defaults]\ntimeout-first-token = 7s\ntimeout-attempt = 1m\n", 7000, 60000},
        {"[defaults]\ntimeout-first-token = 7s\ntimeout-attempt = 1m\n[provider good]\n"
         "timeout-first-token = 0\ntimeout-attempt = 2m\n",
         0, 120000},
    };
    World *w = world_new(fakes);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        world_use(w, cases[i].conf);
        const PbayProvider *good = world_provider(w, "good");
        g_assert_cmpint(good->timeouts.first_token, ==, cases[i].first_token);
        g_assert_cmpint(good->timeouts.attempt, ==, cases[i].attempt);
    }
    world_free(w);
}

static void test_headers(void)
{
    World *w = world_new(fakes);
    g_setenv("WORLD_VARIABLE", "from the environment", TRUE);
    world_use(w, "[provider good]\nheader.X-Title = My app\nheader.Authorization = Basic eHh4\n"
                 "header.X-Env = ${env:WORLD_VARIABLE}\nheader.X-None = ${env:NOT_SET_AT_ALL:-}\n");
    const PbayProvider *good = world_provider(w, "good");
    g_assert_cmpuint(good->headers->len, ==, 3);
    const PbayHeader *title = good->headers->pdata[0], *auth = good->headers->pdata[1];
    const PbayHeader *env = good->headers->pdata[2];
    g_assert_cmpstr(title->name, ==, "x-title");
    g_assert_true(pbay_str_is(pbay_secret_peek(title->value), "My app"));
    g_assert_false(title->secret);
    g_assert_true(auth->secret);
    g_assert_true(env->secret);
    world_use(w, "[provider good]\nheader.X-Env = ${env:NOT_SET_AT_ALL}\n");
    g_assert_cmpstr(world_provider(w, "good")->why, ==,
                    "set NOT_SET_AT_ALL, or header.X-Env in [provider good]");
    world_free(w);
}

static void test_network(void)
{
    World *w = world_new(fakes);
    world_use(w, "[provider good]\nca-file = /etc/ca.pem\nproxy = http://proxy:3128\n"
                 "no-proxy = localhost,.example.com\nmatch = gpt-*;o1\n"
                 "[provider rich]\nproxy =\n");
    const PbayProvider *good = world_provider(w, "good");
    g_assert_cmpstr(good->ca_file, ==, "/etc/ca.pem");
    g_assert_cmpstr(good->proxy, ==, "http://proxy:3128");
    g_assert_cmpstr(good->no_proxy, ==, "localhost,.example.com");
    g_assert_cmpstr(good->match[1], ==, "o1");
    g_assert_null(good->match[2]);
    const PbayProvider *rich = world_provider(w, "rich");
    g_assert_cmpstr(rich->proxy, ==, ""); /* none, whatever the environment says */
    g_assert_null(rich->ca_file);
    world_free(w);
}

static void test_origins(void)
{
    World *w = world_new(fakes);
    world_use(w, "");
    const PbayProvider *rich = world_provider(w, "rich");
    g_assert_cmpstr(rich->origins[0], ==, "http://127.0.0.1:1");
    g_assert_null(rich->origins[1]); /* sts.{region} does not exist without a region */
    world_use(w, "[provider rich]\nregion = eu-1\nbase-url = https://API.example.com:443/v1\n"
                 "origins = https://more.example.com;http://169.254.169.254;"
                 "https://{region}.example.com;https://api.example.com\n");
    rich = world_provider(w, "rich");
    g_assert_cmpstr(rich->origins[0], ==, "https://api.example.com");
    g_assert_cmpstr(rich->origins[1], ==, "https://sts.eu-1.example.com");
    g_assert_cmpstr(rich->origins[2], ==, "https://more.example.com");
    g_assert_cmpstr(rich->origins[3], ==, "http://169.254.169.254");
    g_assert_cmpstr(rich->origins[4], ==, "https://eu-1.example.com");
    g_assert_null(rich->origins[5]);
    g_autofree char *text =
        world_problems(w, "[provider rich]\norigins = https://{zone}.example.com\n");
    g_assert_cmpstr(text, ==,
                    "test.conf:2: `origins` uses the option {zone}, which has no value\n"
                    "  write the host itself, or set that option\n");
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/settings/bounds", test_bounds);
    g_test_add_func("/snapshot/settings/first-token", test_first_token);
    g_test_add_func("/snapshot/settings/headers", test_headers);
    g_test_add_func("/snapshot/settings/network", test_network);
    g_test_add_func("/snapshot/settings/origins", test_origins);
    return g_test_run();
}
