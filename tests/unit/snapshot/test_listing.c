/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "world.h"

#include <json-c/json.h>

static const char *const fakes[] = {"init_fail",       "keyed", "prefix_shared_a",
                                    "prefix_shared_b", "rich",  NULL};

static const char canary[] = "sk-canary-0123456789";

/* The element whose member has this value. */
static json_object *find(json_object *rows, const char *member, const char *value)
{
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        json_object *row = json_object_array_get_idx(rows, i);
        json_object *text = json_object_object_get(row, member);
        if (text != NULL && strcmp(json_object_get_string(text), value) == 0)
            return row;
    }
    g_error("no %s = %s in %s", member, value, json_object_to_json_string(rows));
}

static const char *text_of(json_object *row, const char *member)
{
    json_object *value = NULL;
    g_assert_true(json_object_object_get_ex(row, member, &value));
    return value == NULL ? NULL
                         : json_object_to_json_string_ext(
                               value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static json_object *parse(const GString *text)
{
    json_object *root = json_tokener_parse(text->str);
    g_assert_nonnull(root);
    return root;
}

static World *make(const char *conf)
{
    World *w = world_new(fakes);
    g_setenv("FAKE_API_KEY", canary, TRUE);
    world_use(w, conf);
    return w;
}

static void test_drivers(void)
{
    World *w = make("[provider shared]\ndriver = prefix_shared_a\n");
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_snapshot_list_drivers(w->snapshot, out);
    json_object *rows = parse(out);
    g_assert_cmpuint(json_object_array_length(rows), ==, 5);
    json_object *rich = find(rows, "id", "rich");
    g_autofree char *path = g_strdup_printf("\"%s/rich.so\"", w->drivers);
    g_assert_cmpstr(text_of(rich, "path"), ==, path);
    g_assert_cmpstr(text_of(rich, "file"), ==, "\"rich.so\"");
    g_assert_cmpstr(text_of(rich, "version"), ==, "\"1.2.3\"");
    g_assert_cmpstr(text_of(rich, "vendor"), ==, "\"Fake & Sons\"");
    g_assert_cmpstr(text_of(rich, "license"), ==, "\"Apache-2.0\"");
    g_assert_cmpstr(text_of(rich, "abi"), ==, "\"1.0\"");
    g_assert_cmpstr(text_of(rich, "prefixes"), ==, "[\"rich\",\"rich2\"]");
    g_assert_cmpstr(text_of(rich, "kinds"), ==, "[\"chat\"]");
    g_assert_cmpstr(text_of(rich, "priority"), ==, "0");
    g_assert_cmpstr(text_of(rich, "status"), ==, "\"loaded\"");
    g_assert_null(text_of(rich, "reason"));
    g_assert_false(json_object_object_get_ex(rich, "shadowed", NULL));
    json_object *failed = find(rows, "id", "init_fail");
    g_assert_cmpstr(text_of(failed, "status"), ==, "\"refused\"");
    g_assert_cmpstr(text_of(failed, "reason"), ==,
                    "\"init failed: the moon is in the wrong place\"");
    g_assert_cmpstr(text_of(failed, "remedy"), ==,
                    "\"put right what it names, or remove the file\"");
    g_assert_cmpstr(text_of(find(rows, "id", "prefix_shared_b"), "shadowed"), ==, "[\"shared\"]");
    json_object_put(rows);
    world_free(w);
}

static void test_show_driver(void)
{
    World *w = make("");
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(pbay_snapshot_show_driver(w->snapshot, "rich", out, NULL));
    json_object *row = parse(out);
    json_object *manifest = json_object_object_get(row, "manifest");
    g_assert_cmpstr(text_of(manifest, "note"), ==, "\"made up\"");
    g_assert_cmpstr(text_of(row, "id"), ==, "\"rich\"");
    json_object_put(row);
    g_string_truncate(out, 0);
    g_assert_true(pbay_snapshot_show_driver(w->snapshot, "init_fail.so", out, NULL));
    row = parse(out);
    g_assert_cmpstr(text_of(row, "status"), ==, "\"refused\"");
    json_object_put(row);
    GError *error = NULL;
    g_assert_false(pbay_snapshot_show_driver(w->snapshot, "ritch", out, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_NOT_FOUND);
    g_assert_cmpstr(error->message, ==, "no driver is called \"ritch\": did you mean \"rich\"?");
    g_clear_error(&error);
    g_assert_false(pbay_snapshot_show_driver(w->snapshot, "\xff", out, &error));
    g_assert_cmpstr(error->message, ==,
                    "no driver is called \"\xef\xbf\xbd\": 'patchbay drivers' lists those found");
    g_clear_error(&error);
    world_free(w);
}

static void test_providers(void)
{
    World *w = make("[provider rich]\nrequire = token\n[provider work]\ndriver = keyed\n"
                    "base-url = https://ann:pa55word@h/v1\napi-key = sk-canary-abcdefgh\n"
                    "match = a*;b\nheader.X-Secret = ${env:FAKE_API_KEY}\n");
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_snapshot_list_providers(w->snapshot, out);
    g_assert_null(strstr(out->str, "canary"));
    g_assert_null(strstr(out->str, "pa55word"));
    json_object *rows = parse(out);
    g_assert_cmpuint(json_object_array_length(rows), ==, 5);
    json_object *work = find(rows, "name", "work");
    g_assert_cmpstr(text_of(work, "driver"), ==, "\"keyed\"");
    g_assert_cmpstr(text_of(work, "state"), ==, "\"ready\"");
    g_assert_null(text_of(work, "why"));
    g_assert_cmpstr(text_of(work, "base_url"), ==, "\"https://***@h/v1\"");
    g_assert_cmpstr(text_of(work, "has_key"), ==, "true");
    g_assert_null(text_of(work, "default_model")); /* another's model is not known there */
    g_assert_cmpstr(text_of(work, "match"), ==, "[\"a*\",\"b\"]");
    g_assert_cmpstr(text_of(work, "kinds"), ==, "[\"chat\"]");
    g_assert_cmpstr(text_of(json_object_object_get(work, "origin"), "line"), ==, "3");
    json_object *rich = find(rows, "name", "rich");
    g_assert_cmpstr(text_of(rich, "state"), ==, "\"unconfigured\"");
    g_assert_null(text_of(rich, "default_model"));
    g_assert_cmpstr(text_of(rich, "why"), ==, "\"set FAKE_TOKEN, or token in [provider rich]\"");
    g_assert_cmpstr(text_of(find(rows, "name", "shared"), "state"), ==, "\"shadowed\"");
    g_assert_null(text_of(find(rows, "name", "keyed"), "origin"));
    json_object_put(rows);
    world_free(w);
}

static void test_masked(void)
{
    World *w = world_new(fakes);
    g_autofree char *own = fake_folder();
    fake_write(w->conf, "keyed.conf", "[provider keyed]\napi-key = sk-123456\n");
    fake_write(w->conf, "look.conf", "[provider look]\ndriver = keyed\n");
    fake_write(own, "keyed.conf", "");
    fake_write(own, "look.conf", "");
    const char *const paths[] = {w->conf, own, NULL};
    w->env = pbay_env_new();
    w->problems = pbay_problems_new();
    w->config = pbay_config_load(&(PbayConfigInput){.paths = paths, .env = w->env}, w->problems);
    w->set = fake_scan(w->drivers, NULL);
    w->snapshot = pbay_snapshot_build(w->config, w->set, w->env, w->problems);
    g_assert_nonnull(w->snapshot);
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_snapshot_list_providers(w->snapshot, out);
    json_object *rows = parse(out);
    g_assert_cmpstr(text_of(find(rows, "name", "keyed"), "state"), ==, "\"masked\"");
    g_assert_cmpstr(text_of(find(rows, "name", "look"), "state"), ==, "\"masked\"");
    json_object_put(rows);
    g_assert_false(world_provider(w, "keyed")->opened);
    fake_remove(own);
    world_free(w);
}

static void test_models(void)
{
    World *w = make("[model fast]\ntargets = rich/small\n"
                    "[provider far]\ndriver = rich\nbase-url = https://far.example.com\n");
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_snapshot_list_models(w->snapshot, NULL, out);
    json_object *rows = parse(out);
    g_assert_cmpuint(json_object_array_length(rows), ==, 5); /* fast, rich x 2, rich2 x 2 */
    json_object *fast = find(rows, "id", "fast");
    g_assert_cmpstr(text_of(fast, "strategy"), ==, "\"order\"");
    g_assert_cmpstr(text_of(fast, "targets"), ==,
                    "[{\"target\":\"rich/small\",\"weight\":1,\"state\":\"ready\"}]");
    g_assert_cmpstr(text_of(fast, "note"), ==, "\"stands for rich/small\"");
    json_object *small = find(rows, "id", "rich/small");
    g_assert_cmpstr(text_of(small, "context"), ==, "1000");
    g_assert_cmpstr(text_of(small, "features"), ==, "[\"tools\"]");
    g_assert_cmpstr(text_of(small, "note"), ==, "\"made up\"");
    g_assert_cmpstr(text_of(small, "state"), ==, "\"ready\"");
    json_object_put(rows);
    g_string_truncate(out, 0);
    pbay_snapshot_list_models(w->snapshot, "rich2", out);
    rows = parse(out);
    g_assert_cmpuint(json_object_array_length(rows), ==, 2);
    json_object_put(rows);
    g_string_truncate(out, 0);
    pbay_snapshot_list_models(w->snapshot, "nobody", out);
    g_assert_cmpstr(out->str, ==, "[]");
    g_string_truncate(out, 0);
    pbay_snapshot_list_providers(w->snapshot, out);
    rows = parse(out);
    g_assert_cmpstr(text_of(find(rows, "name", "rich"), "default_model"), ==, "\"rich/small\"");
    g_assert_null(text_of(find(rows, "name", "far"), "default_model")); /* another's address */
    json_object_put(rows);
    world_free(w);
}

/* What is configured is shown: strategy, targets, rules and fallbacks. */
static void test_configured_models(void)
{
    World *w = make("[model a]\nstrategy = weighted\ntargets = rich/x weight=3;keyed/y\n"
                    "fallbacks = b;rich/z\ncontext-window-fallbacks = rich/big\n"
                    "[model b]\nstrategy = rules\nrule.2 = tools -> rich/t\n"
                    "rule.1 = chars > 9 -> rich/l\ndefault = rich/d\n"
                    "content-policy-fallbacks = init_fail/x\n");
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_snapshot_list_models(w->snapshot, NULL, out);
    json_object *rows = parse(out);
    json_object *a = find(rows, "id", "a"), *b = find(rows, "id", "b");
    g_assert_cmpstr(text_of(a, "strategy"), ==, "\"weighted\"");
    g_assert_cmpstr(text_of(a, "targets"), ==,
                    "[{\"target\":\"rich/x\",\"weight\":3,\"state\":\"ready\"},"
                    "{\"target\":\"keyed/y\",\"weight\":1,\"state\":\"ready\"}]");
    g_assert_cmpstr(text_of(a, "fallbacks"), ==, "[\"b\",\"rich/z\"]");
    g_assert_cmpstr(text_of(a, "context_window_fallbacks"), ==, "[\"rich/big\"]");
    g_assert_cmpstr(text_of(a, "note"), ==,
                    "\"weighted: rich/x, keyed/y; then b, rich/z; too long: rich/big\"");
    g_assert_cmpstr(text_of(b, "targets"), ==, "[]");
    g_assert_cmpstr(text_of(b, "rules"), ==,
                    "[{\"number\":1,\"when\":\"chars > 9\",\"to\":\"rich/l\"},"
                    "{\"number\":2,\"when\":\"tools\",\"to\":\"rich/t\"}]");
    g_assert_cmpstr(text_of(b, "default"), ==, "\"rich/d\"");
    g_assert_cmpstr(text_of(b, "content_policy_fallbacks"), ==, "[\"init_fail/x\"]");
    g_assert_cmpstr(text_of(b, "note"), ==,
                    "\"rules: chars > 9 -> rich/l, tools -> rich/t, else rich/d; refused content: "
                    "init_fail/x\"");
    json_object_put(rows);
    world_free(w);
}

static void test_is_secret(void)
{
    World *w =
        make("[provider rich]\ntoken = sk-canary-xyz12345\nregion = here\n"
             "header.X-A = b\n[provider gone]\ndriver = nobody\nold-key = sk-canary-old12345\n");
    const PbaySection *rich = pbay_config_section(w->config, "provider", "rich");
    const PbaySection *gone = pbay_config_section(w->config, "provider", "gone");
    g_assert_true(pbay_snapshot_is_secret(w->snapshot, rich, "token"));
    g_assert_false(pbay_snapshot_is_secret(w->snapshot, rich, "region"));
    g_assert_false(pbay_snapshot_is_secret(w->snapshot, rich, "header.x-a"));
    g_assert_true(pbay_snapshot_is_secret(w->snapshot, gone, "old-key"));
    g_assert_true(pbay_snapshot_is_secret(NULL, rich, "region"));
    g_autoptr(GString) out = g_string_new(NULL);
    pbay_config_show(w->config, true, false, pbay_snapshot_is_secret, w->snapshot, out);
    g_assert_null(strstr(out->str, "canary"));
    g_assert_nonnull(strstr(out->str, "region = here"));
    world_free(w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/listing/drivers", test_drivers);
    g_test_add_func("/snapshot/listing/show-driver", test_show_driver);
    g_test_add_func("/snapshot/listing/providers", test_providers);
    g_test_add_func("/snapshot/listing/masked", test_masked);
    g_test_add_func("/snapshot/listing/models", test_models);
    g_test_add_func("/snapshot/listing/configured-models", test_configured_models);
    g_test_add_func("/snapshot/listing/is-secret", test_is_secret);
    return g_test_run();
}
