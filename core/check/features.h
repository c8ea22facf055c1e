/* SPDX-License-Identifier: Apache-2.0 */
/* What a feature of a manifest's `offers` means: which request asks for it and which events show
 * it. The list is the one of sdk/MANIFEST.md. Pure. */
#ifndef PBAY_CHECK_FEATURES_H
#define PBAY_CHECK_FEATURES_H

#include "check/recording.h"

typedef struct PbayFeature {
    const char *name;
    uint64_t kinds; /* PB_KIND_BIT of those that can have it */
    /* Does the request ask for it? body: the canonical request, or NULL. */
    bool (*asks)(const PbayRecording *recording, json_object *body);
    /* Do the events that came show it? */
    bool (*shows)(const PbayRecording *recording, json_object *body, json_object *events);
    const char *wanted; /* what they have to show, for a message */
} PbayFeature;

/* NULL: this kind has no feature of that name. Static. */
const PbayFeature *pbay_feature_find(int32_t kind, const char *name);

#endif
