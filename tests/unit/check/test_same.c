/* SPDX-License-Identifier: Apache-2.0 */
/* What may not differ between two replays of one recording, and what may. */
#include "check/same.h"

#include "base/error.h"

#include <patchbay/driver.h>

static PbayReplayResult result_of(const char *events, int32_t cls, const char *message)
{
    PbayReplayResult result = {.events = json_tokener_parse(events),
                               .notes = json_object_new_array(),
                               .mistakes = g_ptr_array_new_with_free_func(g_free),
                               .ends = 1};

    if (cls != 0)
        result.failure = pbay_failure_new(cls, "%s", message);
    return result;
}

/* What differs between the two, which are freed; g_free. */
static char *differ(PbayReplayResult a, PbayReplayResult b)
{
    GString *why = g_string_new(NULL);

    g_assert_cmpint(pbay_same(&a, &b, why), ==, why->len == 0);
    pbay_replay_result_clear(&a);
    pbay_replay_result_clear(&b);
    return g_string_free(why, FALSE);
}

static void expect(PbayReplayResult a, PbayReplayResult b, const char *said)
{
    g_autofree char *why = differ(a, b);

    if (said == NULL)
        g_assert_cmpstr(why, ==, "");
    else
        g_assert_nonnull(strstr(why, said));
}

static void test_same(void)
{
    PbayReplayResult twice = result_of("[1]", 0, NULL), wrong = result_of("[1]", 0, NULL);

    twice.ends = 2;
    g_ptr_array_add(wrong.mistakes, g_strdup("sent wrongly"));
    expect(result_of("[1]", 0, NULL), result_of("[1]", 0, NULL), NULL);
    expect(result_of("[1]", 0, NULL), result_of("[2]", 0, NULL), "events differ");
    expect(result_of("[]", PB_ERR_QUOTA, "a"), result_of("[]", PB_ERR_QUOTA, "b"), NULL);
    expect(result_of("[]", PB_ERR_QUOTA, "a"), result_of("[]", PB_ERR_AUTH, "b"),
           "outcome differs");
    expect(result_of("[]", PB_ERR_QUOTA, "a"), result_of("[]", 0, NULL), "got done");
    expect(result_of("[1]", 0, NULL), twice, "ended 2 times");
    expect(result_of("[1]", 0, NULL), wrong, "sent wrongly");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/check/same/same", test_same);
    return g_test_run();
}
