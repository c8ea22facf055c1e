/* SPDX-License-Identifier: Apache-2.0 */
/* A call beside signals, for the commands that print nothing before the end. */
#include "e2e/rig.h"

#include <signal.h>

/* An embedding waits for its answer; a signal ends it at once and closes the upstream. */
static void interrupted(const char *command, int signo)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process = box_start(rig->box, command, "-m", "openai/silent", "--json", "text", NULL);
    g_autoptr(Run) run = NULL;

    g_assert_true(stub_wait_requests(rig_stub(rig), 1));
    process_signal(process, signo);
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 5);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
}

static void test_signals(void)
{
    static const char *const commands[] = {"chat", "complete", "embed", "image"};

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        interrupted(commands[i], SIGINT);
        interrupted(commands[i], SIGTERM);
    }
}

/* Listing what vendors have is a call as any other. */
static StubScript *never(void *user, const StubRequest *request)
{
    StubScript *script = stub_script_new(200, "application/json");

    (void)user, (void)request;
    stub_script_raw(script, "", 0);
    stub_script_stall(script);
    return script;
}

static void test_live_models(void)
{
    g_autoptr(Rig) rig = rig_new_with(never, NULL);
    g_autoptr(Run) run = NULL;
    Process *process;

    box_drivers(rig->box, "eliza", "openai", NULL);
    process = box_start(rig->box, "models", "--live", NULL);
    g_assert_true(stub_wait_requests(rig_stub(rig), 1));
    process_signal(process, SIGINT);
    run = process_end(process);
    g_assert_cmpint(run->code, ==, 5);
    g_assert_true(stub_wait_open(rig_stub(rig), 0));
}

/* An image on its way to a file needs no reader of stdout. */
static void test_image_without_reader(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *path = box_path(rig->box, "fox.png");
    Process *process =
        box_start(rig->box, "image", "-m", "openai/gpt-image-1", "-o", path, "a fox", NULL);
    g_autoptr(Run) run = NULL;

    process_close_out(process);
    run = process_end(process);
    assert_run(run, 0, "");
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/run/signals", test_signals);
    g_test_add_func("/cli/run/live-models", test_live_models);
    g_test_add_func("/cli/run/image-without-reader", test_image_without_reader);
    return g_test_run();
}
