/* SPDX-License-Identifier: Apache-2.0 */
/* Owns answers that come whole: one JSON of the vendor's driver (images, rerank, moderation,
 * transcription), which passes as it stands, or raw bytes with their media type (speech, a raw
 * image). On the worker's thread. */
#include "answer/state.h"

#include "base/str.h"
#include "json/reader.h"

void pbay_answer_add_whole(PbayAnswer *answer, const pb_event *event)
{
    if (event->kind == PB_EV_JSON) {
        answer->whole = g_string_new_len(event->text.ptr, (gssize)event->text.len);
        return;
    }
    if (answer->bytes == NULL)
        answer->bytes = g_string_new(NULL);
    pbay_str_append(answer->bytes, event->text);
    if (answer->media_type == NULL && event->name.len != 0)
        answer->media_type = pbay_str_dup(event->name);
}

/* The vendor's JSON, and behind its members what the driver added at the top. */
static void write_json(PbayAnswer *answer, GString *out)
{
    bool usage = pbay_usage_known(&answer->usage, &answer->usage_extras);
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *whole = pbay_json_parse(arena, pbay_str_of(answer->whole), NULL, 0, NULL);
    usage = usage && pbay_json_get(whole, PBAY_STR("usage")) == NULL;
    if (!usage && pbay_extras_empty(&answer->top)) {
        pbay_str_append(out, pbay_str_of(answer->whole));
        return;
    }
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    pb_str key;
    for (const pb_json *member = pbay_json_first(whole, &key); member != NULL;
         member = pbay_json_next(member, &key)) {
        g_autofree char *name = pbay_str_dup(key);
        if (pbay_extras_has(&answer->top, name))
            continue;
        pbay_json_key(&w, key);
        pbay_json_write_raw(&w, pbay_json_text(member));
    }
    if (usage) {
        pbay_json_key(&w, PBAY_STR("usage"));
        pbay_usage_write(&answer->usage, &answer->usage_extras, answer->spec.kind, &w);
    }
    pbay_extras_write(&answer->top, &w, NULL);
    pbay_json_close(&w);
}

/* A raw image in the shape of one that came as JSON. */
static void write_image(PbayAnswer *answer, GString *out)
{
    g_autofree char *text = g_base64_encode((const guchar *)answer->bytes->str, answer->bytes->len);
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    pbay_json_member_int(&w, "created",
                         answer->created != 0 ? answer->created : answer->spec.created);
    pbay_json_key(&w, PBAY_STR("data"));
    pbay_json_open(&w, false);
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, "b64_json", pbay_str(text));
    pbay_json_close(&w);
    pbay_json_close(&w);
    pbay_answer_write_tail(answer, &w);
    pbay_json_close(&w);
}

void pbay_answer_write_whole(PbayAnswer *answer, GString *out)
{
    if (answer->whole != NULL)
        write_json(answer, out);
    else if (answer->bytes != NULL && answer->spec.kind == PB_KIND_IMAGE)
        write_image(answer, out);
}

int64_t pbay_answer_images(const PbayAnswer *answer)
{
    if (answer->whole == NULL)
        return answer->bytes != NULL ? 1 : 0;
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    const pb_json *whole = pbay_json_parse(arena, pbay_str_of(answer->whole), NULL, 0, NULL);
    return (int64_t)pbay_json_len(pbay_json_get(whole, PBAY_STR("data")));
}
