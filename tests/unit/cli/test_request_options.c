/* SPDX-License-Identifier: Apache-2.0 */
/* The options of every command that runs a request: where it goes, with which headers, and what may
 * be dropped. */
#include "cli/cli.h"
#include "e2e/rig.h"

static bool makes(const char *kind, const char *timeout, const char *header, const char *drops)
{
    char *headers[] = {(char *)header, NULL};
    patchbay_request *request;

    cli_request_options = (CliRequestOptions){.timeout = (char *)timeout,
                                              .headers = header != NULL ? headers : NULL,
                                              .drops = (char *)drops};
    request = cli_request_new_text(kind, "{}", NULL);
    patchbay_request_free(request);
    cli_request_options = (CliRequestOptions){0};
    return request != NULL;
}

static void test_values(void)
{
    static const char *const times[] = {"500ms", "20s", "5m", "1h", "0.5s", "7", "1e2ms"};
    static const char *const wrong[] = {"", "s", "20x", "20 s", "-1s", "0", "0s", "inf", "9e99s"};

    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        g_assert_true(makes("chat", times[i], NULL, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_false(makes("chat", wrong[i], NULL, NULL));
    g_assert_true(makes("chat", NULL, "X-A: b: c", "drop"));
    g_assert_true(makes("chat", NULL, "X-A:", "error"));
    g_assert_false(makes("chat", NULL, "X-A", NULL));
    g_assert_false(makes("chat", NULL, ": b", NULL));
    g_assert_false(makes("chat", NULL, NULL, "never"));
    g_assert_false(makes("no-such-kind", NULL, NULL, NULL));
}

/* A kind that nobody knows is answered with all that there are, and each of those is one. */
static void test_kinds(void)
{
    static const char *const kinds[] = {"chat",         "completion", "embedding",     "image",
                                        "rerank",       "speech",     "transcription", "moderation",
                                        "count_tokens", "models",     "probe"};
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, "{}", "request", "--kind", "rank", "-", NULL);

    assert_complaint(run, 1, "'rank'", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_assert_true(makes(kinds[i], NULL, NULL, NULL));
        assert_contains(run->err, kinds[i]);
    }
}

static void test_base_url_and_headers(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = NULL;

    box_provider(rig->box, "openai", "http://127.0.0.1:9/v1", RIG_KEY);
    run = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--base-url", rig->url, "-H",
                  "X-One: 1", "--header", "X-Two:  two words ", "hi", NULL);
    assert_run(run, 0, "You said: hi\n");
    g_assert_cmpstr(stub_request_header(rig_stub(rig), 0, "x-one"), ==, "1");
    g_assert_cmpstr(stub_request_header(rig_stub(rig), 0, "x-two"), ==, "two words");
}

/* Labels travel in the request and are gone before the vendor sees it. */
static void test_labels(void)
{
    g_autoptr(Rig) rig = rig_new();
    g_autoptr(Run) run = box_run(rig->box, NULL, "chat", "-m", "openai/parrot", "--label",
                                 "team=blue", "--label", "a=b=c", "hi", NULL);

    assert_run(run, 0, "You said: hi\n");
    assert_lacks(stub_request_body(rig_stub(rig), 0), "team");
    assert_lacks(stub_request_body(rig_stub(rig), 0), "patchbay");
}

static void test_drops(void)
{
    g_autoptr(Rig) rig = rig_new();
    const char *const base[] = {"chat", "-m", "openai/o3-mini", "--temperature", "0.5"};
    g_autoptr(Run) warned =
        box_run(rig->box, NULL, base[0], base[1], base[2], base[3], base[4], "hi", NULL);
    g_autoptr(Run) refused = box_run(rig->box, NULL, base[0], base[1], base[2], base[3], base[4],
                                     "--drop-params", "error", "hi", NULL);
    g_autoptr(Run) strict = box_run(rig->box, NULL, base[0], base[1], base[2], base[3], base[4],
                                    "--strict", "hi", NULL);

    assert_run(warned, 0, "You said: hi\n");
    assert_contains(warned->err, "patchbay: temperature dropped");
    assert_lacks(stub_request_body(rig_stub(rig), 0), "temperature");
    assert_complaint(refused, 3, "temperature", NULL);
    assert_complaint(strict, 3, "temperature", NULL);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/request-options/values", test_values);
    g_test_add_func("/cli/request-options/kinds", test_kinds);
    g_test_add_func("/cli/request-options/base-url-and-headers", test_base_url_and_headers);
    g_test_add_func("/cli/request-options/labels", test_labels);
    g_test_add_func("/cli/request-options/drops", test_drops);
    return g_test_run();
}
