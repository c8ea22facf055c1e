/* SPDX-License-Identifier: Apache-2.0 */
/* Owns what became of parameters: every note is kept for the report, and the policy says which of
 * them ends the call. Nothing is dropped silently. On the worker's thread. */
#include "call/state.h"

#include "base/str.h"

static const char *note_name(int32_t note)
{
    static const char *const names[] = {[PB_NOTE_DROPPED] = "dropped",
                                        [PB_NOTE_CLAMPED] = "clamped",
                                        [PB_NOTE_EMULATED] = "emulated",
                                        [PB_NOTE_UNMET] = "unmet"};
    return note >= PB_NOTE_DROPPED && note <= PB_NOTE_UNMET ? names[note] : "unknown";
}

static bool is_refused(const PbayCall *call, int32_t note)
{
    if (call->strict)
        return true;
    if (note == PB_NOTE_UNMET)
        return !call->drops_explicit || call->drops == PBAY_DROPS_ERROR;
    return note == PB_NOTE_DROPPED && call->drops == PBAY_DROPS_ERROR;
}

static PbayFailure *refusal(const PbayCall *call, int32_t note, pb_str param, pb_str why)
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
        param.len != 0 ? param.ptr : "", became[note],
        call->provider != NULL ? call->provider->name : "?", why.len != 0 ? ": " : "", (int)why.len,
        why.len != 0 ? why.ptr : "", advice);
    pbay_failure_set_code(failure, "unsupported_parameter");
    g_autofree char *name = pbay_str_dup(param);
    pbay_failure_set_param(failure, name);
    return failure;
}

static void note_free(void *data)
{
    PbayNote *note = data;
    g_free(note->param);
    g_free(note->why);
    g_free(note);
}

PbayFailure *pbay_call_note(PbayCall *call, int32_t note, pb_str param, pb_str why)
{
    if (call->notes == NULL)
        call->notes = g_ptr_array_new_with_free_func(note_free);
    if (call->notes->len < PBAY_CALL_NOTES_MAX) {
        PbayNote *kept = g_new0(PbayNote, 1);
        kept->note = note;
        kept->param = pbay_str_dup(param);
        kept->why = pbay_str_dup(why);
        g_ptr_array_add(call->notes, kept);
    } else {
        call->notes_lost++;
    }
    return is_refused(call, note) ? refusal(call, note, param, why) : NULL;
}

void pbay_call_forget_notes(PbayCall *call)
{
    call->notes_lost = 0;
    if (call->notes != NULL && call->notes->len > call->own_notes)
        g_ptr_array_set_size(call->notes, (gint)call->own_notes);
}

void pbay_call_write_notes(const PbayCall *call, PbayJsonWriter *w)
{
    pbay_json_open(w, false);
    for (guint i = 0; call->notes != NULL && i < call->notes->len; i++) {
        const PbayNote *note = call->notes->pdata[i];
        pbay_json_open(w, true);
        pbay_json_member_str(w, "note", pbay_str(note_name(note->note)));
        pbay_json_member_str(w, "param", pbay_str(note->param));
        pbay_json_member_str(w, "why", pbay_str(note->why));
        pbay_json_close(w);
    }
    pbay_json_close(w);
}
