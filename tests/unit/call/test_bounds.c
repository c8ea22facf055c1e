/* SPDX-License-Identifier: Apache-2.0 */
/* Whose word counts on each bound in time: the caller's, the model's, the provider's. */
#include "call/state.h"

static void test_whose_word(void)
{
    PbayProvider provider = {.timeouts = {1, 2, 3, 4, 5, 6}};
    PbayModel model = {.timeouts = {-1, 20, -1, 0, 50, -1}};
    PbayCall call = {.timeouts = {.first_byte = 200, .total = 600}};
    PbayTimeouts bounds = pbay_call_bounds(&call, &model, &provider);
    g_assert_cmpint(bounds.connect, ==, 1);
    g_assert_cmpint(bounds.first_byte, ==, 200);
    g_assert_cmpint(bounds.first_token, ==, 3);
    g_assert_cmpint(bounds.idle, ==, 0); /* the model says: none */
    g_assert_cmpint(bounds.attempt, ==, 50);
    g_assert_cmpint(bounds.total, ==, 600);
    bounds = pbay_call_bounds(&call, NULL, &provider);
    g_assert_cmpint(bounds.idle, ==, 4);
    g_assert_cmpint(bounds.attempt, ==, 5);
}

static void test_time_left(void)
{
    g_autoptr(GError) error = NULL;
    PbayLoop *loop = pbay_loop_new(&error);
    g_assert_no_error(error);
    PbayWorkerSpec spec = {.loop = loop};
    PbayWorker *worker = pbay_worker_new(&spec, &error);
    g_assert_no_error(error);
    PbayCall call = {.worker = worker};
    g_assert_cmpint(pbay_call_time_left(&call), ==, G_MAXINT64);
    call.deadline = 1;
    g_assert_cmpint(pbay_call_time_left(&call), ==, 0);
    call.deadline = pbay_loop_now(loop) + 3600000;
    g_assert_cmpint(pbay_call_time_left(&call), >, 3500000);
    g_assert_cmpint(pbay_call_time_left(&call), <=, 3600000);
    pbay_worker_free(worker);
    pbay_loop_free(loop);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bounds/whose-word", test_whose_word);
    g_test_add_func("/bounds/time-left", test_time_left);
    return g_test_run();
}
