/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the loaded driver: that its table is what its minor promises, and that the
 * manifest inside is the one beside the file. That it loads at all, with every rule of the
 * loader, is checked on the way here. In the child that runs the check. */
#include "check/checks.h"

#include <string.h>

#define ALL_KINDS                                                                                  \
    (PB_KIND_BIT(PB_KIND_CHAT) | PB_KIND_BIT(PB_KIND_COMPLETION) |                                 \
     PB_KIND_BIT(PB_KIND_EMBEDDING) | PB_KIND_BIT(PB_KIND_RERANK) | PB_KIND_BIT(PB_KIND_IMAGE) |   \
     PB_KIND_BIT(PB_KIND_SPEECH) | PB_KIND_BIT(PB_KIND_TRANSCRIPTION) |                            \
     PB_KIND_BIT(PB_KIND_MODERATION) | PB_KIND_BIT(PB_KIND_COUNT_TOKENS) |                         \
     PB_KIND_BIT(PB_KIND_MODELS) | PB_KIND_BIT(PB_KIND_CREDENTIAL) | PB_KIND_BIT(PB_KIND_PROBE))

static void check_size(PbayCheckRun *run, const pb_driver *ops)
{
    if (ops->abi_minor == PB_ABI_MINOR && ops->size != sizeof(pb_driver))
        pbay_check_found(run, "size of the table: expected %zu for minor %u, got %u",
                         sizeof(pb_driver), (unsigned)PB_ABI_MINOR, (unsigned)ops->size);
    if (ops->abi_minor > PB_ABI_MINOR && ops->size < sizeof(pb_driver))
        pbay_check_found(run, "size of the table: expected at least %zu for minor %u, got %u",
                         sizeof(pb_driver), (unsigned)ops->abi_minor, (unsigned)ops->size);
    if (ops->size % sizeof(void *) != 0)
        pbay_check_found(run, "size of the table: %u is no multiple of a pointer's",
                         (unsigned)ops->size);
    if (ops->core_minor_min > ops->abi_minor)
        pbay_check_found(run, "core_minor_min: expected at most abi_minor %u, got %u",
                         (unsigned)ops->abi_minor, (unsigned)ops->core_minor_min);
}

static void check_kinds(PbayCheckRun *run, const pb_driver *ops)
{
    if (ops->kinds == 0)
        pbay_check_found(run, "kinds: expected one at least, got none");
    if (ops->abi_minor == PB_ABI_MINOR && (ops->kinds & ~ALL_KINDS) != 0)
        pbay_check_found(run, "kinds: bits 0x%" G_GINT64_MODIFIER "x are no PB_KIND_BIT",
                         (guint64)(ops->kinds & ~ALL_KINDS));
    if (ops->abi_minor == PB_ABI_MINOR &&
        (ops->flags & ~(uint32_t)(PB_DRIVER_ISOLATE | PB_DRIVER_EXECUTE)) != 0)
        pbay_check_found(run, "flags: 0x%x holds bits that are no PB_DRIVER_*",
                         (unsigned)ops->flags);
}

static void check_execute(PbayCheckRun *run)
{
    const pb_execute *execute = run->driver->execute;

    if (execute != NULL && run->driver->ops->abi_minor == PB_ABI_MINOR &&
        execute->size != sizeof(pb_execute))
        pbay_check_found(run, "size of the execute table: expected %zu, got %u", sizeof(pb_execute),
                         (unsigned)execute->size);
}

static void check_text(PbayCheckRun *run, const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0' || !g_utf8_validate(text, -1, NULL))
        pbay_check_found(run, "%s: expected a text, got %s", name,
                         text == NULL ? "NULL" : "an empty one or bytes that are no UTF-8");
}

void pbay_check_load(PbayCheckRun *run)
{
    const pb_driver *ops = run->driver->ops;

    pbay_check_at(run, -1, "reading the driver's table");
    check_size(run, ops);
    check_kinds(run, ops);
    check_execute(run);
    check_text(run, "version", ops->version);
    check_text(run, "vendor", ops->vendor);
    check_text(run, "license", ops->license);
}

void pbay_check_manifest(PbayCheckRun *run)
{
    const char *inside = run->driver->ops->manifest, *file = run->options->file;
    g_autofree char *stem = g_strndup(file, strlen(file) - (g_str_has_suffix(file, ".so") ? 3 : 0));
    g_autofree char *path = g_strconcat(stem, ".json", NULL), *text = NULL;

    pbay_check_at(run, -1, "reading the manifest");
    if (inside == NULL)
        inside = "";
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        pbay_check_skip(run, "no %s beside the file to hold the manifest inside against", path);
        return;
    }
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        pbay_check_found(run, "%s cannot be read", path);
    } else if (strcmp(text, inside) != 0) {
        size_t at = 0;

        while (text[at] != '\0' && text[at] == inside[at])
            at++;
        pbay_check_found(run,
                         "the manifest inside is not %s: they differ at byte %zu (file: \"%.40s\", "
                         "inside: \"%.40s\"); build the driver anew",
                         path, at, text + at, inside + at);
    }
}
