/* SPDX-License-Identifier: Apache-2.0 */
/* Parts in an array: a credential has a handful. Secret values live in PbaySecret, which wipes
 * itself and is known to redaction; public ones (a region) are plain text, so that they are not
 * blotted out of logs. One owner at a time; no lock here. */
#include "exchange/credential_set.h"

#include "base/secret.h"
#include "base/str.h"

typedef struct Part {
    char *name;
    PbaySecret *secret; /* or NULL: public */
    char *text;
    size_t len;
    int64_t expires_ms;
} Part;

struct PbayCredentialSet {
    GPtrArray *parts;
};

static void part_free(gpointer data)
{
    Part *part = data;
    g_free(part->name);
    g_free(part->text);
    pbay_secret_unref(part->secret);
    g_free(part);
}

PbayCredentialSet *pbay_credential_set_new(void)
{
    PbayCredentialSet *set = g_new0(PbayCredentialSet, 1);
    set->parts = g_ptr_array_new_with_free_func(part_free);
    return set;
}

void pbay_credential_set_free(PbayCredentialSet *set)
{
    if (set == NULL)
        return;
    g_ptr_array_unref(set->parts);
    g_free(set);
}

static Part *find(const PbayCredentialSet *set, pb_str name)
{
    for (guint i = 0; i < set->parts->len; i++) {
        Part *part = g_ptr_array_index(set->parts, i);
        if (pbay_str_is(name, part->name))
            return part;
    }
    return NULL;
}

bool pbay_credential_set_put(PbayCredentialSet *set, pb_str name, pb_str value, bool public,
                             int64_t expires_ms)
{
    Part *before = find(set, name);
    if (value.len > PBAY_CREDENTIAL_PART_MAX || name.len > 256 ||
        (before == NULL && set->parts->len == PBAY_CREDENTIAL_PARTS))
        return false;
    if (before != NULL)
        g_ptr_array_remove(set->parts, before);
    Part *part = g_new0(Part, 1);
    part->name = pbay_str_dup(name);
    part->expires_ms = MAX(expires_ms, 0);
    part->len = value.len;
    if (public)
        part->text = pbay_str_dup(value);
    else
        part->secret = pbay_secret_new(value);
    g_ptr_array_add(set->parts, part);
    return true;
}

size_t pbay_credential_set_size(const PbayCredentialSet *set)
{
    return set->parts->len;
}

int64_t pbay_credential_set_expires(const PbayCredentialSet *set)
{
    int64_t earliest = 0;
    for (guint i = 0; i < set->parts->len; i++) {
        const Part *part = g_ptr_array_index(set->parts, i);
        if (part->expires_ms != 0 && (earliest == 0 || part->expires_ms < earliest))
            earliest = part->expires_ms;
    }
    return earliest;
}

pb_str pbay_credential_set_get(const PbayCredentialSet *set, pb_str name, bool public_only)
{
    const Part *part = find(set, name);
    if (part == NULL || (public_only && part->secret != NULL))
        return (pb_str){NULL, 0};
    return part->secret != NULL ? pbay_secret_peek(part->secret) : (pb_str){part->text, part->len};
}
