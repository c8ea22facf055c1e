/* SPDX-License-Identifier: Apache-2.0 */
/* What each look-alike of OpenAI is proven for: the table in plugins/openai/README.md is what its
 * recordings show, no more and no less, and none falls behind what all of them must show. That
 * the driver does as recorded is what patchbay-drivercheck finds out. */
#include "answer/tree.h"
#include "check/features.h"
#include "check/recording.h"
#include "golden/snippets.h"

#include <string.h>

#define BEGIN "<!-- proven: begin -->\n"
#define END   "<!-- proven: end -->"

/* In the order of the table. */
static const char *const features[] = {
    "stream", "tools",     "parallel-tools", "tool-choice",  "tool-results", "images", "json",
    "schema", "reasoning", "usage",          "cached-usage", "logprobs",     "n",      "citations",
    NULL};

typedef struct Proof {
    bool has[G_N_ELEMENTS(features)];
    bool kinds[64];
    bool parallel_stream, refused, dropped;
    GHashTable *failures; /* class -> itself */
    unsigned recordings;
} Proof;

static bool has_note(const PbayRecording *recording, const char *note)
{
    size_t n = recording->notes != NULL ? json_object_array_length(recording->notes) : 0;

    for (size_t i = 0; i < n; i++) {
        json_object *entry = json_object_array_get_idx(recording->notes, i);

        if (strcmp(json_object_get_string(json_object_object_get(entry, "note")), note) == 0)
            return true;
    }
    return false;
}

static void add_features(Proof *proof, const PbayRecording *recording)
{
    json_object *body = NULL;

    pbay_tree_parse((pb_str){recording->body, strlen(recording->body)}, &body, NULL);
    proof->kinds[recording->kind & 63] = true;
    for (size_t i = 0; features[i] != NULL; i++) {
        const PbayFeature *feature = pbay_feature_find(recording->kind, features[i]);
        bool shown = feature != NULL && recording->kind == PB_KIND_CHAT &&
                     feature->asks(recording, body) &&
                     feature->shows(recording, body, recording->events);

        proof->has[i] |= shown;
        proof->parallel_stream |=
            shown && recording->stream && strcmp(features[i], "parallel-tools") == 0;
    }
    json_object_put(body);
}

static void add_recording(Proof *proof, const PbayRecording *recording)
{
    json_object *class = json_object_object_get(recording->outcome, "class");

    proof->recordings++;
    proof->refused |= has_note(recording, "unmet") ||
                      g_strcmp0(json_object_get_string(class), "unsupported") == 0;
    proof->dropped |= has_note(recording, "dropped");
    if (class != NULL)
        g_hash_table_add(proof->failures, g_strdup(json_object_get_string(class)));
    else if (!has_note(recording, "unmet"))
        add_features(proof, recording);
}

static Proof prove(const char *provider)
{
    Proof proof = {.failures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    g_autofree char *folder = golden_recording("");
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = golden_recording(name);
        g_autoptr(GError) error = NULL;
        g_autoptr(PbayRecording) recording = pbay_recording_read(path, &error);

        g_assert_no_error(error);
        /* The goldens are one request for all, images included: they show what is sent. */
        if (strcmp(recording->provider, provider) == 0 && strstr(name, "golden") == NULL)
            add_recording(&proof, recording);
    }
    return proof;
}

static bool shows(const Proof *proof, const char *feature)
{
    for (size_t i = 0; features[i] != NULL; i++)
        if (strcmp(features[i], feature) == 0)
            return proof->has[i];
    g_assert_not_reached();
}

/* ---- The table ---- */

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static void append(GString *list, const char *word)
{
    g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", word);
}

static void add_line(GString *table, const char *provider, const Proof *proof)
{
    static const struct {
        int32_t kind;
        const char *name;
    } kinds[] = {{PB_KIND_COMPLETION, "completion"},
                 {PB_KIND_EMBEDDING, "embedding"},
                 {PB_KIND_IMAGE, "image"},
                 {PB_KIND_MODELS, "models"}};
    g_autoptr(GString) chat = g_string_new(NULL), other = g_string_new(NULL);
    g_autoptr(GString) failures = g_string_new(NULL);
    g_autoptr(GList) classes = g_list_sort(g_hash_table_get_keys(proof->failures), by_text);

    for (size_t i = 0; features[i] != NULL; i++)
        if (proof->has[i])
            append(chat, features[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (proof->kinds[kinds[i].kind])
            append(other, kinds[i].name);
    for (const GList *class = classes; class != NULL; class = class->next)
        append(failures, class->data);
    g_string_append_printf(table, "| `%s` | %s | %s | %s |\n", provider, chat->str, other->str,
                           failures->str);
}

static char *table_of(const GPtrArray *alikes)
{
    GString *table = g_string_new("| look-alike | in chat | other kinds | failures |\n"
                                  "|---|---|---|---|\n");

    for (guint i = 0; i < alikes->len; i++) {
        Proof proof = prove(alikes->pdata[i]);

        add_line(table, alikes->pdata[i], &proof);
        g_hash_table_unref(proof.failures);
    }
    return g_string_free(table, FALSE);
}

static void test_table(void)
{
    g_autoptr(GPtrArray) alikes = golden_alikes();
    g_autofree char *expected = table_of(alikes);
    g_autofree char *path =
        g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "plugins", "openai", "README.md", NULL);
    g_autofree char *text = NULL;
    char *begin, *end;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    begin = strstr(text, BEGIN);
    g_assert_nonnull(begin);
    begin += strlen(BEGIN);
    end = strstr(begin, END);
    g_assert_nonnull(end);
    *end = '\0';
    if (strcmp(begin, expected) != 0)
        g_error("%s: between the marks \"proven\" must stand what the recordings show:\n%s", path,
                expected);
}

/* ---- What every one must show ---- */

static bool takes_no_tools(const char *provider)
{
    return strcmp(provider, "perplexity") == 0;
}

/* A server at home that checks no key. */
static bool takes_no_key(const char *provider)
{
    return strcmp(provider, "lm_studio") == 0;
}

static void must(const char *provider, bool shown, const char *what)
{
    if (!shown)
        g_error("no recording of %s shows %s", provider, what);
}

static void test_alike(gconstpointer data)
{
    static const char *const tools[] = {"tools", "parallel-tools", "tool-choice", "tool-results"};
    const char *provider = data;
    Proof proof = prove(provider);

    must(provider, shows(&proof, "stream"), "a stream");
    must(provider, shows(&proof, "usage"), "usage");
    for (size_t i = 0; i < G_N_ELEMENTS(tools) && !takes_no_tools(provider); i++)
        must(provider, shows(&proof, tools[i]), tools[i]);
    must(provider, proof.parallel_stream || takes_no_tools(provider), "two calls in a stream");
    must(provider,
         g_hash_table_contains(proof.failures, "authentication") || takes_no_key(provider),
         "a refused key");
    must(provider, g_hash_table_size(proof.failures) >= 2, "two classes of failures");
    must(provider, proof.refused || proof.dropped, "a parameter that it does not take");
    g_hash_table_unref(proof.failures);
}

int main(int argc, char **argv)
{
    g_autoptr(GPtrArray) alikes = golden_alikes();

    g_test_init(&argc, &argv, NULL);
    g_assert_cmpuint(alikes->len, >=, 13);
    for (guint i = 0; i < alikes->len; i++) {
        g_autofree char *path = g_strconcat("/alikes/", alikes->pdata[i], NULL);

        g_test_add_data_func(path, alikes->pdata[i], test_alike);
    }
    g_test_add_func("/alikes/table", test_table);
    return g_test_run();
}
