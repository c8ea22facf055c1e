/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of the JSON reader: the first two bytes of an input set the depth, the size and the
 * arena it may have, the rest is the text. A text within them reads as it does without; one beyond
 * is refused with a message; nothing is ever read past its end. */
#include "fuzz/target.h"

#include "json/reader.h"

#include "base/error.h"

#include <string.h>

const unsigned target_mutations = 3000;

static unsigned depth_of(const pb_json *value)
{
    unsigned deepest = 0;
    const pb_json *member;
    pb_str key;

    for (size_t i = 0; (member = pbay_json_at(value, i, &key)) != NULL; i++) {
        unsigned depth = depth_of(member);

        deepest = MAX(deepest, depth);
    }
    return deepest + (pbay_json_type(value) >= PB_JSON_ARRAY ? 1 : 0);
}

void target_case(const uint8_t *data, size_t len)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autofree char *copy = NULL;
    const pb_json *free_value, *bound_value;
    g_autoptr(GError) error = NULL;
    PbayJsonLimits limits;
    pb_str text;

    if (len < 2)
        return;
    copy = g_memdup2(data + 2, len - 2); /* of exactly that size, for AddressSanitizer */
    text = (pb_str){copy, len - 2};
    limits = (PbayJsonLimits){.max_bytes = (size_t)data[0] * 8, .max_depth = data[1]};
    free_value = pbay_json_parse(arena, text, &(PbayJsonLimits){0, 2000}, 0, NULL);
    bound_value = pbay_json_parse(arena, text, &limits, 0, &error);
    if (bound_value == NULL) {
        g_assert_error(error, PBAY_ERROR, PB_ERR_INVALID);
        g_assert_true(error->message[0] != '\0');
        if (free_value != NULL && (limits.max_bytes == 0 || text.len <= limits.max_bytes))
            g_assert_cmpuint(depth_of(free_value), >, limits.max_depth);
        return;
    }
    g_assert_nonnull(free_value);
    g_assert_cmpuint(depth_of(bound_value), <=, limits.max_depth);
    g_assert_true(limits.max_bytes == 0 || text.len <= limits.max_bytes);
}

static void seed(TargetSeedFn take, void *user, uint8_t bytes, uint8_t depth, const char *text)
{
    g_autofree char *input = g_strdup_printf("%c%c%s", bytes, depth, text);

    take(user, input, strlen(text) + 2);
}

void target_seeds(TargetSeedFn take, void *user)
{
    seed(take, user, 200, 4, "{\"a\":[1,{\"b\":[]}],\"c\":\"\\ud83d\\ude00\"}");
    seed(take, user, 200, 3, "[[[[]]]]");
    seed(take, user, 1, 9, "\"0123456789\"");
    seed(take, user, 90, 120, "[[[[[[[[[[[[[[[[[[[[[[[[{\"a\":{\"b\":{}}}]]]]]]]]]]]]]]]]]]]]]]]]");
}
