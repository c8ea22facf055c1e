/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet's memory as JSON for `patchbay health`. Each target is copied under its lock and
 * written afterwards; nothing is made for a name that nobody asked yet. Keys and bounds are
 * those of the snapshot, as the fleet keeps no configuration. */
#include "routing/fleet_internal.h"

#include "base/str.h"
#include "json/writer.h"

#include <string.h>

/* A copy of what one target is known for. */
typedef struct View {
    PbayBreaker breaker;
    PbayLatency latency;
    unsigned busy;
    int64_t calls, failures;
    PbayFleetLast last;
    PbayLimiterView limiter, provider_limiter;
    GString *keys; /* a JSON array, or NULL */
} View;

static char *provider_of(const char *target)
{
    const char *slash = strchr(target, '/');
    return g_strndup(target, slash != NULL ? (size_t)(slash - target) : strlen(target));
}

static void copy_target(PbayFleetTarget *target, int64_t now, View *view)
{
    view->breaker = target->breaker;
    view->latency = target->latency;
    view->busy = target->busy;
    view->calls = target->calls;
    view->failures = target->failures;
    view->last = target->last;
    view->limiter = pbay_limiter_view(target->limiter, now);
}

static void copy_view(PbayFleet *fleet, const PbaySnapshot *snapshot, const char *target,
                      const char *provider, int64_t now, View *view)
{
    PbayFleetRows rows = pbay_fleet_rows_find(fleet, target, provider);
    const PbayProvider *account =
        snapshot != NULL ? g_hash_table_lookup(snapshot->providers, provider) : NULL;
    memset(view, 0, sizeof *view);
    view->breaker.since = now;
    pbay_latency_init(&view->latency);
    pbay_fleet_rows_lock(rows);
    if (rows.target != NULL)
        copy_target(rows.target, now, view);
    if (rows.provider != NULL) {
        view->provider_limiter = pbay_limiter_view(rows.provider->limiter, now);
        if (account != NULL) {
            view->keys = g_string_new(NULL);
            const char *name = rows.target != NULL ? rows.target->row.name : target;
            pbay_keys_write(rows.provider->keys, account, name, now, view->keys);
        }
    }
    pbay_fleet_rows_unlock(rows);
    pbay_fleet_rows_put(rows);
}

static void write_text(PbayJsonWriter *w, const char *key, const char *text)
{
    pbay_json_member_str(w, key, pbay_str(text));
}

static void write_breaker(PbayJsonWriter *w, const PbayBreaker *breaker, int64_t now)
{
    write_text(w, "breaker", pbay_breaker_state_name(breaker->state));
    pbay_json_member_int(w, "since_ms", MAX(now - breaker->since, 0));
    if (breaker->state == PBAY_BREAKER_OPEN)
        pbay_json_member_int(w, "until_ms", MAX(breaker->until - now, 0));
    if (breaker->state != PBAY_BREAKER_CLOSED)
        write_text(w, "why", breaker->why);
}

/* The usual time of whole answers, or if there are too few of the first content of streams. */
static int64_t usual_p95(const PbayLatency *latency)
{
    int64_t whole = pbay_latency_p95(latency, false);
    return whole >= 0 ? whole : pbay_latency_p95(latency, true);
}

static void write_latency(PbayJsonWriter *w, const PbayLatency *latency, int64_t now)
{
    int64_t average = pbay_latency_average(latency, now);
    int64_t p95 = usual_p95(latency);
    if (average >= 0)
        pbay_json_member_int(w, "latency_ms", average);
    if (p95 >= 0)
        pbay_json_member_int(w, "p95_ms", p95);
}

static void write_last(PbayJsonWriter *w, const PbayFleetLast *last, int64_t now)
{
    if (!last->known)
        return;
    pbay_json_key(w, PBAY_STR("last"));
    pbay_json_open(w, true);
    pbay_json_member_bool(w, "ok", last->ok);
    if (!last->ok) {
        write_text(w, "class", pbay_error_class(last->cls)->name);
        write_text(w, "message", last->message);
    }
    if (last->status != 0)
        pbay_json_member_int(w, "status", last->status);
    pbay_json_member_int(w, "ago_ms", MAX(now - last->at, 0));
    pbay_json_member_int(w, "ms", last->ms);
    pbay_json_close(w);
}

static void write_bound(PbayJsonWriter *w, const char *key, int64_t bound)
{
    if (bound > 0)
        pbay_json_member_int(w, key, bound);
}

static void write_limit(PbayJsonWriter *w, const char *key, const PbayLimits *limits,
                        const PbayLimiterView *view)
{
    if (limits == NULL)
        return;
    pbay_json_key(w, pbay_str(key));
    pbay_json_open(w, true);
    write_bound(w, "rpm", limits->rpm);
    write_bound(w, "tpm", limits->tpm);
    write_bound(w, "parallel", limits->parallel);
    pbay_json_member_int(w, "requests", view->requests);
    pbay_json_member_int(w, "tokens", view->tokens);
    pbay_json_member_int(w, "busy", view->parallel);
    pbay_json_member_int(w, "waiting", view->waiting);
    pbay_json_close(w);
}

static void write_limits(PbayJsonWriter *w, const PbaySnapshot *snapshot, const char *target,
                         const char *provider, const View *view)
{
    if (snapshot == NULL || snapshot->limits == NULL)
        return;
    const PbayLimits *own = g_hash_table_lookup(snapshot->limits, target);
    const PbayLimits *shared = g_hash_table_lookup(snapshot->limits, provider);
    if (own == NULL && shared == NULL)
        return;
    pbay_json_key(w, PBAY_STR("limits"));
    pbay_json_open(w, true);
    write_limit(w, "target", own, &view->limiter);
    write_limit(w, "provider", shared, &view->provider_limiter);
    pbay_json_close(w);
}

static void write_target(PbayJsonWriter *w, PbayFleet *fleet, const PbaySnapshot *snapshot,
                         const char *target, int64_t now)
{
    View view;
    g_autofree char *provider = provider_of(target);
    copy_view(fleet, snapshot, target, provider, now, &view);
    pbay_json_open(w, true);
    write_text(w, "target", target);
    write_breaker(w, &view.breaker, now);
    pbay_json_member_int(w, "busy", view.busy);
    write_latency(w, &view.latency, now);
    pbay_json_member_int(w, "calls", view.calls);
    pbay_json_member_int(w, "failures", view.failures);
    write_last(w, &view.last, now);
    if (view.keys != NULL && view.keys->len > 2) { /* more than "[]" */
        pbay_json_key(w, PBAY_STR("keys"));
        pbay_json_write_raw(w, pbay_str_of(view.keys));
    }
    write_limits(w, snapshot, target, provider, &view);
    pbay_json_close(w);
    if (view.keys != NULL)
        g_string_free(view.keys, TRUE);
}

void pbay_fleet_write(PbayFleet *fleet, const PbaySnapshot *snapshot, char *const *names,
                      int64_t now, GString *out)
{
    PbayJsonWriter w;
    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, false);
    if (names != NULL) {
        for (size_t i = 0; names[i] != NULL; i++)
            write_target(&w, fleet, snapshot, names[i], now);
    } else {
        g_autoptr(GPtrArray) targets = pbay_fleet_targets(fleet);
        for (guint i = 0; i < targets->len; i++)
            write_target(&w, fleet, snapshot,
                         ((const PbayFleetTarget *)targets->pdata[i])->row.name, now);
    }
    pbay_json_close(&w);
}
