/* SPDX-License-Identifier: Apache-2.0 */
/* Judges JSON with the core's own reader, which forgives nothing, before json-c, which forgives
 * much, builds the tree: a check must not pass because a parser was kind. Pure; any thread. */
#include "answer/tree.h"

#include "base/error.h"
#include "json/reader.h"

#include <limits.h>

#define LEVELS 128

static json_object *build(pb_str text)
{
    json_tokener *tokener = json_tokener_new_ex(LEVELS + 1);
    json_object *tree = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);

    /* A number at the very end is only over when the text is. */
    if (json_tokener_get_error(tokener) == json_tokener_continue)
        tree = json_tokener_parse_ex(tokener, "", 1);
    json_tokener_free(tokener);
    return tree;
}

bool pbay_tree_parse(pb_str text, json_object **tree, GError **error)
{
    const PbayJsonLimits limits = {.max_bytes = INT_MAX, .max_depth = LEVELS};
    g_autoptr(PbayArena) arena = pbay_arena_new(0);

    *tree = NULL;
    if (pbay_json_parse(arena, text, &limits, PBAY_JSON_UNIQUE, error) == NULL)
        return false;
    *tree = build(text);
    return true;
}
