/* SPDX-License-Identifier: Apache-2.0 */
/* Reads conf.d with GKeyFile, which is not the scanner under test. For the test's thread. */
#include "golden/snippets.h"

#include <string.h>

static gint by_name(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

static void add_alikes(const char *path, GPtrArray *names)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_auto(GStrv) groups = NULL;

    g_assert_true(g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL));
    groups = g_key_file_get_groups(file, NULL);
    for (char **group = groups; *group != NULL; group++) {
        g_autofree char *driver = g_key_file_get_value(file, *group, "driver", NULL);

        if (g_strcmp0(driver, "openai") == 0 && g_str_has_prefix(*group, "provider "))
            g_ptr_array_add(names, g_strdup(*group + strlen("provider ")));
    }
}

GPtrArray *golden_alikes(void)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folder = g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "conf.d", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (g_str_has_suffix(name, ".conf"))
            add_alikes(path, names);
    }
    g_ptr_array_sort(names, by_name);
    return names;
}

char *golden_prefix(const char *provider)
{
    char *prefix = g_strconcat(provider, "-", NULL);

    return g_strdelimit(prefix, "_", '-');
}

char *golden_recording(const char *name)
{
    return g_build_filename(g_getenv("PBAY_SOURCE_DIR"), "plugins", "openai", "recordings", name,
                            NULL);
}
