/* SPDX-License-Identifier: Apache-2.0 */
/* Many calls at once: none waits for another, all that hang end at the limit, and what has nothing
 * to run is left alone. */
#include "cli/cli.h"
#include "e2e/rig.h"

#define MANY 12

static patchbay *open_box(const Box *box)
{
    g_autofree char *drivers = g_build_filename(build_dir(), "drivers", NULL);
    patchbay_opts *opts = patchbay_opts_new();
    patchbay_error *error = NULL;
    patchbay *pb;

    patchbay_opts_conf_only(opts, box->conf);
    patchbay_opts_driver_dir(opts, drivers);
    patchbay_opts_embed(opts, 1);
    pb = patchbay_open(opts, &error);
    patchbay_opts_free(opts);
    g_assert_nonnull(pb);
    return pb;
}

static patchbay_request *chat(const char *model)
{
    patchbay_request *request =
        patchbay_request_new("chat", "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");

    patchbay_request_model(request, model);
    patchbay_request_retries(request, 0);
    return request;
}

static void clear(CliJob *jobs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        patchbay_request_free(jobs[i].request);
        patchbay_result_free(jobs[i].result);
    }
}

static void test_ends(void)
{
    g_autoptr(Rig) rig = rig_new();
    patchbay *pb = open_box(rig->box);
    CliJob jobs[3] = {{.request = chat("openai/parrot")}, {0}, {.request = chat("no-such-model")}};
    CliBatch batch = {.pb = pb, .verb = "tried", .limit_ms = 30000};

    g_assert_true(cli_batch_run(&batch, jobs, 3));
    g_assert_false(batch.interrupted);
    g_assert_null(patchbay_result_error(jobs[0].result));
    g_assert_false(jobs[0].cancelled);
    g_assert_null(jobs[1].result);
    g_assert_nonnull(patchbay_result_error(jobs[2].result));
    clear(jobs, 3);
    g_assert_true(cli_batch_run(&batch, NULL, 0));
    patchbay_close(pb);
}

/* None answers, and still each was asked: they do not wait for each other. */
static void test_limit(void)
{
    g_autoptr(Rig) rig = rig_new();
    patchbay *pb = open_box(rig->box);
    CliJob jobs[MANY] = {{0}};
    CliBatch batch = {.pb = pb, .verb = "tried", .limit_ms = 1500};

    for (size_t i = 0; i < MANY; i++)
        jobs[i].request = chat(i == 0 ? "openai/parrot" : "openai/silent");
    g_assert_true(cli_batch_run(&batch, jobs, MANY));
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, MANY);
    g_assert_false(batch.interrupted);
    g_assert_null(patchbay_result_error(jobs[0].result));
    for (size_t i = 1; i < MANY; i++) {
        g_assert_true(jobs[i].cancelled);
        g_assert_cmpint(patchbay_error_class(patchbay_result_error(jobs[i].result)), ==,
                        PATCHBAY_ERR_CANCELLED);
    }
    clear(jobs, MANY);
    patchbay_close(pb);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/batch/ends", test_ends);
    g_test_add_func("/cli/batch/limit", test_limit);
    return g_test_run();
}
