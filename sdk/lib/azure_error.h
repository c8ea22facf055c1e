/* SPDX-License-Identifier: MIT */
/* What the errors of Azure's model services say beyond OpenAI's. In an op of the exchange that
 * the reply belongs to. */
#ifndef PATCHBAY_LIB_AZURE_ERROR_H
#define PATCHBAY_LIB_AZURE_ERROR_H

#include "lib/error.h"

/* Puts more behind the message, in brackets. */
void pbs_azure_say(const pbs_ctx *ctx, pbs_error *error, pb_str more);

/* For a body whose inner error says that a content filter struck: the class, the code
 * content_filter where none says as much, and the names of the filters behind the message. */
void pbs_azure_filters(const pbs_ctx *ctx, const pb_json *body, pbs_error *error);

#endif
