/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the ABI's kinds of exchange, as manifests, listings and the command line write
 * them. Pure; any thread. */
#include "drivers/drivers.h"

#include <string.h>

static const struct {
    int32_t kind;
    const char *name;
} kinds[] = {
    {PB_KIND_CHAT, "chat"},
    {PB_KIND_COMPLETION, "completion"},
    {PB_KIND_EMBEDDING, "embedding"},
    {PB_KIND_RERANK, "rerank"},
    {PB_KIND_IMAGE, "image"},
    {PB_KIND_SPEECH, "speech"},
    {PB_KIND_TRANSCRIPTION, "transcription"},
    {PB_KIND_MODERATION, "moderation"},
    {PB_KIND_COUNT_TOKENS, "count_tokens"},
    {PB_KIND_MODELS, "models"},
    {PB_KIND_CREDENTIAL, "credential"},
    {PB_KIND_PROBE, "probe"},
};

const char *pbay_kind_name(int32_t kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return NULL;
}

int32_t pbay_kind_parse(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return 0;
}
