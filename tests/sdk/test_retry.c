/* SPDX-License-Identifier: Apache-2.0 */
/* The order of trust among retry hints. */
#include "lib/retry.h"

#include "lib/str.h"
#include "sdk/host.h"

static pbs_retry look(const char *const headers[][2], const char *message, int64_t hint)
{
    g_autoptr(Host) host = host_new();
    for (size_t i = 0; headers != NULL && headers[i][0] != NULL; i++)
        g_hash_table_insert(host->x.headers, (char *)headers[i][0], (char *)headers[i][1]);
    return pbs_retry_read(&host->ctx, pbs_str(message), hint);
}

static void is(pbs_retry got, int32_t retry, int64_t after_ms)
{
    g_assert_cmpint(got.retry, ==, retry);
    g_assert_cmpint(got.after_ms, ==, after_ms);
}

static void test_order(void)
{
    static const char *const all[][2] = {{"retry-after-ms", "1250.5"}, {"retry-after", "7"}, {0}};
    static const char *const broken[][2] = {{"retry-after-ms", "soon"}, {"retry-after", "7"}, {0}};
    static const char *const date[][2] = {{"retry-after", "Sun, 22 Nov 2026 10:31:00 GMT"}, {0}};
    static const char *const past[][2] = {{"retry-after", "Sun, 22 Nov 2026 10:00:00 GMT"}, {0}};
    is(look(all, "try again in 3s", 9000), 0, 1251);
    is(look(broken, "try again in 3s", 9000), 0, 7000);
    is(look(date, "try again in 3s", 9000), 0, 60000);
    is(look(past, "", -1), 0, 1);
    static const char *const unit[][2] = {{"retry-after-ms", "850ms"}, {"retry-after", "7"}, {0}};
    static const char *const none[][2] = {{"retry-after-ms", "-3"}, {"retry-after", "-7"}, {0}};
    static const char *const long_one[][2] = {{"retry-after", "3600"}, {0}};
    is(look(unit, "", -1), 0, 7000);
    is(look(none, "try again in 3s", -1), 0, 3000);
    is(look(long_one, "try again in 3s", 9000), 0, 3600000); /* passed up as it is */
    is(look(NULL, "try again in 3s", 9000), 0, 9000);
    is(look(NULL, "try again in 3s", -1), 0, 3000);
    is(look(NULL, "", -1), 0, 0);
}

static void test_should_retry(void)
{
    static const char *const yes[][2] = {{"x-should-retry", "true"}, {0}};
    static const char *const no[][2] = {{"x-should-retry", "false"}, {"retry-after", "0"}, {0}};
    static const char *const odd[][2] = {{"x-should-retry", "maybe"}, {0}};
    is(look(yes, "", -1), 1, 0);
    is(look(no, "", -1), -1, 1); /* at once is a hint too */
    is(look(odd, "", -1), 0, 0);
    static const char *const loud[][2] = {{"x-should-retry", " False"}, {0}};
    is(look(loud, "", -1), -1, 0);
}

static void test_limits(void)
{
    static const char *const one[][2] = {{"x-ratelimit-remaining-requests", "0"},
                                         {"x-ratelimit-reset-requests", "6m0s"},
                                         {"x-ratelimit-remaining-tokens", "1"},
                                         {"x-ratelimit-reset-tokens", "9h"},
                                         {0}};
    static const char *const both[][2] = {
        {"anthropic-ratelimit-requests-remaining", "0"},
        {"anthropic-ratelimit-requests-reset", "2026-11-22T10:30:05Z"},
        {"anthropic-ratelimit-tokens-remaining", "0"},
        {"anthropic-ratelimit-tokens-reset", "2026-11-22T10:30:09Z"},
        {0}};
    static const char *const epoch[][2] = {
        {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1795343404000"}, {0}};
    static const char *const epoch_s[][2] = {
        {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1795343404"}, {0}};
    is(look(one, "", -1), 0, 360000);
    is(look(both, "", -1), 0, 9000);
    is(look(epoch, "", -1), 0, 4000);
    is(look(epoch_s, "", -1), 0, 4000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdk/retry/order", test_order);
    g_test_add_func("/sdk/retry/should-retry", test_should_retry);
    g_test_add_func("/sdk/retry/limits", test_limits);
    return g_test_run();
}
