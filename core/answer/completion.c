/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the finished legacy text_completion. On the worker's thread; the fold is fold_chat.c's. */
#include "answer/state.h"

#include "base/str.h"

static void write_choice(const PbayChoice *choice, guint number, PbayJsonWriter *w)
{
    pbay_json_open(w, true);
    pbay_json_member_str(w, "text",
                         choice->text != NULL ? pbay_str_of(choice->text) : pbay_str(NULL));
    pbay_json_member_int(w, "index", number);
    pbay_answer_write_choice_end(choice, w);
    pbay_json_close(w);
}

void pbay_answer_write_completion(PbayAnswer *answer, PbayJsonWriter *w)
{
    pbay_json_open(w, true);
    pbay_answer_write_head(answer, "text_completion", w);
    pbay_json_key(w, PBAY_STR("choices"));
    pbay_json_open(w, false);
    for (guint i = 0; i < answer->choices->len; i++)
        write_choice(answer->choices->pdata[i], i, w);
    pbay_json_close(w);
    pbay_answer_write_tail(answer, w);
    pbay_json_close(w);
}
