/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the call room: turning older parameters into today's, member by member, bytes of all
 * other members untouched. */
#ifndef PBAY_CALL_REWRITE_H
#define PBAY_CALL_REWRITE_H

#include "base/arena.h"
#include "base/error.h"

#include <patchbay/driver.h>

/* A failure of class PB_ERR_INVALID with `param`. */
PbayFailure *pbay_call_invalid(const char *param, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* *root with member `key` set to JSON text `with`, or taken out when that is {NULL,0}. */
void pbay_call_set_member(PbayArena *arena, const pb_json **root, const char *key, pb_str with);

/* functions, function_call and their messages become tools, tool_choice and tool messages;
 * max_tokens_to_sample becomes max_tokens (*renamed); an empty tools array goes. *root changes.
 * NULL, or what is wrong. */
PbayFailure *pbay_call_rewrite(PbayArena *arena, const pb_json **root, bool *renamed);

/* "a string", "an array" ... of a value, for messages. */
const char *pbay_call_type_name(const pb_json *value);

#endif
