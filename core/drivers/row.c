/* SPDX-License-Identifier: Apache-2.0 */
/* Making and freeing the rows of a scan. A row owns its texts, manifest and tables; it never
 * closes the descriptor of an image and never unloads one. [main]. */
#include "drivers/row.h"

#include <string.h>

static GPtrArray *kept; /* PbayDriver *, never freed */

PbayDriver *pbay_driver_row_new(const char *path)
{
    PbayDriver *row = g_new0(PbayDriver, 1);
    row->path = g_strdup(path);
    row->file = g_path_get_basename(path);
    row->fd = -1;
    row->status = PBAY_DRIVER_REFUSED;
    row->prefixes = g_new0(char *, 1);
    atomic_init(&row->broken, false);
    return row;
}

bool pbay_driver_row_refuse(PbayDriver *row, char *reason, const char *remedy_format, ...)
{
    va_list args;
    va_start(args, remedy_format);
    g_free(row->reason);
    g_free(row->remedy);
    row->status = PBAY_DRIVER_REFUSED;
    row->reason = reason;
    row->remedy = g_strdup_vprintf(remedy_format, args);
    va_end(args);
    return false;
}

void pbay_driver_row_release(PbayDriver *row)
{
    if (row == NULL || row->core != NULL)
        return;
    g_free(row->path);
    g_free(row->file);
    g_free(row->reason);
    g_free(row->remedy);
    g_free(row->id);
    g_free(row->version);
    g_free(row->vendor);
    g_free(row->license);
    g_strfreev(row->prefixes);
    pbay_manifest_free(row->manifest);
    g_free((void *)row->ops);
    g_free((void *)row->execute);
    g_free(row);
}

PbayDriver *pbay_driver_row_displace(PbayDriver *row, const PbayDriver *winner)
{
    PbayDriver *loser = row;
    if (row->status == PBAY_DRIVER_LOADED) {
        loser = pbay_driver_row_new(row->path);
        loser->id = g_strdup(row->id);
        loser->version = g_strdup(row->version);
        loser->vendor = g_strdup(row->vendor);
        loser->license = g_strdup(row->license);
        loser->abi_minor = row->abi_minor;
        loser->kinds = row->kinds;
        loser->priority = row->priority;
        g_strfreev(loser->prefixes);
        loser->prefixes = g_strdupv(row->prefixes);
    }
    const char *why = winner->priority > row->priority ? "has the higher priority" : "comes first";
    pbay_driver_row_refuse(
        loser,
        g_strdup_printf("its id \"%s\" is taken by %s, which %s", row->id, winner->path, why),
        "remove one of the two files");
    return loser;
}

PbayDriver *pbay_driver_row_keep(PbayDriver *row)
{
    if (kept == NULL)
        kept = g_ptr_array_new();
    g_ptr_array_add(kept, row);
    return row;
}

char *pbay_driver_shell_path(const char *path)
{
    size_t plain = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-+,:@=");
    return path[plain] == '\0' ? g_strdup(path) : g_shell_quote(path);
}
