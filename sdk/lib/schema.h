/* SPDX-License-Identifier: MIT */
/* Cleaning JSON Schemas for vendors that take only part of the language. In an op of the
 * exchange. */
#ifndef PATCHBAY_LIB_SCHEMA_H
#define PATCHBAY_LIB_SCHEMA_H

#include "lib/ctx.h"

#include <stdbool.h>

/* Writes a schema into the body without the keywords for which drop() is true, at every level. A
 * property that happens to be named like a keyword stays, and so do values (const, enum,
 * default, examples). A schema that needs no change goes out byte for byte. */
typedef bool (*pbs_schema_drop)(void *user, pb_str keyword);
void pbs_schema_write(const pbs_ctx *ctx, const pb_json *schema, pbs_schema_drop drop, void *user);

/* Would that change it? */
bool pbs_schema_changes(const pbs_ctx *ctx, const pb_json *schema, pbs_schema_drop drop,
                        void *user);

/* What a $ref inside `root` points at: "#", or "#/$defs/Name" and the like with ~0, ~1 decoded.
 * NULL: nothing there, or another document. */
const pb_json *pbs_schema_ref(const pbs_ctx *ctx, const pb_json *root, pb_str ref);

#endif
