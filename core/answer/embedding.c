/* SPDX-License-Identifier: Apache-2.0 */
/* Owns embeddings: vectors come in any order and go out in the order of the input, as numbers or as
 * base64 of little-endian floats, whatever the vendor sent. On the worker's thread. */
#include "answer/state.h"

#include "answer/float32.h"
#include "base/str.h"

#include <string.h>

void pbay_answer_add_vector(PbayAnswer *answer, const pb_event *event)
{
    if (event->index >= answer->vectors->len)
        g_array_set_size(answer->vectors, event->index + 1);
    PbayVector *vector = &g_array_index(answer->vectors, PbayVector, event->index);
    vector->values = g_memdup2(event->vector, event->vector_len * sizeof(float));
    vector->n = event->vector_len;
}

static void write_base64(const PbayVector *vector, PbayJsonWriter *w)
{
    g_autofree guint32 *words = g_new(guint32, vector->n);
    memcpy(words, vector->values, vector->n * sizeof(float));
    for (size_t i = 0; i < vector->n; i++)
        words[i] = GUINT32_TO_LE(words[i]);
    g_autofree char *text = g_base64_encode((const guchar *)words, vector->n * sizeof(float));
    pbay_json_write_str(w, pbay_str(text));
}

static void write_numbers(const PbayVector *vector, GString *scratch, PbayJsonWriter *w)
{
    g_string_assign(scratch, "[");
    for (size_t i = 0; i < vector->n; i++) {
        if (i != 0)
            g_string_append_c(scratch, ',');
        pbay_float32_append(scratch, vector->values[i]);
    }
    g_string_append_c(scratch, ']');
    pbay_json_write_raw(w, pbay_str_of(scratch));
}

void pbay_answer_write_embeddings(PbayAnswer *answer, PbayJsonWriter *w)
{
    g_autoptr(GString) scratch = g_string_new(NULL);
    pbay_json_open(w, true);
    pbay_json_member_str(w, "object", PBAY_STR("list"));
    pbay_json_key(w, PBAY_STR("data"));
    pbay_json_open(w, false);
    for (guint i = 0; i < answer->vectors->len; i++) {
        const PbayVector *vector = &g_array_index(answer->vectors, PbayVector, i);
        pbay_json_open(w, true);
        pbay_json_member_str(w, "object", PBAY_STR("embedding"));
        pbay_json_member_int(w, "index", i);
        pbay_json_key(w, PBAY_STR("embedding"));
        if (answer->spec.base64)
            write_base64(vector, w);
        else
            write_numbers(vector, scratch, w);
        pbay_json_close(w);
    }
    pbay_json_close(w);
    pbay_json_member_str(
        w, "model", pbay_str(answer->vendor_model != NULL ? answer->vendor_model : answer->model));
    pbay_answer_write_tail(answer, w);
    pbay_json_close(w);
}
