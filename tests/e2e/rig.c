/* SPDX-License-Identifier: Apache-2.0 */
/* The box with a vendor, and looking into JSON by path. For the test's thread. */
#include "e2e/rig.h"

#include <string.h>

static Rig *rig_of(Vendor *vendor)
{
    Rig *rig = g_new0(Rig, 1);

    rig->box = box_new();
    rig->vendor = vendor;
    rig->url = stub_url(vendor->stub, "/v1");
    box_provider(rig->box, "openai", rig->url, RIG_KEY);
    return rig;
}

Rig *rig_new(void)
{
    return rig_of(vendor_openai_new(RIG_KEY));
}

Rig *rig_new_any_key(void)
{
    return rig_of(vendor_openai_new(NULL));
}

Rig *rig_new_with(StubHandler handler, void *user)
{
    Vendor *vendor = g_new0(Vendor, 1);

    vendor->stub = stub_new(handler, user);
    return rig_of(vendor);
}

void rig_free(Rig *rig)
{
    vendor_free(rig->vendor);
    box_free(rig->box);
    g_free(rig->url);
    g_free(rig);
}

Stub *rig_stub(const Rig *rig)
{
    return rig->vendor->stub;
}

json_object *rig_sent(const Rig *rig, size_t n)
{
    json_object *tree = json_tokener_parse(stub_request_body(rig->vendor->stub, n));

    g_assert_nonnull(tree);
    return tree;
}

json_object *json_at(json_object *tree, const char *path)
{
    g_auto(GStrv) steps = g_strsplit(path, ".", -1);

    for (char **step = steps; *step != NULL && tree != NULL; step++)
        tree = json_object_is_type(tree, json_type_array)
                   ? json_object_array_get_idx(tree, (size_t)atoi(*step))
                   : json_object_object_get(tree, *step);
    return tree;
}

const char *json_text_at(json_object *tree, const char *path)
{
    return json_object_get_string(json_at(tree, path));
}
