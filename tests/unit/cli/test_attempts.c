/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of -v: one for each event of a call, safe for a terminal whatever a vendor said; and
 * over HTTP, in the order in which things happen. */
#include "cli/cli.h"
#include "e2e/rig.h"

#include <string.h>

static void is_line(const char *json, const char *line)
{
    g_autofree char *got = cli_attempt_line(json);

    g_assert_cmpstr(got, ==, line);
}

static void test_events(void)
{
    is_line("{\"event\":\"trying\",\"target\":\"a/b\",\"reason\":\"[model fast]: first\"}",
            "trying a/b ([model fast]: first)");
    is_line("{\"event\":\"trying\",\"target\":\"a/b\"}", "trying a/b");
    is_line(
        "{\"event\":\"failed\",\"target\":\"a/b\",\"class\":\"overloaded\",\"message\":\"busy\","
        "\"status\":503}",
        "a/b failed with overloaded (HTTP 503): busy");
    is_line("{\"event\":\"failed\",\"target\":\"a/b\",\"class\":\"timeout\",\"message\":\"late\","
            "\"status\":0,\"wait_ms\":1200}",
            "a/b failed with timeout: late; waiting 1.2 s");
    is_line("{\"event\":\"failed\",\"target\":\"a/b\"}", "a/b failed");
    is_line(
        "{\"event\":\"waiting\",\"target\":\"a/b\",\"wait_ms\":999,\"reason\":\"before the next "
        "attempt\"}",
        "waiting 999 ms for a/b (before the next attempt)");
    is_line("{\"event\":\"served\",\"target\":\"a/b\",\"ms\":812}", "served by a/b in 812 ms");
    is_line("{\"event\":\"served\",\"target\":\"a/b\",\"ms\":61000}", "served by a/b in 61.0 s");
    is_line("{\"event\":\"hedged\",\"target\":\"a/b\",\"reason\":\"late\"}",
            "asking a/b as well (late)");
    is_line("{\"event\":\"cancelled\",\"target\":\"a/b\"}", "a/b lost the race and is cancelled");
    is_line("{\"event\":\"passed\",\"target\":\"a/b\",\"reason\":\"no key\"}",
            "a/b is passed over (no key)");
    is_line("{\"event\":\"blessed\",\"target\":\"a/b\"}", "blessed a/b");
}

/* What a vendor says cannot write a second line, or colours. */
static void test_control_characters(void)
{
    is_line("{\"event\":\"failed\",\"target\":\"a/b\",\"class\":\"upstream\",\"message\":"
            "\"one\\ntwo\\u001b[31m\\u009b31m\\tthree\"}",
            "a/b failed with upstream: one two[31m31m three");
    is_line("no JSON", " ");
}

/* Events come before the answer of the call is over, in their order. */
static void test_over_http(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL, quiet = NULL;
    const char *trying, *failed, *second, *served;

    box_conf(rig->box, "m", "[model fast]\ntargets = openai/http-503;openai/parrot\nretries = 0\n");
    run = box_run(rig->box, NULL, "chat", "-v", "-m", "fast", "hi", NULL);
    assert_run(run, 0, "You said: hi\n");
    trying = strstr(run->err, "patchbay: trying openai/http-503 (");
    failed = strstr(run->err, "patchbay: openai/http-503 failed with ");
    second = strstr(run->err, "patchbay: trying openai/parrot (");
    served = strstr(run->err, "patchbay: served by openai/parrot in ");
    g_assert_true(trying != NULL && failed > trying && second > failed && served > second);
    assert_contains(run->err, "(HTTP 503)");
    quiet = box_run(rig->box, NULL, "chat", "-m", "fast", "hi", NULL);
    assert_run(quiet, 0, "You said: hi\n");
    assert_lacks(quiet->err, "trying");
}

/* On a terminal an answer is not torn apart by who served it. */
static void test_behind_the_answer(void)
{
    g_autoptr(Rig) rig = rig_new();
    Process *process =
        box_start_terminal(rig->box, "chat", "-v", "-m", "openai/parrot", "hi", NULL);
    Process *cut = box_start_terminal(rig->box, "chat", "-v", "-m", "openai/cut", "hi", NULL);
    g_autoptr(Run) run = process_end(process), broken = process_end(cut);

    g_assert_cmpint(run->code, ==, 0);
    assert_contains(run->out, "patchbay: trying openai/parrot");
    assert_contains(run->out, "You said: hi\npatchbay: served by openai/parrot in ");
    g_assert_cmpint(broken->code, ==, 4);
    assert_contains(broken->out, "The first piece\npatchbay: openai/cut failed with ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/attempts/events", test_events);
    g_test_add_func("/cli/attempts/control-characters", test_control_characters);
    g_test_add_func("/cli/attempts/over-http", test_over_http);
    g_test_add_func("/cli/attempts/behind-the-answer", test_behind_the_answer);
    return g_test_run();
}
