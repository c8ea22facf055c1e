/* SPDX-License-Identifier: Apache-2.0 */
/* Holds a replay against the first one of the same recording, member by member. Pure; any
 * thread. */
#include "check/same.h"

#include "base/error.h"

static void same_tree(const char *what, json_object *first, json_object *got, GString *why)
{
    g_autofree char *where = NULL;

    if (!pbay_compare_equal(first, got, &where))
        g_string_append_printf(why, "%s differ from the undisturbed run: %s\n", what, where);
}

/* In words: "done" or "rate_limit rate_limit_exceeded". g_free. */
static char *end_of(const PbayReplayResult *result)
{
    const PbayFailure *failure = result->failure;

    if (failure == NULL)
        return g_strdup("done");
    return g_strdup_printf("%s %s", pbay_error_class(failure->cls)->name,
                           failure->code != NULL ? failure->code : "");
}

bool pbay_same(const PbayReplayResult *first, const PbayReplayResult *result, GString *why)
{
    g_autofree char *want = end_of(first), *got = end_of(result);
    size_t before = why->len;

    same_tree("events", first->events, result->events, why);
    same_tree("notes", first->notes, result->notes, why);
    if (strcmp(want, got) != 0)
        g_string_append_printf(why,
                               "outcome differs from the undisturbed run: expected %s, got %s\n",
                               want, result->failure != NULL ? result->failure->message : "done");
    if (result->ends != 1)
        g_string_append_printf(why, "the exchange ended %u times\n", result->ends);
    for (guint i = 0; i < result->mistakes->len; i++)
        g_string_append_printf(why, "%s\n", (char *)g_ptr_array_index(result->mistakes, i));
    return why->len == before;
}
