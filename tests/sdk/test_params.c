/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over top-level members: nothing goes silently but what asks for nothing. */
#include "lib/params.h"

#include "lib/str.h"
#include "sdk/host.h"

static const char *const handled[] = {"model", "stream", NULL};
static const char *const passed[] = {"speed", "shift", NULL};
static const pbs_param refused[] = {
    {"n", PB_NOTE_UNMET, "1", "one answer only"},
    {"echo", PB_NOTE_UNMET, "false", "no echo"},
    {"audio", PB_NOTE_UNMET, NULL, "no audio"},
    {"user", PB_NOTE_DROPPED, NULL, "nobody"},
    {NULL, 0, NULL, NULL},
};

static bool is_option(pb_str name)
{
    return pbs_has_prefix(name, PBS_STR("opt_"));
}

static const pbs_params lists = {.handled = handled, .passed = passed, .refused = refused};
static const pbs_params more = {
    .handled = handled, .passed = passed, .handles = is_option, .refused = refused};

static void notes(const pbs_params *params, const char *body, const char *expected)
{
    g_autoptr(Host) host = host_new();
    pbs_params_note(&host->ctx, params, host_json(host, body));
    host_expect(host, expected);
}

static void test_note(void)
{
    notes(&lists, "{}", "");
    notes(&lists, "[]", "");
    notes(&lists, "{\"model\":\"m\",\"speed\":9,\"stream\":true}", "");
    notes(&lists, "{\"user\":\"u\",\"n\":2,\"audio\":{}}",
          "note 1 user: nobody\nnote 4 n: one answer only\nnote 4 audio: no audio\n");
    notes(&lists, "{\"n\":1,\"echo\":false,\"audio\":null,\"odd\":null}", "");
    notes(&lists, "{\"echo\":true}", "note 4 echo: no echo\n");
    notes(&lists, "{\"odd\":0,\"mode\":0,\"models\":0,\"\":0}",
          "note 1 odd: this vendor knows no parameter of that name\n"
          "note 1 mode: this vendor knows no parameter of that name\n"
          "note 1 models: this vendor knows no parameter of that name\n"
          "note 1 : this vendor knows no parameter of that name\n");
}

static void test_more_names(void)
{
    notes(&more, "{\"opt_a\":1,\"model\":\"m\"}", "");
    notes(&more, "{\"op\":1}", "note 1 op: this vendor knows no parameter of that name\n");
    notes(&lists, "{\"opt_a\":1}", "note 1 opt_a: this vendor knows no parameter of that name\n");
}

static void test_write(void)
{
    g_autoptr(Host) host = host_new();
    const pb_json *body = host_json(host, "{\"shift\":[1, {\"a\":null}],\"model\":\"m\",\"n\":2,"
                                          "\"odd\":1,\"speed\":\"\\u00e4\"}");
    host->ctx.api->w_open(&host->x, 1);
    pbs_params_write(&host->ctx, &more, body);
    pbs_params_write(&host->ctx, &more, host_json(host, "{\"speed\":null,\"opt_a\":1}"));
    host->ctx.api->w_close(&host->x);
    const pb_json *written = host_json(host, host->x.body->str);
    g_assert_cmpuint(pbay_json_len(written), ==, 2);
    g_assert_cmpstr(host->x.body->str, ==, "{\"shift\":[1, {\"a\":null}],\"speed\":\"\\u00e4\"}");
    host_expect(host, "");
}

static bool is_neutral(const char *value, const char *neutral)
{
    g_autoptr(Host) host = host_new();
    return pbs_is_neutral(&host->ctx, host_json(host, value), neutral);
}

static void test_neutral(void)
{
    g_assert_true(is_neutral("1", "1"));
    g_assert_true(is_neutral("1.0", "1"));
    g_assert_true(is_neutral("0.0", "0"));
    g_assert_true(is_neutral("{}", "{}"));
    g_assert_true(is_neutral("\"auto\"", "\"auto\""));
    g_assert_false(is_neutral("1.5", "1"));
    g_assert_false(is_neutral("\"1\"", "1")); /* text is no number */
    g_assert_false(is_neutral("true", "1"));
    g_assert_false(is_neutral("false", "0"));
    g_assert_false(is_neutral("[]", "0"));
    g_assert_false(is_neutral("0", "false"));
    g_assert_false(is_neutral("1", NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/params/note", test_note);
    g_test_add_func("/sdk/params/more_names", test_more_names);
    g_test_add_func("/sdk/params/write", test_write);
    g_test_add_func("/sdk/params/neutral", test_neutral);
    return g_test_run();
}
