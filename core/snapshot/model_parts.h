/* SPDX-License-Identifier: Apache-2.0 */
/* [model] and [limits] while they are read: what the files that do a part each share. Private to
 * this room. [main]. */
#ifndef PBAY_SNAPSHOT_MODEL_PARTS_H
#define PBAY_SNAPSHOT_MODEL_PARTS_H

#include "snapshot/model.h"

/* A chain of models, each leading to the next, holds at most this many. */
#define PBAY_MODEL_DEPTH_MAX 32u

struct PbayModels {
    GHashTable *by_name; /* name of the model -> PbayModel *          */
    GPtrArray *all;      /* PbayModel *, owned, in order of appearance */
};

typedef struct PbayModelDraft {
    PbayModel *model; /* being filled */
    const PbaySection *section;
    const PbaySnapshot *snapshot; /* its providers, prices, limits and models are there */
    PbayProblems *problems;
    char *title; /* "model fast" */
} PbayModelDraft;

/* The parts. Each adds its mistakes. */
void pbay_model_targets(PbayModelDraft *draft);
void pbay_model_routes(PbayModelDraft *draft); /* rules, default, fallbacks */

/* [defaults] model leads somewhere, or a problem is added. */
void pbay_model_check_default(const PbaySnapshot *snapshot, PbayProblems *problems);

/* When all models are filled: models that lead back to themselves, or through too many others. */
void pbay_model_loops(const PbaySnapshot *snapshot, PbayProblems *problems);

void pbay_route_clear(PbayRoute *route);

/* A [price] of a provider that there is not, and that is nearly one, is told in the log. */
void pbay_price_check_names(const PbaySnapshot *snapshot);

/* [limits]: name -> PbayLimits *; unknown providers are mistakes. g_hash_table_unref. */
GHashTable *pbay_limits_new(const PbaySnapshot *snapshot, PbayProblems *problems);

/* "openai/gpt-4" as a target, its provider known (borrowed) or NULL: its driver is refused. */
PbayModelTarget *pbay_model_target_new(const PbaySnapshot *snapshot, PbayProvider *provider,
                                       const char *name);

#endif
