/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the list of models a vendor gave, with the provider's prefix before each id so that what is
 * listed can be asked for. On the worker's thread. */
#include "answer/state.h"

#include "base/str.h"
#include "json/reader.h"

void pbay_answer_add_model(PbayAnswer *answer, const pb_event *event)
{
    PbayModelRow *row = g_new0(PbayModelRow, 1);
    row->id = pbay_str_dup(event->id);
    row->name = event->name.len != 0 ? pbay_str_dup(event->name) : NULL;
    row->details = event->text.len != 0 ? pbay_str_dup(event->text) : NULL;
    g_ptr_array_add(answer->models, row);
}

/* What the vendor tells besides; id, object and the prefix are ours. True if it has `name`. */
static bool write_details(const pb_json *details, PbayJsonWriter *w)
{
    bool named = false;
    pb_str key;
    for (const pb_json *member = pbay_json_first(details, &key); member != NULL;
         member = pbay_json_next(member, &key)) {
        if (pbay_str_is(key, "id") || pbay_str_is(key, "object"))
            continue;
        named = named || pbay_str_is(key, "name");
        pbay_json_key(w, key);
        pbay_json_write_raw(w, pbay_json_text(member));
    }
    return named;
}

static void write_row(const PbayAnswer *answer, const PbayModelRow *row, PbayArena *arena,
                      PbayJsonWriter *w)
{
    g_autofree char *full =
        answer->prefix[0] != '\0' ? g_strconcat(answer->prefix, "/", row->id, NULL) : NULL;
    pbay_json_open(w, true);
    pbay_json_member_str(w, "id", pbay_str(full != NULL ? full : row->id));
    pbay_json_member_str(w, "object", PBAY_STR("model"));
    const pb_json *details =
        row->details != NULL ? pbay_json_parse(arena, pbay_str(row->details), NULL, 0, NULL) : NULL;
    if (!write_details(details, w) && row->name != NULL)
        pbay_json_member_str(w, "name", pbay_str(row->name));
    pbay_json_close(w);
    pbay_arena_reset(arena);
}

void pbay_answer_write_models(PbayAnswer *answer, PbayJsonWriter *w)
{
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    pbay_json_open(w, true);
    pbay_json_member_str(w, "object", PBAY_STR("list"));
    pbay_json_key(w, PBAY_STR("data"));
    pbay_json_open(w, false);
    for (guint i = 0; i < answer->models->len; i++)
        write_row(answer, answer->models->pdata[i], arena, w);
    pbay_json_close(w);
    pbay_json_close(w);
}
