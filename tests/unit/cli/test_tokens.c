/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay tokens`: a number, counted by the provider. */
#include "e2e/rig.h"

#include <string.h>

static StubScript *counter(void *user, const StubRequest *request)
{
    (void)user;
    if (strcmp(request->target, "/v1/messages/count_tokens") != 0)
        return stub_json(404, "{\"type\":\"error\",\"error\":{\"message\":\"no such path\"}}");
    return stub_json(200, "{\"input_tokens\":2095}");
}

static Rig *rig_counter(void)
{
    Rig *rig = rig_new_with(counter, NULL);
    g_autofree char *url = stub_url(rig_stub(rig), "");

    box_provider(rig->box, "anthropic", url, "sk-ant-key");
    return rig;
}

static void test_number(void)
{
    g_autoptr(Rig) rig = rig_counter();
    const char *tool = box_file(rig->box, "t.json", "{\"name\":\"f\"}", -1);
    g_autoptr(Run) run = box_run(rig->box, NULL, "tokens", "-m", "anthropic/claude-sonnet-4-5",
                                 "-s", "Be brief.", "--tool", tool, "Grüß", "Gott", NULL);
    g_autoptr(Run) json = box_run(rig->box, "a text", "tokens", "-m", "anthropic/claude-sonnet-4-5",
                                  "--json", "-", NULL);
    json_object *sent = rig_sent(rig, 0), *answer = json_tokener_parse(json->out);

    assert_run(run, 0, "2095\n");
    g_assert_cmpstr(json_text_at(sent, "tools.0.name"), ==, "f");
    assert_contains(stub_request_body(rig_stub(rig), 0), "Be brief.");
    assert_contains(stub_request_body(rig_stub(rig), 0), "Grüß Gott");
    assert_run(json, 0, NULL);
    g_assert_cmpint(json_object_get_int(json_at(answer, "input_tokens")), ==, 2095);
    json_object_put(answer);
    json_object_put(sent);
}

static void test_usage(void)
{
    g_autoptr(Rig) rig = rig_counter();
    g_autoptr(Run) model = box_run(rig->box, NULL, "tokens", "a", NULL);
    g_autoptr(Run) empty =
        box_run(rig->box, "", "tokens", "-m", "anthropic/claude-sonnet-4-5", "-", NULL);
    g_autoptr(Run) unable = box_run(rig->box, NULL, "tokens", "-m", "openai/parrot", "a", NULL);

    assert_complaint(model, 1, "-m", NULL);
    assert_complaint(empty, 1, "empty", NULL);
    assert_complaint(unable, 3, "openai", "count_tokens", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/tokens/number", test_number);
    g_test_add_func("/cli/tokens/usage", test_usage);
    return g_test_run();
}
