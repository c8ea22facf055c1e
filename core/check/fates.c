/* SPDX-License-Identifier: Apache-2.0 */
/* The check "fates". A parameter is put into a request that is known to work; the requests that
 * leave with it and without it are compared as text, and the notes are read. What comes back is
 * the recorded answer both times and is not looked at. One thread. */
#include "check/fates.h"

#include "answer/tree.h"
#include "base/str.h"
#include "check/checks.h"
#include "check/replay.h"

#include <string.h>

#define VALUES_MAX 3

#define TOOL                                                                                       \
    "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"description\":"    \
    "\"Weather\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":"          \
    "\"string\""                                                                                   \
    "}},\"required\":[\"city\"]}}}]"

/* A parameter, values that ask for something (a bounded one also at its ends), and what else the
 * request has with it and without it. */
typedef struct Sample {
    const char *name;
    const char *values[VALUES_MAX];
    const char *with;
} Sample;

static const Sample samples[] = {
    {"max_completion_tokens", {"77", "100000000"}, NULL},
    {"max_tokens", {"77", "100000000"}, NULL},
    {"temperature", {"0.25", "2", "0"}, NULL},
    {"top_p", {"0.5", "1", "0"}, NULL},
    {"n", {"2", "128"}, NULL},
    {"stop", {"[\"END\"]", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]"}, NULL},
    {"presence_penalty", {"0.5", "-2", "2"}, NULL},
    {"frequency_penalty", {"0.5", "-2", "2"}, NULL},
    {"logit_bias", {"{\"50256\":-100}"}, NULL},
    {"logprobs", {"true"}, NULL},
    {"top_logprobs", {"3", "20"}, "\"logprobs\":true"},
    {"seed", {"7", "-1"}, NULL},
    {"response_format",
     {"{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"city\",\"schema\":{\"type\":"
      "\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"],"
      "\"additionalProperties\":false}}}"},
     NULL},
    {"tools", {NULL}, NULL}, /* its value is TOOL */
    {"tool_choice", {"\"required\""}, TOOL},
    {"parallel_tool_calls", {"false"}, TOOL},
    {"reasoning_effort", {"\"low\"", "\"max\"", "\"minimal\""}, NULL},
    {"verbosity", {"\"low\""}, NULL},
    {"modalities", {"[\"text\",\"audio\"]"}, NULL},
    {"audio", {"{\"voice\":\"alloy\",\"format\":\"mp3\"}"}, NULL},
    {"prediction", {"{\"type\":\"content\",\"content\":\"abc\"}"}, NULL},
    {"web_search_options", {"{\"search_context_size\":\"low\"}"}, NULL},
    {"service_tier", {"\"flex\"", "\"priority\""}, NULL},
    {"store", {"true"}, NULL},
    {"metadata", {"{\"run\":\"7\"}"}, NULL},
    {"user", {"\"user-1\""}, NULL},
    {"safety_identifier", {"\"user-1\""}, NULL},
    {"prompt_cache_key", {"\"key-1\""}, NULL},
    {"prompt_cache_retention", {"\"24h\""}, NULL},
    {"prompt_cache_options", {"{\"mode\":\"explicit\",\"ttl\":\"30m\"}"}, NULL},
    {"moderation",
     {"{\"model\":\"omni-moderation-latest\",\"policy\":{\"input\":{\"mode\":\"score\"}}}"},
     NULL},
};

/* These are what a request is; there is nothing to compare. */
static const char *const unquestioned[] = {"model", "messages", "stream", "stream_options", NULL};

typedef struct Outcome {
    char *sends;                                     /* all requests, as text */
    char *events;                                    /* what came, as text */
    bool dropped, unmet, clamped, emulated, refused; /* what was told of the parameter */
} Outcome;

typedef struct Fates {
    PbayDriver *driver;
    const PbayRecording *base;
    GPtrArray *findings;
} Fates;

static void find(const Fates *fates, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void find(const Fates *fates, const char *name, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(fates->findings, g_strdup_printf("parameters.%s: %s", name, text));
}

/* ---- One run ---- */

/* The request with these members and none of its own that are tried here; g_free. */
static char *body_with(const Fates *fates, const char *members)
{
    g_autofree char *text = g_strdup_printf("{%s}", members);
    json_object *body = NULL, *added = NULL;
    char *made;

    pbay_tree_parse(pbay_str(fates->base->body), &body, NULL);
    pbay_tree_parse(pbay_str(text), &added, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        json_object_object_del(body, samples[i].name);
    json_object_object_foreach(added, name, value)
    {
        json_object_object_add(body, name, json_object_get(value));
    }
    made = g_strdup(json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(added);
    json_object_put(body);
    return made;
}

/* "logit_bias" is about logit_bias, and so is "logit_bias.50256". */
static bool is_about(const char *param, const char *name)
{
    size_t n = strlen(name);

    return strncmp(param, name, n) == 0 && (param[n] == '\0' || param[n] == '.' || param[n] == '[');
}

static void read_notes(json_object *notes, const char *name, Outcome *out)
{
    for (size_t i = 0; i < json_object_array_length(notes); i++) {
        json_object *note = json_object_array_get_idx(notes, i);
        const char *what = json_object_get_string(json_object_object_get(note, "note"));

        if (!is_about(json_object_get_string(json_object_object_get(note, "param")), name))
            continue;
        out->dropped |= strcmp(what, "dropped") == 0;
        out->unmet |= strcmp(what, "unmet") == 0;
        out->clamped |= strcmp(what, "clamped") == 0;
        out->emulated |= strcmp(what, "emulated") == 0;
    }
}

static void run(const Fates *fates, const char *name, const char *members, Outcome *out)
{
    g_autofree char *body = body_with(fates, members);
    g_autoptr(GString) sends = g_string_new(NULL);
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_RECORDED, .sends = sends};
    PbayRecording recording = *fates->base;
    PbayReplayResult result;

    memset(out, 0, sizeof *out);
    memset(&result, 0, sizeof result);
    recording.body = body;
    if (pbay_replay_run(fates->driver, &recording, &spec, &result, NULL)) {
        read_notes(result.notes, name, out);
        out->sends = g_strdup(sends->str);
        out->events =
            g_strdup(json_object_to_json_string_ext(result.events, JSON_C_TO_STRING_PLAIN));
        out->refused = result.failure != NULL && result.failure->param != NULL &&
                       is_about(result.failure->param, name);
    }
    pbay_replay_result_clear(&result);
}

/* ---- What must be ---- */

static void outcome_clear(Outcome *outcome)
{
    g_free(outcome->sends);
    g_free(outcome->events);
}

/* What the vendor always sends may be told only where it was asked for. */
static bool changed(const Outcome *with, const Outcome *without)
{
    return g_strcmp0(with->sends, without->sends) != 0 ||
           g_strcmp0(with->events, without->events) != 0;
}

/* "generationConfig.maxOutputTokens" -> is "maxOutputTokens" in what was sent? */
static bool has_name(const Outcome *with, const char *to)
{
    const char *dot = strrchr(to, '.');
    g_autofree char *quoted = g_strdup_printf("\"%s\"", dot != NULL ? dot + 1 : to);

    return with->sends == NULL || strstr(with->sends, quoted) != NULL;
}

/* What is wrong with this fate, or NULL. Static text. */
static const char *judge(const PbayParameter *parameter, const Outcome *with, bool differs,
                         bool sends)
{
    bool lost = with->dropped || with->unmet || with->refused;
    const char *fate = parameter->fate;

    if (strcmp(fate, "hint") == 0 || strcmp(fate, "essential") == 0) {
        bool essential = fate[0] == 'e';

        if (differs && !lost)
            return NULL; /* this model takes it */
        if (essential && !with->unmet && !with->refused)
            return "its fate is essential, and it is lost without the note unmet";
        return !essential && !with->dropped ? "its fate is hint, and it is lost without the note "
                                              "dropped"
                                            : NULL;
    }
    if (lost)
        return "is noted as lost, which its fate does not say";
    if (strcmp(fate, "emulated") == 0 && with->emulated)
        return NULL;
    if (sends && !differs)
        return "changes nothing in what is sent, and nothing is noted";
    if (strcmp(fate, "renamed") == 0 && sends && !has_name(with, parameter->to))
        return "is renamed, and the new name is not in what is sent";
    return NULL;
}

static char *members_of(const Sample *sample, const char *value)
{
    g_autoptr(GString) members = g_string_new(sample->with);

    if (value != NULL || strcmp(sample->name, "tools") == 0) {
        if (members->len != 0)
            g_string_append_c(members, ',');
        if (value != NULL)
            g_string_append_printf(members, "\"%s\":%s", sample->name, value);
        else
            g_string_append(members, TOOL);
    }
    return g_strdup(members->str);
}

static const PbayParameter *parameter_of(const Fates *fates, const char *name)
{
    const GPtrArray *all = fates->driver->manifest->parameters;

    for (guint i = 0; i < all->len; i++) {
        const PbayParameter *parameter = g_ptr_array_index(all, i);

        if (strcmp(parameter->name, name) == 0)
            return parameter;
    }
    find(fates, name, "the manifest does not say what becomes of it");
    return NULL;
}

/* Somewhere in its range a clamped parameter is clamped. */
static void check_clamped(const Fates *fates, const Sample *sample)
{
    bool clamped = false;

    for (size_t i = 0; i < VALUES_MAX && sample->values[i] != NULL && !clamped; i++) {
        g_autofree char *members = members_of(sample, sample->values[i]);
        Outcome with;

        run(fates, sample->name, members, &with);
        clamped = with.clamped;
        outcome_clear(&with);
    }
    if (!clamped)
        find(fates, sample->name, "its fate is clamped, and no value of it gives that note");
}

static void check_sample(const Fates *fates, const Sample *sample)
{
    const PbayParameter *parameter = parameter_of(fates, sample->name);
    g_autofree char *members = members_of(sample, sample->values[0]);
    g_autofree char *without_it = g_strdup(sample->with != NULL ? sample->with : "");
    Outcome with, without;
    const char *wrong;

    if (parameter == NULL)
        return;
    run(fates, sample->name, members, &with);
    run(fates, sample->name, without_it, &without);
    wrong = judge(parameter, &with, changed(&with, &without),
                  without.sends != NULL && without.sends[0] != '\0');
    if (wrong != NULL)
        find(fates, sample->name, "%s (%s)", wrong, members);
    else if (strcmp(parameter->fate, "clamped") == 0)
        check_clamped(fates, sample);
    outcome_clear(&with);
    outcome_clear(&without);
}

/* ---- The request it is tried on ---- */

static bool is_plain_chat(const PbayRecording *recording)
{
    return recording->kind == PB_KIND_CHAT && !recording->stream &&
           json_object_is_type(recording->outcome, json_type_string);
}

static bool is_preferred(const PbayRecording *recording)
{
    g_autofree char *name = g_path_get_basename(recording->path);

    return strcmp(name, "chat-text.jsonl") == 0;
}

static const PbayRecording *choose_base(const GPtrArray *recordings)
{
    const PbayRecording *shortest = NULL;

    for (guint i = 0; i < recordings->len; i++) {
        const PbayRecording *recording = g_ptr_array_index(recordings, i);

        if (!is_plain_chat(recording))
            continue;
        if (is_preferred(recording))
            return recording;
        if (shortest == NULL || strlen(recording->body) < strlen(shortest->body))
            shortest = recording;
    }
    return shortest;
}

/* ---- Every other way the driver is set up ---- */

/* Whatever the model and the options: what is asked for changes what is sent, or is told. */
static void check_not_silent(const Fates *fates, const Sample *sample)
{
    g_autofree char *members = members_of(sample, sample->values[0]);
    g_autofree char *without_it = g_strdup(sample->with != NULL ? sample->with : "");
    Outcome with, without;

    run(fates, sample->name, members, &with);
    run(fates, sample->name, without_it, &without);
    if (without.sends != NULL && without.sends[0] != '\0' && !changed(&with, &without) &&
        !with.dropped && !with.unmet && !with.refused && !with.clamped && !with.emulated) {
        g_autofree char *file = g_path_get_basename(fates->base->path);

        find(fates, sample->name,
             "in the request of %s (model %s) it changes nothing in what is sent, and nothing is "
             "noted (%s)",
             file, fates->base->model, members);
    }
    outcome_clear(&with);
    outcome_clear(&without);
}

static unsigned check_others(const Fates *fates, const GPtrArray *recordings)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned checked = 0;

    for (guint i = 0; i < recordings->len; i++) {
        const PbayRecording *recording = g_ptr_array_index(recordings, i);
        const Fates other = {fates->driver, recording, fates->findings};

        if (!is_plain_chat(recording) ||
            !g_hash_table_add(seen, g_strconcat(recording->model, "\n", recording->options, NULL)))
            continue;
        for (size_t s = 0; s < G_N_ELEMENTS(samples); s++, checked++)
            check_not_silent(&other, &samples[s]);
    }
    return checked;
}

unsigned pbay_fates_check(PbayDriver *driver, const GPtrArray *recordings, GPtrArray *findings)
{
    const Fates fates = {driver, choose_base(recordings), findings};

    if (fates.base == NULL || driver->manifest->parameters->len == 0)
        return 0;
    for (const char *const *name = unquestioned; *name != NULL; name++)
        parameter_of(&fates, *name);
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        check_sample(&fates, &samples[i]);
    return (unsigned)G_N_ELEMENTS(samples) + check_others(&fates, recordings);
}

void pbay_check_fates(PbayCheckRun *run)
{
    g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);

    if (!run->options->folder) {
        pbay_check_skip(run, "it wants the folder with all recordings of the driver");
        return;
    }
    pbay_check_at(run, -1, "each parameter, with and without");
    run->place->runs += pbay_fates_check(run->driver, run->recordings, findings);
    for (guint i = 0; i < findings->len; i++)
        pbay_check_found(run, "%s", (const char *)findings->pdata[i]);
}
