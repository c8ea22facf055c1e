/* SPDX-License-Identifier: Apache-2.0 */
/* The report of calls that went well, that failed, and that never began. */
#include "unit/call/fake.h"

#define COUNTED(who)                                                                               \
    "\"tokens\":{\"input\":3,\"cached\":0,\"cache_write\":0,\"output\":2,"                         \
    "\"reasoning\":0,\"estimated\":false},\"cost\":{\"unknown\":\"" who                            \
    "there is no [price] section for it\"}"

static void test_success(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "text a\nusage 3 2\nfinish stop\n");
    g_autoptr(Seen) seen = run(rig, CHAT(""));
    g_autoptr(GRegex) ms = g_regex_new("ms\":[0-9]+", 0, 0, NULL);
    g_autofree char *report = g_regex_replace(ms, seen->report, -1, 0, "ms\":0", 0, NULL);
    g_assert_cmpstr(report, ==,
                    "{\"asked\":\"fake/m\",\"target\":\"fake/m\",\"provider\":\"fake\","
                    "\"model\":\"m\",\"driver\":\"fake\",\"driver_version\":\"1.2.3\","
                    "\"reason\":\"chosen by the caller\",\"attempts\":[{\"target\":\"fake/m\","
                    "\"provider\":\"fake\",\"driver\":\"fake\",\"driver_version\":\"1.2.3\","
                    "\"cause\":\"choice\",\"reason\":\"chosen by the caller\","
                    "\"requests\":1,\"status\":200,\"ok\":true,\"request_id\":\"vendor-1\","
                    "\"first_ms\":0,\"ms\":0," COUNTED(
                        "") "}],"
                            "\"notes\":[],\"usage\":{\"prompt_tokens\":3,"
                            "\"completion_tokens\":2,\"total_tokens\":5}," COUNTED(
                                "fake/m: ") ","
                                            "\"request_id\":\"vendor-1\",\"status\":200}");
    rig_free(rig);
}

static void test_failure(void)
{
    Rig *rig = rig_new(NULL);
    pbay_memory_reply_fail(pbay_memory_reply_new(rig->transport, 0), PB_ERR_UPSTREAM, false);
    g_autoptr(Seen) seen = run(rig, CHAT(""));
    assert_failed(seen, PB_ERR_UPSTREAM, "");
    assert_holds(seen->report, "\"ok\":false,\"class\":\"server_error\",\"message\":\"");
    assert_lacks(seen->report, "\"status\"");
    assert_lacks(seen->report, "\"usage\"");
    rig_free(rig);
}

static void test_never_began(void)
{
    Rig *rig = rig_new(NULL);
    g_autoptr(Seen) seen = run(rig, "[]");
    g_assert_cmpstr(seen->report, ==, "{\"asked\":\"\",\"attempts\":[],\"notes\":[]}");
    rig_free(rig);
}

/* A vendor that repeats the key in its error does not get it into the report. */
static void test_canary(void)
{
    Rig *rig = rig_new(NULL);
    vendor_says(rig, 200, "broken canary-key-one\n");
    g_autoptr(Seen) seen = run(rig, CHAT(""));
    assert_failed(seen, PB_ERR_OVERLOADED, "broken ***");
    assert_lacks(seen->report, "canary-key-one");
    rig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report/success", test_success);
    g_test_add_func("/report/failure", test_failure);
    g_test_add_func("/report/never-began", test_never_began);
    g_test_add_func("/report/canary", test_canary);
    return g_test_run();
}
