/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what became of parameters: every note is kept for the report, and the policy says which of
 * them ends the attempt. Nothing is dropped silently. On the worker's thread. */
#include "call/state.h"

#include "base/str.h"

typedef struct Note {
    int32_t note; /* PB_NOTE_* */
    char *param, *why;
} Note;

static const char *note_name(int32_t note)
{
    static const char *const names[] = {[PB_NOTE_DROPPED] = "dropped",
                                        [PB_NOTE_CLAMPED] = "clamped",
                                        [PB_NOTE_EMULATED] = "emulated",
                                        [PB_NOTE_UNMET] = "unmet"};
    return note >= PB_NOTE_DROPPED && note <= PB_NOTE_UNMET ? names[note] : "unknown";
}

static bool is_refused(const PbayDropPolicy *policy, int32_t note)
{
    if (policy->strict)
        return true;
    if (note == PB_NOTE_UNMET)
        return !policy->explicit || policy->drops == PBAY_DROPS_ERROR;
    return note == PB_NOTE_DROPPED && policy->drops == PBAY_DROPS_ERROR;
}

static PbayFailure *refusal(const char *provider, int32_t note, pb_str param, pb_str why)
{
    static const char *const became[] = {[PB_NOTE_DROPPED] = "is not taken",
                                         [PB_NOTE_CLAMPED] = "would be changed",
                                         [PB_NOTE_EMULATED] = "would be emulated",
                                         [PB_NOTE_UNMET] = "cannot be met"};
    const char *advice = note == PB_NOTE_DROPPED || note == PB_NOTE_UNMET
                             ? "leave it out, or allow drops (patchbay.drop_params = true)"
                             : "leave it out, or do without strict mode";
    PbayFailure *failure = pbay_failure_new(
        PB_ERR_UNSUPPORTED, "parameter %.*s %s by provider %s%s%.*s; %s", (int)param.len,
        param.len != 0 ? param.ptr : "", became[note], provider, why.len != 0 ? ": " : "",
        (int)why.len, why.len != 0 ? why.ptr : "", advice);
    pbay_failure_set_code(failure, "unsupported_parameter");
    g_autofree char *name = pbay_str_dup(param);
    pbay_failure_set_param(failure, name);
    return failure;
}

static void note_free(void *data)
{
    Note *note = data;
    g_free(note->param);
    g_free(note->why);
    g_free(note);
}

PbayFailure *pbay_notes_take(PbayNotes *notes, const PbayDropPolicy *policy, const char *provider,
                             int32_t note, pb_str param, pb_str why)
{
    if (notes->items == NULL)
        notes->items = g_ptr_array_new_with_free_func(note_free);
    if (notes->items->len < PBAY_CALL_NOTES_MAX) {
        Note *kept = g_new0(Note, 1);
        kept->note = note;
        kept->param = pbay_str_dup(param);
        kept->why = pbay_str_dup(why);
        g_ptr_array_add(notes->items, kept);
    } else {
        notes->lost++;
    }
    return is_refused(policy, note) ? refusal(provider, note, param, why) : NULL;
}

void pbay_notes_clear(PbayNotes *notes)
{
    g_clear_pointer(&notes->items, g_ptr_array_unref);
    notes->lost = 0;
}

static void write_items(const PbayNotes *notes, PbayJsonWriter *w)
{
    for (guint i = 0; notes->items != NULL && i < notes->items->len; i++) {
        const Note *note = notes->items->pdata[i];
        pbay_json_open(w, true);
        pbay_json_member_str(w, "note", pbay_str(note_name(note->note)));
        pbay_json_member_str(w, "param", pbay_str(note->param));
        pbay_json_member_str(w, "why", pbay_str(note->why));
        pbay_json_close(w);
    }
}

void pbay_notes_write(const PbayNotes *own, const PbayNotes *more, PbayJsonWriter *w)
{
    pbay_json_open(w, false);
    write_items(own, w);
    if (more != NULL)
        write_items(more, w);
    pbay_json_close(w);
}
