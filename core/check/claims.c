/* SPDX-License-Identifier: Apache-2.0 */
/* The check "claims". A recording is run at most once, when the first claim asks for it, and its
 * events are kept until the end; what a recording says must come is not looked at here, only what
 * came. One thread. */
#include "check/claims.h"

#include "answer/tree.h"
#include "base/str.h"
#include "check/checks.h"
#include "check/features.h"
#include "check/replay.h"

#include <string.h>

typedef struct Case {
    const PbayRecording *recording;
    json_object *body;   /* parsed, or NULL */
    json_object *events; /* once it was run */
    bool ran, done;      /* done: the exchange ended well, and nothing asked for was lost */
} Case;

typedef struct Claims {
    PbayDriver *driver;
    GArray *cases; /* Case */
    GPtrArray *findings;
} Claims;

static void find(Claims *claims, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void find(Claims *claims, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(claims->findings, g_strdup_vprintf(format, args));
    va_end(args);
}

static bool is_unmet(json_object *notes)
{
    for (size_t i = 0; i < json_object_array_length(notes); i++) {
        json_object *note = json_object_array_get_idx(notes, i);

        if (strcmp(json_object_get_string(json_object_object_get(note, "note")), "unmet") == 0)
            return true;
    }
    return false;
}

static void run_case(const Claims *claims, Case *c)
{
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_RECORDED};
    PbayReplayResult result;

    if (c->ran)
        return;
    c->ran = true;
    memset(&result, 0, sizeof result);
    if (pbay_replay_run(claims->driver, c->recording, &spec, &result, NULL)) {
        c->events = json_object_get(result.events);
        c->done = result.ends == 1 && result.failure == NULL && !is_unmet(result.notes);
    }
    pbay_replay_result_clear(&result);
}

/* The first case of the kind that a feature (NULL: any) can be seen in; *asked: how many asked. */
static const Case *find_case(const Claims *claims, int32_t kind, const PbayFeature *feature,
                             unsigned *asked)
{
    for (guint i = 0; i < claims->cases->len; i++) {
        Case *c = &g_array_index(claims->cases, Case, i);

        if (c->recording->kind != kind ||
            (feature != NULL && !feature->asks(c->recording, c->body)))
            continue;
        ++*asked;
        run_case(claims, c);
        if (c->done && (feature == NULL || feature->shows(c->recording, c->body, c->events)))
            return c;
    }
    return NULL;
}

static unsigned check_feature(Claims *claims, int32_t kind, const char *name)
{
    const PbayFeature *feature = pbay_feature_find(kind, name);
    const char *kind_name = pbay_kind_name(kind);
    unsigned asked = 0;

    if (feature == NULL) {
        find(claims, "offers.%s: \"%s\" is no feature of this kind that drivercheck knows",
             kind_name, name);
        return 0;
    }
    if (find_case(claims, kind, feature, &asked) != NULL)
        return 1;
    if (asked == 0)
        find(claims, "offers.%s claims %s, and no recording asks for it", kind_name, name);
    else
        find(claims, "offers.%s claims %s: %u recording%s for it, and none shows %s", kind_name,
             name, asked, asked == 1 ? " asks" : "s ask", feature->wanted);
    return 0;
}

static unsigned check_offer(Claims *claims, const PbayOffer *offer)
{
    const char *kind_name = pbay_kind_name(offer->kind);
    unsigned asked = 0, shown = 0;

    if ((claims->driver->kinds & PB_KIND_BIT(offer->kind)) == 0)
        find(claims, "offers.%s: pb_driver.kinds does not have this kind", kind_name);
    else if (find_case(claims, offer->kind, NULL, &asked) == NULL)
        find(claims, "offers.%s: none of %u recordings of this kind ends well", kind_name, asked);
    else
        shown++;
    for (char **feature = offer->features; *feature != NULL; feature++)
        shown += check_feature(claims, offer->kind, *feature);
    return shown;
}

static void check_kinds(Claims *claims)
{
    const GPtrArray *offers = claims->driver->manifest->offers;

    for (int32_t kind = 1; kind < 64; kind++) {
        bool offered = kind == PB_KIND_CREDENTIAL;

        for (guint i = 0; i < offers->len; i++)
            offered |= ((const PbayOffer *)g_ptr_array_index(offers, i))->kind == kind;
        if ((claims->driver->kinds & PB_KIND_BIT(kind)) != 0 && !offered &&
            pbay_kind_name(kind) != NULL)
            find(claims, "offers has no \"%s\", which pb_driver.kinds has", pbay_kind_name(kind));
    }
}

static void case_clear(gpointer data)
{
    Case *c = data;

    json_object_put(c->body);
    json_object_put(c->events);
}

unsigned pbay_claims_check(PbayDriver *driver, const GPtrArray *recordings, GPtrArray *findings)
{
    Claims claims = {driver, g_array_new(FALSE, TRUE, sizeof(Case)), findings};
    const GPtrArray *offers = driver->manifest->offers;
    unsigned shown = 0;

    g_array_set_clear_func(claims.cases, case_clear);
    for (guint i = 0; i < recordings->len; i++) {
        Case c = {.recording = g_ptr_array_index(recordings, i)};

        pbay_tree_parse(pbay_str(c.recording->body), &c.body, NULL);
        g_array_append_val(claims.cases, c);
    }
    for (guint i = 0; i < offers->len; i++)
        shown += check_offer(&claims, g_ptr_array_index(offers, i));
    if (offers->len > 0)
        check_kinds(&claims);
    g_array_unref(claims.cases);
    return shown;
}

void pbay_check_claims(PbayCheckRun *run)
{
    g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);

    if (!run->options->folder) {
        pbay_check_skip(run, "it wants the folder with all recordings of the driver");
        return;
    }
    pbay_check_at(run, -1, "what the manifest offers");
    run->place->runs += pbay_claims_check(run->driver, run->recordings, findings);
    for (guint i = 0; i < findings->len; i++)
        pbay_check_found(run, "%s", (const char *)findings->pdata[i]);
}
