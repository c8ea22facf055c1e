/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of model names. The parts point into the name. Pure; any thread. */
#include "target.h"

#include "lib/hex.h"

#define DEPLOYMENTS "deployments/"

static bool is_version(pb_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (pbs_hex_digit(s.ptr[i]) < 0)
            return false;
    return s.len == 64;
}

static pb_str before(pb_str *rest, char c)
{
    const char *at = rest->len > 0 ? memchr(rest->ptr, c, rest->len) : NULL;
    pb_str head = *rest;
    if (at != NULL)
        head.len = (size_t)(at - rest->ptr);
    *rest = pbs_skip(*rest, head.len + 1);
    return head;
}

bool replicate_target(pb_str model, Target *out)
{
    pb_str rest = model;
    *out = (Target){.kind = TARGET_MODEL};
    if (is_version(model)) {
        *out = (Target){.kind = TARGET_VERSION, .version = model};
        return true;
    }
    if (pbs_has_prefix(model, PBS_STR(DEPLOYMENTS))) {
        out->kind = TARGET_DEPLOYMENT;
        rest = pbs_skip(model, sizeof DEPLOYMENTS - 1);
    }
    out->owner = before(&rest, '/');
    bool versioned = rest.len > 0 && memchr(rest.ptr, ':', rest.len) != NULL;
    out->name = before(&rest, ':');
    out->version = rest;
    if (versioned && out->kind == TARGET_MODEL)
        out->kind = TARGET_VERSION;
    bool slash = out->name.len > 0 && memchr(out->name.ptr, '/', out->name.len) != NULL;
    return out->owner.len > 0 && out->name.len > 0 && !slash &&
           (out->version.len > 0) == (out->kind == TARGET_VERSION);
}
