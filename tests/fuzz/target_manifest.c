/* SPDX-License-Identifier: Apache-2.0 */
/* A driver's manifest from any bytes: refused with a message, or read; and what was read is the
 * same when it is read again. */
#include "fuzz/target.h"

#include "drivers/manifest.h"

#include <glib.h>
#include <string.h>

const unsigned target_mutations = 300;

static void check_same(const PbayManifest *a, const PbayManifest *b)
{
    g_assert_cmpuint(a->options->len, ==, b->options->len);
    g_assert_cmpuint(a->secrets->len, ==, b->secrets->len);
    g_assert_cmpuint(a->models->len, ==, b->models->len);
    g_assert_cmpuint(a->offers->len, ==, b->offers->len);
    g_assert_cmpuint(a->parameters->len, ==, b->parameters->len);
    g_assert_cmpstr(a->default_model, ==, b->default_model);
}

void target_case(const uint8_t *data, size_t len)
{
    g_autofree char *text = g_strndup((const char *)data, len);
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayManifest) manifest = pbay_manifest_parse(text, &error);
    g_autoptr(PbayManifest) again = NULL;

    if (manifest == NULL) {
        g_assert_nonnull(error);
        g_assert_true(g_str_has_prefix(error->message, "manifest: "));
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        return;
    }
    g_assert_no_error(error);
    again = pbay_manifest_parse(text, NULL);
    g_assert_nonnull(again);
    check_same(manifest, again);
}

void target_seeds(TargetSeedFn take, void *user)
{
    g_autofree char *plugins = g_build_filename(PBAY_SOURCE_DIR, "plugins", NULL);
    g_autoptr(GDir) dir = g_dir_open(plugins, 0, NULL);
    const char *name;

    take(user, "{}", 2);
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(plugins, name, "manifest.json", NULL);
        g_autofree char *text = NULL;
        gsize len = 0;

        if (g_file_get_contents(path, &text, &len, NULL))
            take(user, text, len);
    }
}
