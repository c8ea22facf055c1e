/* SPDX-License-Identifier: Apache-2.0 */
/* Changes one member of an object by copying its bytes around the change: nothing else moves, and
 * no tree is built. Where a name stands more than once, every one of them is changed, so that
 * readers which take the first and readers which take the last see the same. Pure but for the
 * output. */
#include "base/str.h"
#include "json/node.h"
#include "json/writer.h"

static const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
        p++;
    return p;
}

static void append_span(GString *out, const char *from, const char *to)
{
    g_string_append_len(out, from, to - from);
}

/* The opening quote of the member that follows `gap`, which is the brace or the end of a value. */
static const char *name_after(const char *gap)
{
    const char *p = skip_space(gap);
    return *p == ',' ? skip_space(p + 1) : p;
}

/* One growth instead of several on the way. */
static void reserve(GString *out, size_t n)
{
    gsize len = out->len;
    g_string_set_size(out, len + n);
    g_string_truncate(out, len);
}

/* An object's bytes on their way out. */
typedef struct Patch {
    GString *out;
    const char *from; /* not yet written                 */
    const char *gap;  /* where the last member ended     */
    bool kept, found, dropped;
} Patch;

static void remove_member(Patch *patch, pb_str value)
{
    const char *cut = patch->gap;
    if (!patch->kept)
        cut = patch->dropped ? patch->from : name_after(patch->gap);
    append_span(patch->out, patch->from, cut);
    patch->from = value.ptr + value.len;
    patch->dropped = true;
}

static void keep_member(Patch *patch)
{
    if (!patch->kept && patch->dropped)
        patch->from = name_after(patch->gap);
    patch->kept = true;
}

static void replace_value(Patch *patch, pb_str value, pb_str with)
{
    append_span(patch->out, patch->from, value.ptr);
    pbay_str_append(patch->out, with);
    patch->from = value.ptr + value.len;
}

static void append_member(Patch *patch, pb_str key, pb_str with)
{
    append_span(patch->out, patch->from, patch->gap);
    patch->from = patch->gap;
    if (patch->kept)
        g_string_append_c(patch->out, ',');
    PbayJsonWriter name;
    pbay_json_writer_init(&name, patch->out);
    pbay_json_write_str(&name, key);
    g_string_append_c(patch->out, ':');
    pbay_str_append(patch->out, with);
}

void pbay_json_patch(GString *out, const pb_json *value, pb_str key, pb_str with)
{
    pb_str text = pbay_json_text(value);
    reserve(out, text.len + key.len + with.len + sizeof ",\"\":");
    if (pbay_json_type(value) != PB_JSON_OBJECT) {
        pbay_str_append(out, text);
        return;
    }
    Patch patch = {.out = out, .from = text.ptr, .gap = text.ptr + 1};
    pb_str name;
    for (const pb_json *member = pbay_json_first(value, &name); member != NULL;
         member = pbay_json_next(member, &name)) {
        pb_str old = pbay_json_text(member);
        bool match = pbay_str_eq(name, key);
        patch.found |= match;
        if (match && with.len == 0)
            remove_member(&patch, old);
        else
            keep_member(&patch);
        if (match && with.len != 0)
            replace_value(&patch, old, with);
        patch.gap = old.ptr + old.len;
    }
    if (!patch.found && with.len != 0)
        append_member(&patch, key, with);
    append_span(out, patch.from, text.ptr + text.len);
}
