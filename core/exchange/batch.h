/* SPDX-License-Identifier: Apache-2.0 */
/* One request as several exchanges: an embeddings input that a vendor takes only in parts
 * (manifest: "batch") is split, the parts run side by side, and the owner hears one answer. What
 * needs no splitting is one exchange, so that an owner may use this for every request. On the
 * worker's thread. */
#ifndef PBAY_EXCHANGE_BATCH_H
#define PBAY_EXCHANGE_BATCH_H

#include "exchange/exchange.h"

typedef struct PbayBatch PbayBatch;

/* The rule of the provider's manifest for this kind and upstream model, or NULL. Borrowed. */
const PbayBatchRule *pbay_batch_rule(const PbayProvider *provider, int32_t kind, pb_str model);

/* As pbay_exchange_start, with the same promises to the owner: nothing from within start, done
 * last and once. Of a split request: `index` of vectors is that of the whole input; usage comes
 * once, at the end, as the sum, with the counters that every part gave; equal notes come once;
 * members such as the id are the first part's; the first failure ends all; replies (on_reply_*)
 * come mixed. The total timeout is that of the whole. A dry run describes the first part. Never
 * NULL. */
PbayBatch *pbay_batch_start(PbayWorker *worker, const PbayExchangeSpec *spec);

/* Into how many parts would start split this one? 1: into none. Of spec: provider, kind, model and
 * body. */
size_t pbay_batch_count(const PbayExchangeSpec *spec);

void pbay_batch_cancel(PbayBatch *batch, int32_t why); /* as pbay_exchange_cancel */
void pbay_batch_pause(PbayBatch *batch, bool paused);

/* Facts for reports; valid until done returned. status and request_id: of the part that failed,
 * else of the one that ended last; requests: of all. */
int pbay_batch_status(const PbayBatch *batch);
const char *pbay_batch_request_id(const PbayBatch *batch);
unsigned pbay_batch_requests(const PbayBatch *batch);

#endif
