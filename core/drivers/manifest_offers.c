/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a manifest that says what the driver proves: by kind, a list of features. It judges
 * form only; whether a recording shows a feature is patchbay-drivercheck's business. A kind this
 * core does not know is passed over, since a newer driver may have it. [main]. */
#include "base/error.h"
#include "drivers/drivers.h"
#include "drivers/jsonc.h"
#include "drivers/manifest_parts.h"

#include <string.h>

static bool is_feature(const char *name)
{
    return name[0] != '\0' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static bool check_features(char **features, const char *where, GError **error)
{
    for (char **feature = features; *feature != NULL; feature++) {
        bool twice = g_strv_contains((const char *const *)feature + 1, *feature);

        if (is_feature(*feature) && !twice)
            continue;
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG, "%s: \"%s\" %s", where, *feature,
                    twice ? "stands twice" : "is not a name of a-z, 0-9 and -");
        return false;
    }
    return true;
}

bool pbay_manifest_read_offers(PbayManifest *manifest, GError **error)
{
    json_object *offers = NULL;

    if (!pbay_jsonc_object(manifest->root, "", "offers", &offers, error))
        return false;
    if (offers == NULL)
        return true;
    json_object_object_foreach(offers, name, unused)
    {
        g_autofree char *where = g_strconcat("offers.", name, NULL);
        g_auto(GStrv) features = g_new0(char *, 1);
        int32_t kind = pbay_kind_parse(name);

        (void)unused;
        if (!pbay_jsonc_strv(offers, "offers", name, &features, error) ||
            !check_features(features, where, error))
            return false;
        if (kind == 0)
            continue;
        PbayOffer *offer = g_new0(PbayOffer, 1);
        offer->kind = kind;
        offer->features = g_steal_pointer(&features);
        g_ptr_array_add(manifest->offers, offer);
    }
    return true;
}
