/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring one request for rules, limits and estimates: characters, estimated tokens, turns,
 * tools, images, schema, hour, labels. Estimates are always called so. Pure; any thread. */
#ifndef PBAY_ROUTING_FACTS_H
#define PBAY_ROUTING_FACTS_H

#include "price/price.h"
#include "snapshot/condition.h"

#include <patchbay/driver.h>

/* Estimated tokens of one image, or of another part that is no text (a file, a sound). */
#define PBAY_IMAGE_TOKENS 1000
/* Estimated tokens around each message. */
#define PBAY_MESSAGE_TOKENS 4

/* ceil(bytes / 4) */
int64_t pbay_estimate_tokens(int64_t bytes);

/* root: the canonical request; labels: the value of patchbay.labels, or NULL. now_s: unix seconds,
 * for the hour. Fills facts: pbay_facts_clear. Values of labels are texts; numbers and booleans
 * become theirs; of metadata only texts count. */
void pbay_facts_measure(int32_t kind, const pb_json *root, const pb_json *labels, int64_t now_s,
                        PbayFacts *facts);

/* The same in the classes of a price: one request, estimated. */
void pbay_facts_tokens(int32_t kind, const PbayFacts *facts, PbayTokens *tokens);

#endif
