/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's content-filter errors: which filter struck, in both spellings of the inner error. */
#include "lib/azure_error.h"

#include "lib/str.h"
#include "sdk/host.h"

static void expect(const char *text, const char *code, const char *message)
{
    g_autoptr(Host) host = host_new();
    const pb_json *body = host_json(host, text);
    pbs_error error;
    pbs_error_read(&host->ctx, body, &error);
    pbs_azure_filters(&host->ctx, body, &error);
    g_assert_true(pbs_is(error.code, code));
    g_assert_true(pbs_is(error.message, message));
}

static void test_filters(void)
{
    expect(
        "{\"error\":{\"message\":\"No.\",\"code\":null,\"innererror\":{\"code\":"
        "\"ResponsibleAIPolicyViolation\",\"content_filter_result\":{\"hate\":{\"filtered\":true},"
        "\"sexual\":{\"filtered\":false},\"self_harm\":{\"filtered\":true}}}}}",
        "content_filter", "No. (filtered: hate, self_harm)");
    expect("{\"error\":{\"message\":\"No.\",\"code\":\"content_policy_violation\",\"inner_error\":"
           "{\"code\":\"ResponsibleAIPolicyViolation\",\"content_filter_results\":{\"violence\":"
           "{\"filtered\":true}}}}}",
           "content_policy_violation", "No. (filtered: violence)");
    expect("{\"error\":{\"message\":\"No.\",\"code\":\"other\"}}", "other", "No.");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/azure_error/filters", test_filters);
    return g_test_run();
}
