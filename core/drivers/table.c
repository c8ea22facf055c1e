/* SPDX-License-Identifier: Apache-2.0 */
/* Negotiation: interface, size, minor, names, required ops, manifest, in this order, so that
 * nothing is read before it is known to be there. The row gets copies of the tables, bounded by
 * what both sides know, so that a driver built with an older or newer header is read safely ever
 * after. [main]. */
#include "drivers/table.h"

#include "base/str.h"
#include "base/text.h"
#include "drivers/row.h"

#include <stddef.h>
#include <string.h>

#define NAME_MAX_LEN 64
#define PREFIXES_MAX 64
#define TEXT_MAX     200

/* The bytes a table must have to hold member `field`. */
#define UP_TO(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

static const char rebuild[] = "ask its vendor for a fixed build";

/* Caller frees. */
static void *copy_table(const void *table, size_t theirs, size_t ours)
{
    void *copy = g_malloc0(ours);
    memcpy(copy, table, MIN(theirs, ours));
    return copy;
}

static bool is_name(const char *name)
{
    size_t n = strnlen(name, NAME_MAX_LEN + 1);
    return n > 0 && n <= NAME_MAX_LEN &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == n;
}

/* Text that a driver gave, as a bounded valid copy; "" for NULL. Caller frees. */
static char *clean(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (text != NULL)
        pbay_text_append_utf8(out, (pb_str){text, strnlen(text, TEXT_MAX)});
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool take_table(PbayDriver *row, const pb_driver *table)
{
    if (table == NULL)
        return pbay_driver_row_refuse(row, g_strdup("does not offer " PB_DRIVER_IFACE),
                                      "install a version of it for this Patchbay (driver ABI 1.%u)",
                                      PB_ABI_MINOR);
    if (table->size < UP_TO(pb_driver, end))
        return pbay_driver_row_refuse(
            row,
            g_strdup_printf("its table has %u bytes, fewer than the %zu that " PB_DRIVER_IFACE
                            " begins with",
                            (unsigned)table->size, UP_TO(pb_driver, end)),
            "%s", rebuild);
    row->abi_minor = table->abi_minor;
    if (table->core_minor_min > PB_ABI_MINOR)
        return pbay_driver_row_refuse(row,
                                      g_strdup_printf("needs driver ABI 1.%u, this Patchbay has "
                                                      "1.%u",
                                                      (unsigned)table->core_minor_min,
                                                      PB_ABI_MINOR),
                                      "update Patchbay, or install an older version of the driver");
    row->ops = copy_table(table, table->size, sizeof *table);
    row->kinds = table->kinds;
    return true;
}

static bool take_names(PbayDriver *row)
{
    const pb_driver *ops = row->ops;
    g_autoptr(GPtrArray) prefixes = g_ptr_array_new_with_free_func(g_free);
    row->version = clean(ops->version);
    row->vendor = clean(ops->vendor);
    row->license = clean(ops->license);
    if (ops->id == NULL || !is_name(ops->id)) {
        g_autofree char *shown = clean(ops->id);
        return pbay_driver_row_refuse(
            row, g_strdup_printf("its id \"%s\" is not a name of a-z 0-9 - _", shown), "%s",
            rebuild);
    }
    row->id = g_strdup(ops->id);
    for (size_t i = 0; ops->prefixes != NULL && ops->prefixes[i] != NULL; i++) {
        g_autofree char *shown = clean(ops->prefixes[i]);
        if (i == PREFIXES_MAX || !is_name(ops->prefixes[i]))
            return pbay_driver_row_refuse(
                row,
                i == PREFIXES_MAX
                    ? g_strdup_printf("has more than %d prefixes", PREFIXES_MAX)
                    : g_strdup_printf("its prefix \"%s\" is not a name of a-z 0-9 - _", shown),
                "%s", rebuild);
        g_ptr_array_add(prefixes, g_steal_pointer(&shown));
    }
    if (prefixes->len == 0)
        return pbay_driver_row_refuse(row, g_strdup("has no prefix"), "%s", rebuild);
    g_ptr_array_add(prefixes, NULL);
    g_strfreev(row->prefixes);
    row->prefixes = (char **)g_ptr_array_free(g_steal_pointer(&prefixes), FALSE);
    return true;
}

/* The first required op that is NULL, or NULL. */
static const char *missing_op(const pb_driver *ops)
{
    if (ops->init == NULL)
        return "init";
    if ((ops->flags & PB_DRIVER_EXECUTE) != 0)
        return NULL;
    return ops->begin == NULL     ? "begin"
           : ops->on_body == NULL ? "on_body"
           : ops->on_end == NULL  ? "on_end"
           : ops->end == NULL     ? "end"
                                  : NULL;
}

static bool take_execute(PbayDriver *row, PbayDriverEntry entry)
{
    if ((row->ops->flags & PB_DRIVER_EXECUTE) == 0)
        return true;
    const pb_execute *table = entry(PB_EXECUTE_IFACE);
    if (table == NULL || table->size < UP_TO(pb_execute, run) || table->run == NULL)
        return pbay_driver_row_refuse(
            row,
            g_strdup("says it runs in the process (PB_DRIVER_EXECUTE) but gives no "
                     "usable " PB_EXECUTE_IFACE),
            "%s", rebuild);
    row->execute = copy_table(table, table->size, sizeof *table);
    return true;
}

static bool check_ops(PbayDriver *row, PbayDriverEntry entry)
{
    const char *missing = missing_op(row->ops);
    if (missing != NULL)
        return pbay_driver_row_refuse(row, g_strdup_printf("does not implement %s", missing), "%s",
                                      rebuild);
    if ((row->ops->flags & PB_DRIVER_ISOLATE) != 0)
        return pbay_driver_row_refuse(
            row,
            g_strdup("wants a helper process of its own (PB_DRIVER_ISOLATE), which this "
                     "Patchbay does not offer"),
            "update Patchbay, or install a build of the driver that loads in process");
    return take_execute(row, entry);
}

static bool take_manifest(PbayDriver *row)
{
    g_autoptr(GError) error = NULL;
    row->manifest = pbay_manifest_parse(row->ops->manifest, &error);
    if (row->manifest == NULL)
        return pbay_driver_row_refuse(row, g_strdup(error->message), "%s", rebuild);
    row->priority = (int)CLAMP(row->manifest->priority, -1000000, 1000000);
    return true;
}

bool pbay_driver_table_judge(PbayDriver *row, PbayDriverEntry entry)
{
    return take_table(row, entry(PB_DRIVER_IFACE)) && take_names(row) && check_ops(row, entry) &&
           take_manifest(row);
}
