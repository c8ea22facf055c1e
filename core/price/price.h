/* SPDX-License-Identifier: Apache-2.0 */
/* What tokens cost: money as exact decimals, the [price] sections as a list, and the cost of a
 * number of tokens. An unknown price is a state with a reason, never zero. Immutable once built;
 * any thread. */
#ifndef PBAY_PRICE_PRICE_H
#define PBAY_PRICE_PRICE_H

#include "config/config.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Units of 10^-18 US dollars: a price of twelve decimals per million tokens is a whole number of
 * them per token. */
__extension__ typedef __int128 PbayMoney;

/* "0.005" (digits, a point, digits; at most 12 each) as money. False: it is none. */
bool pbay_money_parse(const char *text, PbayMoney *money);
/* Appends it in dollars, exact, without zeros at the end: "0.00123", "0", "-2". */
void pbay_money_append(GString *out, PbayMoney money);
char *pbay_money_text(PbayMoney money); /* the same; g_free */

/* Disjoint classes: their sum is what was read and written. -1 is not used: 0 means none. */
typedef struct PbayTokens {
    int64_t input;       /* read, neither from the vendor's cache nor written to it */
    int64_t cached;      /* read from the cache                                     */
    int64_t cache_write; /* read, and written to the cache                          */
    int64_t output;      /* written, without reasoning                              */
    int64_t reasoning;
    int64_t images;   /* images made                                                */
    int64_t requests; /* as many as were sent                                       */
    bool estimated;   /* some count above is an estimate, not the vendor's          */
} PbayTokens;

/* input + cached + cache_write: the length that tiers go by. */
int64_t pbay_tokens_read(const PbayTokens *tokens);
/* Adds; estimated if either is. */
void pbay_tokens_add(PbayTokens *sum, const PbayTokens *more);

typedef struct PbayPrice PbayPrice;         /* one [price] section */
typedef struct PbayPriceList PbayPriceList; /* all of them         */

/* Reads the sections, whose values were checked as they were loaded; tiers (above-N.input) sorted.
 * Adds problems for what only the whole shows (a tier without a base, two tiers of one length). */
PbayPriceList *pbay_price_list_new(const PbayConfig *config, PbayProblems *problems);
void pbay_price_list_free(PbayPriceList *list); /* NULL is fine */

/* The price of "openai/gpt-4", or NULL: unknown. Borrowed. */
const PbayPrice *pbay_price_find(const PbayPriceList *list, const char *target);

/* What these tokens cost. False: unknown, and *why (may be NULL; static or of the price) says which
 * figure is missing, or that there is no price at all (price NULL). A class without a figure of its
 * own is charged as its parent: cached-input and cache-write as input, reasoning as output. Where
 * more than N tokens are read, the figures above-N.* hold for the whole request; a class that the
 * tier does not name keeps that of the next lower one. Images without a figure are unknown; 0 says
 * that output tokens pay for them, and without a number of these they are unknown too. Without
 * `request` there is no fee. */
bool pbay_price_cost(const PbayPrice *price, const PbayTokens *tokens, PbayMoney *cost,
                     const char **why);

/* The figures as JSON: {"input":"30","output":"60",...,"tiers":[{"above":200000,...}]} in dollars
 * per million tokens, and where it stands ("file", "line"); appended. */
void pbay_price_write(const PbayPrice *price, GString *out);

#endif
