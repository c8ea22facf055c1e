/* SPDX-License-Identifier: Apache-2.0 */
/* What one [price] section is once read: figures by class, and tiers of them. Inside the room only;
 * whoever asks for a cost sees PbayPrice closed. Immutable once the list is built. */
#ifndef PBAY_PRICE_FIGURES_H
#define PBAY_PRICE_FIGURES_H

#include "price/price.h"

typedef enum PbayFigure {
    PBAY_FIGURE_INPUT,
    PBAY_FIGURE_OUTPUT,
    PBAY_FIGURE_CACHED,
    PBAY_FIGURE_CACHE_WRITE,
    PBAY_FIGURE_REASONING,
    PBAY_FIGURE_IMAGE, /* from here on a piece, not a million tokens; no tier has these */
    PBAY_FIGURE_REQUEST,
    PBAY_FIGURES
} PbayFigure;

/* The key of a figure: "cached-input". */
const char *pbay_figure_key(PbayFigure figure);
/* What a class without a figure of its own is charged as; itself when there is none. */
PbayFigure pbay_figure_parent(PbayFigure figure);

typedef struct PbayFigureSet {
    bool has[PBAY_FIGURES];
    PbayMoney usd[PBAY_FIGURES]; /* as written: a million tokens, or a piece */
} PbayFigureSet;

typedef struct PbayTier {
    int64_t above; /* it holds for a whole request that reads more than these tokens */
    PbayFigureSet figures;
} PbayTier;

struct PbayPrice {
    char *target;
    char *file; /* where the section begins */
    int line;
    PbayFigureSet base;
    GArray *tiers; /* PbayTier, rising */
};

#endif
