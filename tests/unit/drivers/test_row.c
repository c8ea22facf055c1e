/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/row.h"

static void test_refuse(void)
{
    PbayDriver *row = pbay_driver_row_new("/some where/x.so");
    g_assert_cmpstr(row->file, ==, "x.so");
    g_assert_cmpint(row->fd, ==, -1);
    g_assert_null(row->prefixes[0]);
    g_assert_false(pbay_driver_row_refuse(row, g_strdup("first"), "do %d", 1));
    g_assert_false(pbay_driver_row_refuse(row, g_strdup("second"), "do %s", "that"));
    g_assert_cmpint((int)row->status, ==, PBAY_DRIVER_REFUSED);
    g_assert_cmpstr(row->reason, ==, "second");
    g_assert_cmpstr(row->remedy, ==, "do that");
    pbay_driver_row_release(row);
    pbay_driver_row_release(NULL);
}

static void test_displace_judged(void)
{
    PbayDriver *winner = pbay_driver_row_new("/a/first.so");
    PbayDriver *row = pbay_driver_row_new("/b/second.so");
    row->id = g_strdup("same");
    g_assert_true(pbay_driver_row_displace(row, winner) == row);
    g_assert_cmpstr(row->reason, ==, "its id \"same\" is taken by /a/first.so, which comes first");
    g_assert_cmpstr(row->remedy, ==, "remove one of the two files");
    pbay_driver_row_release(row);
    pbay_driver_row_release(winner);
}

/* A running driver's row is shared with earlier scans and must not change. */
static void test_displace_running(void)
{
    static struct pb_core core;
    PbayDriver *winner = pbay_driver_row_new("/a/first.so");
    PbayDriver *row = pbay_driver_row_new("/b/second.so");
    winner->priority = 3;
    row->id = g_strdup("same");
    row->version = g_strdup("1");
    row->status = PBAY_DRIVER_LOADED;
    row->core = &core;
    PbayDriver *loser = pbay_driver_row_displace(row, winner);
    g_assert_true(loser != row);
    g_assert_null(row->reason);
    g_assert_cmpint((int)row->status, ==, PBAY_DRIVER_LOADED);
    g_assert_cmpstr(loser->id, ==, "same");
    g_assert_cmpstr(loser->reason, ==,
                    "its id \"same\" is taken by /a/first.so, which has the higher priority");
    pbay_driver_row_release(loser);
    pbay_driver_row_release(winner);
    pbay_driver_row_release(row); /* stays: it was started */
    g_assert_cmpstr(row->id, ==, "same");
    row->core = NULL;
    pbay_driver_row_release(row);
}

static void test_shell_path(void)
{
    g_autofree char *plain = pbay_driver_shell_path("/usr/lib/x86_64-linux-gnu/a.so");
    g_autofree char *quoted = pbay_driver_shell_path("/my drivers/it's.so");
    g_assert_cmpstr(plain, ==, "/usr/lib/x86_64-linux-gnu/a.so");
    g_assert_cmpstr(quoted, ==, "'/my drivers/it'\\''s.so'");
}

static void test_keep(void)
{
    PbayDriver *row = pbay_driver_row_new("/x.so");
    g_assert_true(pbay_driver_row_keep(row) == row);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drivers/row/refuse", test_refuse);
    g_test_add_func("/drivers/row/displace-judged", test_displace_judged);
    g_test_add_func("/drivers/row/displace-running", test_displace_running);
    g_test_add_func("/drivers/row/shell-path", test_shell_path);
    g_test_add_func("/drivers/row/keep", test_keep);
    return g_test_run();
}
