/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of [price] sections: reading their figures and tiers, and finding one by target. It
 * reports what only a whole section shows; single values were checked as they were loaded. Built on
 * the configuration thread, then immutable. */
#include "config/types.h"
#include "price/figures.h"

#include <string.h>

#define TIER_PREFIX "above-"

struct PbayPriceList {
    GHashTable *by_target; /* char * of the price -> PbayPrice * */
};

/* One section while it is read. */
typedef struct Reading {
    const PbaySection *section;
    char *title;
    PbayPrice *price;
    GPtrArray *spelled; /* const char *: the key that began each tier, as price->tiers */
    PbayProblems *problems;
} Reading;

const char *pbay_figure_key(PbayFigure figure)
{
    static const char *const KEYS[PBAY_FIGURES] = {
        [PBAY_FIGURE_INPUT] = "input",         [PBAY_FIGURE_OUTPUT] = "output",
        [PBAY_FIGURE_CACHED] = "cached-input", [PBAY_FIGURE_CACHE_WRITE] = "cache-write",
        [PBAY_FIGURE_REASONING] = "reasoning", [PBAY_FIGURE_IMAGE] = "image",
        [PBAY_FIGURE_REQUEST] = "request",
    };
    return KEYS[figure];
}

PbayFigure pbay_figure_parent(PbayFigure figure)
{
    switch (figure) {
    case PBAY_FIGURE_CACHED:
    case PBAY_FIGURE_CACHE_WRITE:
        return PBAY_FIGURE_INPUT;
    case PBAY_FIGURE_REASONING:
        return PBAY_FIGURE_OUTPUT;
    default:
        return figure;
    }
}

/* PBAY_FIGURES: no figure has that key. */
static PbayFigure figure_of(const char *key)
{
    for (PbayFigure figure = 0; figure < PBAY_FIGURES; figure++)
        if (strcmp(pbay_figure_key(figure), key) == 0)
            return figure;
    return PBAY_FIGURES;
}

static void report(const Reading *reading, const PbayValue *value, const char *hint,
                   const char *message)
{
    pbay_problems_add(reading->problems, value->origin, reading->title, value->key, hint,
                      "[%s] `%s` %s", reading->title, value->key, message);
}

static bool take_amount(const Reading *reading, const PbayValue *value, PbayFigureSet *to,
                        PbayFigure figure)
{
    const char *text = pbay_section_str(reading->section, value->key);
    if (text == NULL)
        return false; /* an unset variable: a figure that is not known */
    if (!pbay_money_parse(text, &to->usd[figure])) {
        report(reading, value, "write digits with a point, such as 2.50", "is no amount");
        return false;
    }
    to->has[figure] = true;
    return true;
}

/* "above-200000.input" -> 200000 and "input" in the same text; false: not of that form. */
static bool split_tier(const char *key, int64_t *above, const char **class)
{
    const char *number = key + strlen(TIER_PREFIX);
    size_t len = strspn(number, "0123456789");
    if (len == 0 || number[len] != '.')
        return false;
    g_autofree char *digits = g_strndup(number, len);
    *class = number + len + 1;
    return pbay_config_parse_int(digits, above);
}

/* The tier of that length, made if there is none; NULL when it was spelled in another way. */
static PbayTier *tier_of(Reading *reading, const char *key, int64_t above)
{
    GArray *tiers = reading->price->tiers;
    for (guint i = 0; i < tiers->len; i++) {
        PbayTier *tier = &g_array_index(tiers, PbayTier, i);
        const char *spelled = g_ptr_array_index(reading->spelled, i);
        if (tier->above == above)
            return strncmp(spelled, key, strcspn(key, ".") + 1) == 0 ? tier : NULL;
    }
    PbayTier fresh = {.above = above};
    g_array_append_val(tiers, fresh);
    g_ptr_array_add(reading->spelled, (gpointer)key);
    return &g_array_index(tiers, PbayTier, tiers->len - 1);
}

static void read_tier(Reading *reading, const PbayValue *value)
{
    int64_t above = 0;
    const char *class = NULL;
    bool formed = split_tier(value->key, &above, &class);
    PbayFigure figure = formed ? figure_of(class) : PBAY_FIGURES;
    if (figure >= PBAY_FIGURE_IMAGE) {
        report(reading, value,
               "such as above-200000.input; classes are input, output, cached-input, cache-write "
               "and reasoning",
               "is no figure of a tier: write above-TOKENS.CLASS");
        return;
    }
    PbayTier *tier = tier_of(reading, value->key, above);
    if (tier == NULL)
        report(reading, value, "write the same number in the same way",
               "is a second tier of one length");
    else
        take_amount(reading, value, &tier->figures, figure);
}

static bool has_base(const PbayFigureSet *base, PbayFigure figure)
{
    return base->has[figure] || base->has[pbay_figure_parent(figure)];
}

/* A figure that holds only above a length says nothing of what shorter requests cost. */
static void check_bases(const Reading *reading)
{
    for (guint i = 0; i < reading->section->values->len; i++) {
        const PbayValue *value = g_ptr_array_index(reading->section->values, i);
        int64_t above = 0;
        const char *class = NULL;
        if (!g_str_has_prefix(value->key, TIER_PREFIX) || !split_tier(value->key, &above, &class))
            continue;
        PbayFigure figure = figure_of(class);
        if (figure >= PBAY_FIGURE_IMAGE || has_base(&reading->price->base, figure))
            continue;
        g_autofree char *hint = g_strdup_printf("write `%s` too: what shorter requests cost",
                                                pbay_figure_key(pbay_figure_parent(figure)));
        report(reading, value, hint, "is a tier without a base");
    }
}

static gint by_length(gconstpointer a, gconstpointer b)
{
    int64_t x = ((const PbayTier *)a)->above, y = ((const PbayTier *)b)->above;
    return (x > y) - (x < y);
}

static void price_free(gpointer data)
{
    PbayPrice *price = data;
    g_array_unref(price->tiers);
    g_free(price->target);
    g_free(price->file);
    g_free(price);
}

static PbayPrice *price_new(const PbaySection *section, PbayProblems *problems)
{
    PbayPrice *price = g_new0(PbayPrice, 1);
    price->target = g_strdup(section->name);
    price->file = g_strdup(section->origin.file);
    price->line = section->origin.line;
    price->tiers = g_array_new(FALSE, FALSE, sizeof(PbayTier));
    Reading reading = {section, g_strdup_printf("price %s", section->name), price,
                       g_ptr_array_new(), problems};
    for (guint i = 0; i < section->values->len; i++) {
        const PbayValue *value = g_ptr_array_index(section->values, i);
        PbayFigure figure = figure_of(value->key);
        if (figure < PBAY_FIGURES)
            take_amount(&reading, value, &price->base, figure);
        else if (g_str_has_prefix(value->key, TIER_PREFIX))
            read_tier(&reading, value);
    }
    check_bases(&reading);
    g_array_sort(price->tiers, by_length);
    g_ptr_array_unref(reading.spelled);
    g_free(reading.title);
    return price;
}

PbayPriceList *pbay_price_list_new(const PbayConfig *config, PbayProblems *problems)
{
    PbayPriceList *list = g_new0(PbayPriceList, 1);
    list->by_target = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, price_free);
    const GPtrArray *sections = pbay_config_sections(config, "price");
    for (guint i = 0; i < sections->len; i++) {
        PbayPrice *price = price_new(g_ptr_array_index(sections, i), problems);
        g_hash_table_replace(list->by_target, price->target, price);
    }
    return list;
}

void pbay_price_list_free(PbayPriceList *list)
{
    if (list == NULL)
        return;
    g_hash_table_unref(list->by_target);
    g_free(list);
}

const PbayPrice *pbay_price_find(const PbayPriceList *list, const char *target)
{
    return list != NULL ? g_hash_table_lookup(list->by_target, target) : NULL;
}
