/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the reading of a model's name: which API it asks for, which id the path takes, and which
 * model that is behind region prefixes and ARNs. It looks nothing up. Pure; any thread. */
#include "bedrock.h"

static bool take_head(pb_str *name, const char *head)
{
    if (!pbs_has_prefix(*name, pbs_str(head)))
        return false;
    *name = pbs_skip(*name, strlen(head));
    return true;
}

static pb_str before(pb_str s, char c)
{
    const char *at = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return at != NULL ? (pb_str){s.ptr, (size_t)(at - s.ptr)} : s;
}

/* "eu-central-1", "us-gov-west-1" */
static bool is_region(pb_str s)
{
    size_t dashes = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool letter = s.ptr[i] >= 'a' && s.ptr[i] <= 'z';
        bool last = i + 1 == s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9';
        dashes += s.ptr[i] == '-';
        if (!letter && !last && s.ptr[i] != '-')
            return false;
    }
    return dashes >= 2 && s.len >= 7 && s.ptr[0] != '-' && s.ptr[s.len - 2] == '-' &&
           s.ptr[s.len - 1] <= '9';
}

/* Cross-region profiles are named after the model, behind where they lead. */
static pb_str without_place(pb_str id)
{
    static const char *const places[] = {"us.", "eu.", "apac.", "global.", "us-gov.", "jp.",
                                         "au.", "ca.", "sa.",   "me.",     "af."};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (take_head(&id, places[i]))
            break;
    return id;
}

/* arn:partition:bedrock:REGION:account:KIND/NAME */
static void take_arn(Model *model)
{
    pb_str rest = model->id, part = {NULL, 0};
    for (int i = 0; i < 4; i++) {
        part = before(rest, ':');
        rest = pbs_skip(rest, part.len + 1);
    }
    if (is_region(part) && model->region.len == 0)
        model->region = part;
    rest = pbs_skip(rest, before(rest, ':').len + 1);
    if (take_head(&rest, "foundation-model/") || take_head(&rest, "inference-profile/"))
        model->name = without_place(rest);
}

Model bedrock_model(pb_str name)
{
    Model model = {.route = ROUTE_FREE};
    if (take_head(&name, "converse/"))
        model.route = ROUTE_CONVERSE;
    else if (take_head(&name, "invoke/"))
        model.route = ROUTE_INVOKE;
    pb_str first = before(name, '/');
    if (first.len < name.len && is_region(first)) {
        model.region = first;
        name = pbs_skip(name, first.len + 1);
        first = before(name, '/');
    }
    if (first.len < name.len && pbs_has_prefix(pbs_skip(name, first.len + 1), PBS_STR("arn:"))) {
        model.hint = first;
        name = pbs_skip(name, first.len + 1);
    }
    model.id = name;
    if (pbs_has_prefix(name, PBS_STR("arn:")))
        take_arn(&model);
    else
        model.name = without_place(name);
    return model;
}
