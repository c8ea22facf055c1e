/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates made by hand, for the strategies. */
#ifndef PBAY_TEST_CANDIDATES_H
#define PBAY_TEST_CANDIDATES_H

#include "routing/strategy.h"

#include <string.h>

#define CANDIDATES_MAX 12

/* Targets "a", "b" ... */
typedef struct Field {
    PbayModelTarget targets[CANDIDATES_MAX];
    PbayCandidate candidates[CANDIDATES_MAX];
    char names[CANDIDATES_MAX][2];
    size_t n;
} Field;

G_GNUC_UNUSED static void field_clear(Field *field)
{
    for (size_t i = 0; i < field->n; i++)
        g_clear_pointer(&field->candidates[i].step.reason, g_free);
}

/* n of them as written, weight 1, not measured, without a price. */
G_GNUC_UNUSED static void field_init(Field *field, size_t n)
{
    memset(field, 0, sizeof *field);
    field->n = n;
    for (size_t i = 0; i < n; i++) {
        field->names[i][0] = (char)('a' + (int)i);
        field->targets[i].name = field->names[i];
        field->targets[i].weight = 1;
        field->candidates[i].place = (guint)i;
        field->candidates[i].step.target = &field->targets[i];
        field->candidates[i].step.peek.first_ms = -1;
    }
}

/* Back to the order as written. */
G_GNUC_UNUSED static void field_reset(Field *field)
{
    Field old = *field;
    field_clear(field);
    for (size_t i = 0; i < old.n; i++) {
        PbayCandidate one = old.candidates[i];
        one.step.reason = NULL;
        one.step.out = false;
        one.step.cls = 0;
        one.step.over_budget = false;
        field->candidates[one.place] = one;
    }
}

G_GNUC_UNUSED static PbayCandidate *field_at(Field *field, char name)
{
    for (size_t i = 0; i < field->n; i++)
        if (field->candidates[i].step.target->name[0] == name)
            return &field->candidates[i];
    g_assert_not_reached();
}

G_GNUC_UNUSED static void field_price(Field *field, char name, int64_t money)
{
    PbayStep *step = &field_at(field, name)->step;
    step->estimated = true;
    step->estimate = money;
}

/* "cab"; each has to have its reason. Static buffer. */
G_GNUC_UNUSED static const char *field_line(const Field *field)
{
    static char line[CANDIDATES_MAX + 1];
    memset(line, 0, sizeof line);
    for (size_t i = 0; i < field->n; i++) {
        g_assert_nonnull(field->candidates[i].step.reason);
        line[i] = field->candidates[i].step.target->name[0];
    }
    return line;
}

/* Is a count of n draws what a chance of p/q gives? Five standard deviations either way. */
G_GNUC_UNUSED static void assert_share(unsigned count, unsigned n, double share)
{
    double expected = n * share, variance = n * share * (1 - share);
    double off = count - expected;
    if (off * off > 25 * variance + 1)
        g_error("%u of %u, expected about %.0f", count, n, expected);
}

#endif
