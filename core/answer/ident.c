/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the names an answer goes by: the vendor's id, model and time where it gave them, and made
 * ones where it did not. Made ids come from one random text, so that they stay the same for the
 * whole answer. On the worker's thread. */
#include "answer/state.h"

#include "base/str.h"

#include <string.h>
#include <sys/random.h>

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

void pbay_answer_random(char out[PBAY_RANDOM_LEN + 1])
{
    uint8_t bytes[PBAY_RANDOM_LEN];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        for (size_t i = 0; i < sizeof bytes; i++) /* a kernel without it: ids need no secrecy */
            bytes[i] = (uint8_t)g_random_int_range(0, 256);
    for (size_t i = 0; i < sizeof bytes; i++)
        out[i] = base62[bytes[i] % 62];
    out[PBAY_RANDOM_LEN] = '\0';
}

char *pbay_answer_make_id(const PbayAnswer *answer)
{
    const char *prefix = answer->spec.kind == PB_KIND_COMPLETION ? "cmpl-" : "chatcmpl-";
    return g_strconcat(prefix, answer->random, NULL);
}

char *pbay_answer_make_call_id(const PbayAnswer *answer, uint32_t choice, uint32_t index)
{
    g_autofree char *seed = g_strdup_printf("%s/%u/%u", answer->random, choice, index);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)seed, -1);
    guint8 digest[32];
    gsize len = sizeof digest;
    g_checksum_get_digest(sum, digest, &len);
    char id[PBAY_RANDOM_LEN + 1] = {0};
    for (size_t i = 0; i < PBAY_RANDOM_LEN; i++)
        id[i] = base62[digest[i] % 62];
    return g_strconcat("call_", id, NULL);
}

void pbay_answer_write_head(const PbayAnswer *answer, const char *object, PbayJsonWriter *w)
{
    g_autofree char *made = answer->id == NULL ? pbay_answer_make_id(answer) : NULL;
    pbay_json_member_str(w, "id", pbay_str(made != NULL ? made : answer->id));
    pbay_json_member_str(w, "object", pbay_str(object));
    pbay_json_member_int(w, "created",
                         answer->created != 0 ? answer->created : answer->spec.created);
    pbay_json_member_str(
        w, "model", pbay_str(answer->vendor_model != NULL ? answer->vendor_model : answer->model));
}
