/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the canonical usage object: counters as the vendor gave them, cumulative, the last one
 * winning counter by counter. What is not known is left out, never written as zero. Pure. */
#include "answer/usage.h"

#include "base/str.h"

static const char *const known_members[] = {
    "prompt_tokens",         "completion_tokens",         "total_tokens",
    "prompt_tokens_details", "completion_tokens_details", NULL};

void pbay_usage_take(PbayUsage *usage, const pb_event *event)
{
    usage->known |= event->known & (PB_USAGE_IN | PB_USAGE_OUT | PB_USAGE_CACHED | PB_USAGE_WRITE |
                                    PB_USAGE_REASON);
    if (event->known & PB_USAGE_IN)
        usage->in = event->tokens_in;
    if (event->known & PB_USAGE_OUT)
        usage->out = event->tokens_out;
    if (event->known & PB_USAGE_CACHED)
        usage->cached = event->tokens_cached;
    if (event->known & PB_USAGE_WRITE)
        usage->cache_write = event->tokens_cache_write;
    if (event->known & PB_USAGE_REASON)
        usage->reasoning = event->tokens_reasoning;
}

bool pbay_usage_known(const PbayUsage *usage, const PbayExtras *extras)
{
    return usage->known != 0 || (extras != NULL && !pbay_extras_empty(extras));
}

static int64_t add(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static void write_details(const char *name, const char *const *members, const int64_t *values,
                          PbayExtras *extras, PbayJsonWriter *w)
{
    bool added = extras != NULL && pbay_extras_has(extras, name);
    if (members[0] == NULL && !added)
        return;
    pbay_json_key(w, pbay_str(name));
    pbay_json_open(w, true);
    for (size_t i = 0; members[i] != NULL; i++)
        pbay_json_member_int(w, members[i], values[i]);
    if (added)
        pbay_extras_write_inside(extras, w, name, members);
    pbay_json_close(w);
}

static void write_prompt_details(const PbayUsage *usage, PbayExtras *extras, PbayJsonWriter *w)
{
    const char *members[3] = {NULL};
    int64_t values[3] = {0};
    size_t n = 0;
    if (usage->known & PB_USAGE_CACHED) {
        members[n] = "cached_tokens";
        values[n++] = usage->cached;
    }
    if (usage->known & PB_USAGE_WRITE) {
        members[n] = "cache_write_tokens";
        values[n++] = usage->cache_write;
    }
    write_details("prompt_tokens_details", members, values, extras, w);
}

void pbay_usage_write(const PbayUsage *usage, PbayExtras *extras_or_null, int32_t kind,
                      PbayJsonWriter *w)
{
    bool in = (usage->known & PB_USAGE_IN) != 0;
    bool out = (usage->known & PB_USAGE_OUT) != 0 && (kind != PB_KIND_EMBEDDING || usage->out != 0);
    pbay_json_open(w, true);
    if (in)
        pbay_json_member_int(w, "prompt_tokens", usage->in);
    if (out)
        pbay_json_member_int(w, "completion_tokens", usage->out);
    if (in && (out || kind == PB_KIND_EMBEDDING))
        pbay_json_member_int(w, "total_tokens", out ? add(usage->in, usage->out) : usage->in);
    write_prompt_details(usage, extras_or_null, w);
    const char *members[2] = {usage->known & PB_USAGE_REASON ? "reasoning_tokens" : NULL, NULL};
    write_details("completion_tokens_details", members, &usage->reasoning, extras_or_null, w);
    if (extras_or_null != NULL)
        pbay_extras_write(extras_or_null, w, known_members);
    pbay_json_close(w);
}
