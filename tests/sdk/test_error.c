/* SPDX-License-Identifier: Apache-2.0 */
/* Error bodies of every shape seen: what is read of them, and bodies made to hurt. */
#include "lib/error.h"

#include "lib/str.h"
#include "sdk/host.h"

static void check(int status, const char *body, const char *expected)
{
    g_autoptr(Host) host = host_new();
    g_test_message("%s", body);
    g_assert_cmpint(pbs_error_fail_body(&host->ctx, status, pbs_str(body)), ==, PB_FAIL);
    host_expect(host, expected);
}

static void test_shapes(void)
{
    check(400, "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\",\"code\":\"c\"}}",
          "fail cls=0 status=400 code=c param=p message=m\n");
    check(400, "{\"error\":{\"message\":\"m\",\"param\":null,\"code\":null}}",
          "fail cls=0 status=400 message=m\n");
    check(400, "{\"error\":\"text\"}", "fail cls=0 status=400 message=text\n");
    check(400, "{\"message\":\"text\"}", "fail cls=0 status=400 message=text\n");
    check(401, "{\"detail\":\"Unauthorized\"}", "fail cls=0 status=401 message=Unauthorized\n");
    check(422,
          "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"x\"],\"msg\":\"no\"}]}",
          "fail cls=0 status=422 code=extra_forbidden param=x message=no\n");
    check(400,
          "{\"object\":\"error\",\"message\":{\"detail\":[{\"msg\":\"deep\"}]},\"code\":\"3230\"}",
          "fail cls=0 status=400 code=3230 message=deep\n");
    check(400, "[{\"error\":{\"code\":400,\"message\":\"list\",\"status\":\"X\"}}]",
          "fail cls=0 status=400 message=list\n");
    check(400, "{\"error\":[\"one\",\"two\"]}", "fail cls=0 status=400 message=one\n");
    check(400, "\"bare\"", "fail cls=0 status=400 message=bare\n");
    check(400, "{\"code\":\"A sentence here\",\"error\":\"text\"}",
          "fail cls=0 status=400 message=text - A sentence here\n");
    check(400, "{\"error\":{\"message\":\"m\",\"code\":3240}}",
          "fail cls=0 status=400 code=3240 message=m\n");
    check(400, "{\"error\":{\"message\":\"m\",\"code\":\"400\"}}",
          "fail cls=0 status=400 message=m\n");
}

static void test_vendors(void)
{
    check(502,
          "{\"error\":{\"code\":502,\"message\":\"Provider returned error\",\"metadata\":"
          "{\"provider_name\":\"X\",\"raw\":\"boom\"}}}",
          "fail cls=0 status=502 message=Provider returned error: boom\n");
    check(403, "{\"error\":{\"code\":403,\"message\":\"m\",\"metadata\":{\"reasons\":[\"x\"]}}}",
          "fail cls=9 status=403 message=m\n");
    check(400,
          "{\"error\":{\"message\":\"m\",\"code\":\"content_filter\",\"innererror\":"
          "{\"code\":\"ResponsibleAIPolicyViolation\"}}}",
          "fail cls=9 status=400 code=content_filter message=m\n");
    check(503, "{\"error\":\"loading\",\"estimated_time\":20.5}",
          "fail cls=0 status=503 after=20500 message=loading\n");
    check(429,
          "{\"error\":{\"code\":429,\"message\":\"m\",\"details\":[{\"@type\":\"x\"},"
          "{\"@type\":\"RetryInfo\",\"retryDelay\":\"38s\"}]}}",
          "fail cls=0 status=429 after=38000 message=m\n");
    check(400, "{\"error\":{\"message\":\"m\",\"code\":\"tool_use_failed\"}}",
          "fail cls=0 status=400 retry=1 code=tool_use_failed message=m\n");
}

static void test_no_json(void)
{
    check(502, "<html><head><TITLE> 502 Bad\n</title>",
          "fail cls=0 status=502 message=the server answered with an HTML page instead of JSON: "
          "502 Bad\n");
    check(502, "<!doctype html>",
          "fail cls=0 status=502 message=the server answered with an HTML page instead of JSON\n");
    check(500, "  Internal Server Error\n",
          "fail cls=0 status=500 message=Internal Server Error\n");
    check(500, "", "fail cls=0 status=500\n");
    check(500, "{\"error\":", "fail cls=0 status=500 message={\"error\":\n");
    check(500, "{}", "fail cls=0 status=500 message={}\n");
    check(500, "{\"error\":null}", "fail cls=0 status=500 message={\"error\":null}\n");
    check(500, "7", "fail cls=0 status=500 message=7\n");
}

/* Bodies of hundreds of kilobytes, deep nesting, wrong types: a bounded text, no crash. */
static void test_hostile(void)
{
    static const char *const bodies[] = {
        "{\"error\":{\"message\":[[[[[[[[\"deep\"]]]]]]]],\"code\":{},\"type\":7,\"param\":[]}}",
        "{\"error\":{\"message\":{\"message\":{\"message\":{\"message\":{\"message\":\"x\"}}}}}}",
        "{\"detail\":[{\"loc\":[],\"msg\":7}]}",
        "{\"detail\":{\"loc\":\"x\"}}",
        "[]",
        "[null]",
        "{\"error\":{\"metadata\":[],\"details\":{\"retryDelay\":1}}}",
        "{\"error\":{\"message\":\"m\",\"status_code\":-5,\"code\":-1}}",
        "{\"error\":\"e\",\"estimated_time\":1e300}",
        "{\"error\":\"e\",\"estimated_time\":-3}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autoptr(Host) host = host_new();
        g_assert_cmpint(pbs_error_fail_body(&host->ctx, 400, pbs_str(bodies[i])), ==, PB_FAIL);
        g_assert_true(g_str_has_prefix(host->x.log->str, "fail cls=0 status=400"));
    }
    g_autoptr(Host) host = host_new();
    g_autofree char *fill = g_strnfill(300000, 'x');
    pbs_error_fail_body(&host->ctx, 500, pbs_str(fill));
    g_assert_cmpuint(host->x.log->len, <, 400);
    g_string_truncate(host->x.log, 0);
    g_autofree char *raw = g_strdup_printf(
        "{\"error\":{\"message\":\"%s\",\"metadata\":{\"raw\":\"%s\"}}}", fill, fill);
    pbs_error_fail_body(&host->ctx, 500, pbs_str(raw));
    g_assert_cmpuint(host->x.log->len, <, 1200);
}

static void test_inside(void)
{
    static const struct {
        const char *body;
        bool failed;
    } cases[] = {
        {"{\"choices\":[]}", false},
        {"{\"error\":null}", false},
        {"{\"error\":{}}", false},
        {"{\"error\":\"\"}", false},
        {"{\"error\":\"x\"}", true},
        {"{\"error\":{\"a\":1}}", true},
        {"{\"object\":\"error\"}", true},
        {"{\"object\":\"list\"}", false},
        {"[1]", false},
        {"{\"error\":false}", false},
    };
    g_autoptr(Host) host = host_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(pbs_error_is_in(&host->ctx, host_json(host, cases[i].body)), ==,
                        cases[i].failed);
}

/* A status below 400 is no refusal's status. */
static void test_late(void)
{
    check(200, "{\"error\":{\"code\":429,\"message\":\"m\"}}", "fail cls=10 status=0 message=m\n");
    check(200, "{\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}",
          "fail cls=14 status=0 message=m\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/error/shapes", test_shapes);
    g_test_add_func("/sdk/error/vendors", test_vendors);
    g_test_add_func("/sdk/error/no-json", test_no_json);
    g_test_add_func("/sdk/error/hostile", test_hostile);
    g_test_add_func("/sdk/error/inside", test_inside);
    g_test_add_func("/sdk/error/late", test_late);
    return g_test_run();
}
