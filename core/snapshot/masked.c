/* SPDX-License-Identifier: Apache-2.0 */
/* An empty file, or a link to /dev/null, of the same name in a later folder puts a shipped
 * snippet away, and with it the providers it is about. A file that replaces the snippet by other
 * text does not. [main]. */
#include "snapshot/masked.h"

#include "config/readfile.h"

#include <string.h>

#define SNIPPET_MAX ((size_t)1 << 20)

/* True when the file at path is itself a mask. */
static bool is_mask(const GPtrArray *files, const char *path)
{
    for (guint i = 0; i < files->len; i++) {
        const PbayConfigFile *file = g_ptr_array_index(files, i);
        if (strcmp(file->path, path) == 0)
            return file->masked && file->by == NULL;
    }
    return false;
}

/* The names of the [provider NAME] groups of a file. */
static void add_names(const PbayConfig *config, const PbayConfigFile *file, GHashTable *names)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *why = NULL;
    if (pbay_config_read_file(file->path, SNIPPET_MAX, false, text, &why) != 0)
        return;
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_strstrip(*line);
        size_t n = strlen(*line);
        if (!g_str_has_prefix(*line, "[provider ") || (*line)[n - 1] != ']')
            continue;
        g_autofree char *name = g_strndup(*line + 10, n - 11);
        if (pbay_config_section(config, "provider", name) == NULL)
            g_hash_table_replace(names, g_steal_pointer(&name),
                                 g_strdup_printf("its snippet %s is masked by %s: remove that file "
                                                 "to have it back",
                                                 file->path, file->by));
    }
}

GHashTable *pbay_masked_providers(const PbayConfig *config)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const GPtrArray *files = pbay_config_files(config);
    for (guint i = 0; files != NULL && i < files->len; i++) {
        const PbayConfigFile *file = g_ptr_array_index(files, i);
        if (file->masked && file->by != NULL && is_mask(files, file->by))
            add_names(config, file, names);
    }
    return names;
}
