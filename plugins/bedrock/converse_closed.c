/* SPDX-License-Identifier: Apache-2.0 */
/* Borrows the cleaning of schemas from the dialect of Claude's own vendor, whose types must not
 * meet those of this driver: hence a file of its own. In ops of the exchange. */
#include "converse_closed.h"

#include "lib/anthropic/dialect.h"

void converse_write_closed_schema(const pbs_ctx *ctx, const pb_json *schema)
{
    pbs_anthropic_write_schema(ctx, schema);
}
