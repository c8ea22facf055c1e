/* SPDX-License-Identifier: Apache-2.0 */
/* The recordings of a look-alike hold the options of its shipped snippet; this test holds the
 * two together, so that a snippet cannot change without its recordings, and a recording that is
 * named after a snippet is about that one. Reads conf.d with GKeyFile. */
#include "base/str.h"
#include "json/reader.h"

#include <glib.h>

/* The value as conf.d writes it: yes, 9, a;b, a=b;c=d. */
static char *as_text(const pb_json *value)
{
    int32_t type = pbay_json_type(value);
    GString *text = g_string_new(NULL);
    pb_str key;
    if (type == PB_JSON_BOOL)
        g_string_append(text, pbay_json_bool(value, 0) ? "yes" : "no");
    else if (type == PB_JSON_STRING)
        pbay_str_append(text, pbay_json_str(value));
    else if (type != PB_JSON_ARRAY && type != PB_JSON_OBJECT)
        pbay_str_append(text, pbay_json_text(value));
    for (const pb_json *child = pbay_json_first(value, &key); child != NULL;
         child = pbay_json_next(child, &key)) {
        if (text->len != 0)
            g_string_append_c(text, ';');
        if (type == PB_JSON_OBJECT)
            g_string_append_printf(text, "%.*s=", (int)key.len, key.ptr);
        pbay_str_append(text, pbay_json_str(child));
    }
    return g_string_free(text, FALSE);
}

static bool is_core_key(const char *key)
{
    static const char *const keys[] = {"driver", "match", "require", "timeout-first-byte", NULL};
    return g_strv_contains(keys, key) || g_str_has_suffix(key, "-env");
}

static GKeyFile *snippet_of(const char *provider)
{
    g_autofree char *name = g_strconcat(provider, ".conf", NULL);
    g_autofree char *path = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "conf.d", name, NULL);
    GKeyFile *file = g_key_file_new();
    g_autoptr(GError) error = NULL;
    g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &error);
    g_assert_no_error(error);
    return file;
}

/* Every option of the recording stands so in the snippet, and none of the snippet's is missing. */
static void compare(const char *path, const char *provider, const pb_json *options)
{
    g_autoptr(GKeyFile) file = snippet_of(provider);
    g_autofree char *group = g_strconcat("provider ", provider, NULL);
    g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);
    pb_str key;
    bool other_base = strstr(path, "-base-") != NULL;
    g_assert_nonnull(keys);
    for (const pb_json *option = pbay_json_first(options, &key); option != NULL;
         option = pbay_json_next(option, &key)) {
        g_autofree char *name = pbay_str_dup(key);
        g_autofree char *recorded = as_text(option);
        g_autofree char *shipped = g_key_file_get_value(file, group, name, NULL);
        if (other_base && strcmp(name, "base-url") == 0)
            continue;
        g_test_message("%s: %s", path, name);
        g_assert_cmpstr(recorded, ==, shipped);
    }
    for (char **shipped = keys; *shipped != NULL; shipped++)
        if (!is_core_key(*shipped) && pbay_json_get(options, pbay_str(*shipped)) == NULL)
            g_error("%s lacks the option %s of the shipped snippet", path, *shipped);
}

/* "together-ai-text.jsonl" is about together_ai, "chat-text.jsonl" about openai itself. */
static void check_name(const char *path, const char *provider)
{
    g_autofree char *folder = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "conf.d", NULL);
    g_autofree char *base = g_path_get_basename(path), *found = g_strdup("openai");
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *snippet = g_strndup(name, strlen(name) - strlen(".conf"));
        g_autofree char *prefix = g_strconcat(snippet, "-", NULL);
        g_strdelimit(prefix, "_", '-');
        if (g_str_has_prefix(base, prefix)) {
            g_free(found);
            found = g_steal_pointer(&snippet);
        }
    }
    g_test_message("%s", path);
    g_assert_cmpstr(provider, ==, found);
}

static bool check(const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
    g_assert_nonnull(lines[1]);
    const pb_json *line = pbay_json_parse(arena, pbay_str(lines[1]), NULL, 0, NULL);
    const pb_json *provider = pbay_json_get(line, PBAY_STR("provider"));
    g_autofree char *name = pbay_str_dup(pbay_json_str(pbay_json_get(provider, PBAY_STR("name"))));
    check_name(path, name);
    if (strcmp(name, "openai") == 0)
        return false;
    compare(path, name, pbay_json_get(provider, PBAY_STR("options")));
    return true;
}

static void test_recordings_follow_snippets(void)
{
    g_autofree char *folder =
        g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "plugins", "openai", "recordings", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    unsigned checked = 0;
    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        checked += check(path);
    }
    g_assert_cmpuint(checked, >, 200);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/openai/snippets/recordings-follow", test_recordings_follow_snippets);
    return g_test_run();
}
