/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the cost of a number of tokens: which figure charges which class, tiers, and the exact sum.
 * It rounds nothing and guesses nothing: a missing figure is a reason, not a zero. Pure; any
 * thread. */
#include "price/figures.h"

#define MILLION 1000000

/* The largest sum: two of them may be added. */
#define MONEY_MAX ((PbayMoney)1 << 125)

/* What a class costs in a request of that length: the highest tier that it is above and that has
 * the figure, else the base. */
static bool own_figure(const PbayPrice *price, int64_t read, PbayFigure figure, PbayMoney *usd)
{
    for (guint i = price->tiers->len; i > 0; i--) {
        const PbayTier *tier = &g_array_index(price->tiers, PbayTier, i - 1);
        if (read > tier->above && tier->figures.has[figure]) {
            *usd = tier->figures.usd[figure];
            return true;
        }
    }
    *usd = price->base.usd[figure];
    return price->base.has[figure];
}

static bool find_figure(const PbayPrice *price, int64_t read, PbayFigure figure, PbayMoney *usd)
{
    return own_figure(price, read, figure, usd) ||
           own_figure(price, read, pbay_figure_parent(figure), usd);
}

static const char *missing(PbayFigure figure)
{
    static const char *const WHY[PBAY_FIGURES] = {
        [PBAY_FIGURE_INPUT] = "its [price] section has no `input`",
        [PBAY_FIGURE_OUTPUT] = "its [price] section has no `output`",
        [PBAY_FIGURE_IMAGE] = "its [price] section has no `image`",
    };
    return WHY[pbay_figure_parent(figure)];
}

/* Adds count pieces at usd each, or at usd a million of them. */
static bool add(PbayMoney *sum, PbayMoney usd, int64_t count, bool by_million)
{
    PbayMoney each = by_million ? usd / MILLION : usd;
    if (each != 0 && count > MONEY_MAX / each)
        return false;
    *sum += each * count;
    return *sum <= MONEY_MAX;
}

/* `image = 0` says that the tokens written pay for images: without their number nobody knows. */
static bool lacks_image_tokens(const PbayPrice *price, const PbayTokens *tokens, int64_t read)
{
    PbayMoney image = 0, output = 0;
    return tokens->images > 0 && tokens->output == 0 &&
           own_figure(price, read, PBAY_FIGURE_IMAGE, &image) && image == 0 &&
           own_figure(price, read, PBAY_FIGURE_OUTPUT, &output) && output > 0;
}

bool pbay_price_cost(const PbayPrice *price, const PbayTokens *tokens, PbayMoney *cost,
                     const char **why)
{
    const int64_t counts[PBAY_FIGURES] = {
        [PBAY_FIGURE_INPUT] = tokens->input,
        [PBAY_FIGURE_OUTPUT] = tokens->output,
        [PBAY_FIGURE_CACHED] = tokens->cached,
        [PBAY_FIGURE_CACHE_WRITE] = tokens->cache_write,
        [PBAY_FIGURE_REASONING] = tokens->reasoning,
        [PBAY_FIGURE_IMAGE] = tokens->images,
        [PBAY_FIGURE_REQUEST] = tokens->requests,
    };
    int64_t read = pbay_tokens_read(tokens);
    const char *fault = price != NULL ? NULL : "there is no [price] section for it";
    PbayMoney sum = 0;
    if (fault == NULL && lacks_image_tokens(price, tokens, read))
        fault = "its images are paid for by the tokens written, whose number is not known";
    for (PbayFigure figure = 0; figure < PBAY_FIGURES && fault == NULL; figure++) {
        PbayMoney usd = 0;
        if (counts[figure] < 0)
            fault = "a number of tokens is negative";
        else if (counts[figure] == 0)
            continue;
        else if (!find_figure(price, read, figure, &usd) && figure != PBAY_FIGURE_REQUEST)
            fault = missing(figure);
        else if (!add(&sum, usd, counts[figure], figure < PBAY_FIGURE_IMAGE))
            fault = "it is more than can be counted";
    }
    if (why != NULL)
        *why = fault;
    if (fault == NULL)
        *cost = sum;
    return fault == NULL;
}
