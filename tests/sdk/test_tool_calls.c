/* SPDX-License-Identifier: Apache-2.0 */
/* Tool calls: the numbering that comes of what vendors send. */
#include "lib/tool_calls.h"

#include "sdk/host.h"

static pbs_calls calls;

static bool take(Host *host, bool whole, uint32_t choice, const char *json)
{
    return pbs_calls_take(&host->ctx, &calls, choice, host_json(host, json), whole);
}

static bool delta(Host *host, const char *json)
{
    return take(host, false, 0, json);
}

static void begin(void)
{
    memset(&calls, 0, sizeof calls);
}

static void test_openai(void)
{
    g_autoptr(Host) host = host_new();
    begin();
    delta(host, "{\"index\":0,\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\","
                "\"arguments\":\"\"}}");
    delta(host, "{\"index\":0,\"function\":{\"arguments\":\"{\"}}");
    delta(host, "{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}");
    delta(host, "{\"index\":0,\"function\":{\"arguments\":\"}\"}}");
    host_expect(host,
                "tool 0 id=a name=f\ntool 0 text={\ntool 1 id=b name=g text={}\ntool 0 text=}\n");
    g_assert_true(pbs_calls_any(&calls, 0));
    g_assert_false(pbs_calls_any(&calls, 1));
}

/* Vendors' indexes begin anywhere; ours at 0, and each choice counts for itself. */
static void test_gaps(void)
{
    g_autoptr(Host) host = host_new();
    begin();
    take(host, false, 0, "{\"index\":1,\"id\":\"a\",\"function\":{\"name\":\"f\"}}");
    take(host, false, 3, "{\"index\":7,\"id\":\"b\",\"function\":{\"name\":\"g\"}}");
    take(host, false, 0, "{\"index\":9,\"id\":\"c\",\"function\":{\"name\":\"h\"}}");
    take(host, false, 3, "{\"index\":7,\"function\":{\"arguments\":\"{}\"}}");
    host_expect(
        host, "tool 0 id=a name=f\ntool #3 0 id=b name=g\ntool 1 id=c name=h\ntool #3 0 text={}\n");
}

/* One id and index for all: a name behind complete arguments begins a new call. */
static void test_same_id(void)
{
    g_autoptr(Host) host = host_new();
    begin();
    delta(host, "{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}");
    delta(host, "{\"index\":0,\"id\":\"a\",\"function\":{\"name\":null,\"arguments\":\"\\\"x\\\":"
                "\\\"}\\\\\\\"{\\\"\"}}");
    delta(host, "{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"}\"}}");
    delta(host, "{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}");
    delta(host, "{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}");
    host_expect(host, "tool 0 id=a name=f text={\ntool 0 text=\"x\":\"}\\\"{\"\ntool 0 text=}\n"
                      "tool 1 name=f text={}\n");
}

/* Behind complete arguments an echo of the name is no call, unless arguments follow; another name
 * is one at once. */
static void test_echo(void)
{
    g_autoptr(Host) host = host_new();
    begin();
    delta(host, "{\"function\":{\"name\":\"f\",\"arguments\":\"\"}}");
    delta(host, "{\"function\":{\"arguments\":\"{}\"}}");
    delta(host, "{\"function\":{\"name\":\"f\",\"arguments\":\"\"}}");
    delta(host, "{\"function\":{\"arguments\":\"[]\"}}");
    delta(host, "{\"function\":{\"name\":\"fg\"}}");
    delta(host, "{\"function\":{\"arguments\":\"{}\"}}");
    delta(host, "{\"function\":{\"name\":\"fg\",\"arguments\":\"\"}}");
    delta(host, "{\"function\":{\"arguments\":\"\"}}");
    host_expect(host, "tool 0 name=f\ntool 0 text={}\ntool 1 name=f text=[]\ntool 2 name=fg\n"
                      "tool 2 text={}\n");
}

/* Index 0 for all, but ids of their own. */
static void test_other_id(void)
{
    g_autoptr(Host) host = host_new();
    begin();
    delta(host, "{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}");
    delta(host, "{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}");
    delta(host, "{\"index\":0,\"function\":{\"arguments\":\"{}\"}}");
    host_expect(host, "tool 0 id=a name=f text={}\ntool 1 id=b name=f\ntool 1 text={}\n");
}

static void test_no_index(void)
{
    g_autoptr(Host) host = host_new();
    begin();
    delta(host, "{\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}");
    delta(host, "{\"id\":\"b\",\"index\":null,\"function\":{\"name\":\"g\",\"arguments\":\"{\"}}");
    delta(host, "{\"id\":\"a\",\"function\":{\"arguments\":\"}\"}}");
    delta(host, "{\"function\":{\"arguments\":\"1}\"}}");
    delta(host, "{\"function\":{\"name\":\"h\",\"arguments\":\"{}\"}}");
    delta(host, "{\"function\":{\"name\":\"h\",\"arguments\":\"{}\"}}");
    host_expect(host, "tool 0 id=a name=f text={\ntool 1 id=b name=g text={\ntool 0 text=}\n"
                      "tool 1 text=1}\ntool 2 name=h text={}\ntool 3 name=h text={}\n");
}

static void test_whole(void)
{
    g_autoptr(Host) host = host_new();
    begin();
    take(host, true, 0, "{\"id\":\"0\",\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}");
    take(host, true, 0,
         "{\"id\":\"null\",\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":null}}");
    take(host, true, 0,
         "{\"id\":\"x\",\"type\":\"custom\",\"custom\":{\"name\":\"c\",\"input\":\"i\"}}");
    take(host, true, 0, "{\"id\":\"x\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}");
    host_expect(host, "tool 0 name=f text={\"a\":1}\ntool 1 name=f\ncustom 2 id=x name=c text=i\n"
                      "tool 3 name=f text={}\n");
}

static void test_late_name(void)
{
    g_autoptr(Host) host = host_new();
    begin();
    g_assert_true(delta(host, "{\"index\":0,\"id\":\"a\",\"function\":{\"arguments\":\"\"}}"));
    g_assert_true(delta(host, "{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}"));
    host_expect(host, "tool 0 id=a name=f text={}\n");
    begin();
    g_assert_false(delta(host, "{\"index\":0,\"id\":\"a\",\"function\":{\"arguments\":\"{}\"}}"));
    host_expect(host, "");
}

static void test_odd(void)
{
    static const char *const odd[] = {"{}",
                                      "null",
                                      "7",
                                      "{\"index\":-3}",
                                      "{\"function\":null}",
                                      "{\"function\":{}}",
                                      "{\"id\":7,\"function\":[]}"};
    g_autoptr(Host) host = host_new();
    begin();
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++)
        g_assert_true(delta(host, odd[i]));
    host_expect(host, "");
    g_autofree char *id = g_strnfill(PBS_CALL_ID_MAX + 1, 'x');
    g_autofree char *json = g_strdup_printf("{\"id\":\"%s\",\"function\":{\"name\":\"f\"}}", id);
    g_assert_true(delta(host, json));
    host_expect(host, "tool 0 name=f\n");
}

static void test_many(void)
{
    g_autoptr(Host) host = host_new();
    begin();
    for (int i = 0; i < 500; i++) {
        g_autofree char *json = g_strdup_printf(
            "{\"index\":%d,\"id\":\"i%d\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}", i,
            i);
        g_assert_true(delta(host, json));
    }
    g_assert_cmpuint(calls.n, ==, 500);
    g_assert_cmpuint(calls.items[499].number, ==, 499);
    g_assert_true(g_str_has_suffix(host->x.log->str, "tool 499 id=i499 name=f text={}\n"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/tool-calls/openai", test_openai);
    g_test_add_func("/sdk/tool-calls/gaps", test_gaps);
    g_test_add_func("/sdk/tool-calls/same-id", test_same_id);
    g_test_add_func("/sdk/tool-calls/echo", test_echo);
    g_test_add_func("/sdk/tool-calls/other-id", test_other_id);
    g_test_add_func("/sdk/tool-calls/no-index", test_no_index);
    g_test_add_func("/sdk/tool-calls/whole", test_whole);
    g_test_add_func("/sdk/tool-calls/late-name", test_late_name);
    g_test_add_func("/sdk/tool-calls/odd", test_odd);
    g_test_add_func("/sdk/tool-calls/many", test_many);
    return g_test_run();
}
