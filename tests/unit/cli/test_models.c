/* SPDX-License-Identifier: Apache-2.0 */
/* `patchbay models`: what manifests and [model] sections know, and what vendors say when asked. */
#include "e2e/rig.h"

#include <string.h>

static Rig *rig_with_two_drivers(void)
{
    Rig *rig = rig_new();

    box_drivers(rig->box, "eliza", "openai", NULL);
    return rig;
}

static void test_known(void)
{
    g_autoptr(Rig) rig = rig_with_two_drivers();
    g_autoptr(Run) all = NULL, one = NULL, json = NULL;
    json_object *rows;

    box_conf(rig->box, "alias", "[model bird]\ntargets = openai/parrot\n");
    all = box_run(rig->box, NULL, "models", NULL);
    assert_run(all, 0, NULL);
    assert_contains(all->out, "\nbird ");
    assert_contains(all->out, "stands for openai/parrot");
    assert_contains(all->out, "\neliza/doctor ");
    assert_contains(all->out, "not a language model");
    assert_contains(all->out, "\nopenai/gpt-4o-mini ");
    one = box_run(rig->box, NULL, "models", "eliza", NULL);
    assert_run(one, 0, NULL);
    assert_lacks(one->out, "openai/");
    json = box_run(rig->box, NULL, "models", "openai", "--json", NULL);
    rows = json_tokener_parse(json->out);
    g_assert_cmpstr(json_text_at(rows, "0.id"), ==, "openai/gpt-4o-mini");
    g_assert_cmpstr(json_text_at(rows, "0.provider"), ==, "openai");
    json_object_put(rows);
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

static void test_live(void)
{
    g_autoptr(Rig) rig = rig_with_two_drivers();
    g_autoptr(Run) one = box_run(rig->box, NULL, "models", "openai", "--live", NULL);
    g_autoptr(Run) all = box_run(rig->box, NULL, "models", "--live", "--json", NULL);

    assert_run(one, 0, NULL);
    assert_contains(one->out, "\nopenai/parrot ");
    assert_contains(one->out, "\nopenai/count ");
    g_assert_cmpstr(stub_request_line(rig_stub(rig), 0), ==, "GET /v1/models");
    assert_contains(all->out, "\"openai/parrot\"");
    assert_contains(all->out, "\"eliza/doctor\"");
}

/* One that fails does not hide the rest, and is not silent either. */
static void test_live_failure(void)
{
    g_autoptr(Rig) rig = rig_with_two_drivers();
    g_autofree char *conf = g_strdup_printf(
        "[provider broken]\ndriver = openai\nbase-url = %s/nowhere\napi-key = " RIG_KEY "\n",
        rig->url);
    g_autoptr(Run) run = NULL;

    box_conf(rig->box, "broken", conf);
    run = box_run(rig->box, NULL, "models", "--live", NULL);
    assert_run(run, 3, NULL);
    assert_contains(run->out, "openai/parrot");
    assert_contains(run->err, "patchbay: provider broken could not be asked:");
}

static void test_live_without_key(void)
{
    g_autoptr(Rig) rig = rig_with_two_drivers();
    g_autoptr(Run) asked = NULL, all = NULL;

    box_provider(rig->box, "openai", rig->url, NULL);
    asked = box_run(rig->box, NULL, "models", "openai", "--live", NULL);
    assert_run(asked, 2, "");
    assert_contains(asked->err, "OPENAI_API_KEY");
    all = box_run(rig->box, NULL, "models", "--live", NULL); /* the ready ones alone */
    assert_run(all, 0, NULL);
    assert_lacks(all->out, "openai/");
    g_assert_cmpuint(stub_requests(rig_stub(rig)), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/models/known", test_known);
    g_test_add_func("/cli/models/live", test_live);
    g_test_add_func("/cli/models/live-failure", test_live_failure);
    g_test_add_func("/cli/models/live-without-key", test_live_without_key);
    return g_test_run();
}
