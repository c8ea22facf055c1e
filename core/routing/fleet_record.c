/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet's memory as plain records, for a file that processes share, and back. Of one target the
 * newer record stands as a whole; what comes from outside is taken as untrusted: numbers are cut to
 * what they may be, and a record of the future or without a name is none. Any thread; one target's
 * lock at a time. */
#include "routing/fleet_internal.h"

#include "routing/short_text.h"

#include <math.h>
#include <string.h>

#define COUNT_MAX 1023u                    /* of one bucket: latency.h halves at 1024 */
#define MS_MAX    (INT64_C(30) * 86400000) /* of one latency */
#define CALLS_MAX (INT64_MAX / 4)          /* so that counting on cannot overflow */
#define AHEAD_MAX (INT64_C(1) * 86400000)  /* a clock that is further ahead is wrong */

/* ---- out ------------------------------------------------------------------------------------- */

static void save_last(const PbayFleetLast *last, int64_t shift, PbayTargetRecord *record)
{
    if (!last->known)
        return;
    record->last_ok = last->ok;
    record->last_cls = last->cls;
    record->last_status = last->status;
    record->last_at = last->at + shift;
    record->last_ms = last->ms;
    memcpy(record->last_message, last->message, sizeof record->last_message);
}

/* shift: from the fleet's clock to the wall's. */
static void save(PbayFleetTarget *target, int64_t shift, PbayTargetRecord *record)
{
    memset(record, 0, sizeof *record);
    g_strlcpy(record->name, target->row.name, sizeof record->name);
    /* News is newer than what was read or written before, whatever the wall clock does. */
    if (target->unstamped)
        target->stamp = MAX(target->changed_at + shift, target->stamp + 1);
    target->unstamped = false;
    record->changed = target->stamp;
    pbay_breaker_save(&target->breaker, &record->breaker);
    record->breaker.since += shift;
    if (target->breaker.state == PBAY_BREAKER_OPEN)
        record->breaker.until += shift;
    record->first_ms = target->latency.average;
    record->first_at = target->latency.average >= 0 ? target->latency.at + shift : 0;
    record->calls = target->calls;
    record->failures = target->failures;
    memcpy(record->histogram, target->latency.histogram, sizeof record->histogram);
    save_last(&target->last, shift, record);
}

void pbay_fleet_export(PbayFleet *fleet, int64_t now, int64_t wall_now, int64_t since,
                       GArray *records)
{
    g_autoptr(GPtrArray) targets = pbay_fleet_targets(fleet);
    int64_t shift = wall_now - now;
    for (guint i = 0; i < targets->len; i++) {
        PbayFleetRows rows = {.target = targets->pdata[i]};
        PbayTargetRecord record;
        if (strlen(rows.target->row.name) >= sizeof record.name)
            continue; /* the record has no room for its name */
        pbay_fleet_rows_lock(rows);
        bool wanted = rows.target->changed && rows.target->changed_at + shift >= since;
        if (wanted)
            save(rows.target, shift, &record);
        pbay_fleet_rows_unlock(rows);
        if (wanted)
            g_array_append_val(records, record);
    }
}

/* ---- in -------------------------------------------------------------------------------------- */

static void load_breaker(PbayBreaker *breaker, const PbayBreakerRecord *given, int64_t now,
                         int64_t shift)
{
    PbayBreakerRecord record = *given;
    record.since = CLAMP(record.since, shift, now + shift) - shift;
    record.until = CLAMP(record.until, shift, now + shift + PBAY_BREAKER_COOL_MAX) - shift;
    pbay_breaker_load(breaker, now, &record);
}

static void load_latency(PbayLatency *latency, const PbayTargetRecord *record, int64_t now,
                         int64_t shift)
{
    pbay_latency_init(latency);
    if (isfinite(record->first_ms) && record->first_ms >= 0) {
        latency->average = MIN(record->first_ms, (double)MS_MAX);
        latency->samples = 1;
        latency->at = CLAMP(record->first_at, 0, now + shift) - shift;
    }
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < PBAY_LATENCY_BUCKETS; j++)
            latency->histogram[i][j] = MIN(record->histogram[i][j], COUNT_MAX);
}

static void load_last(PbayFleetLast *last, const PbayTargetRecord *record, int64_t now,
                      int64_t shift)
{
    *last = (PbayFleetLast){.known = record->last_at > 0};
    if (!last->known)
        return;
    last->ok = record->last_ok;
    last->cls = record->last_ok ? 0 : record->last_cls;
    last->status = CLAMP(record->last_status, 0, 999);
    last->at = MIN(record->last_at, now + shift) - shift;
    last->ms = CLAMP(record->last_ms, 0, MS_MAX);
    g_autofree char *message = g_strndup(record->last_message, sizeof record->last_message);
    pbay_short_text(last->message, sizeof last->message, message);
}

static void load(PbayFleetTarget *target, const PbayTargetRecord *record, int64_t now,
                 int64_t shift)
{
    load_breaker(&target->breaker, &record->breaker, now, shift);
    load_latency(&target->latency, record, now, shift);
    load_last(&target->last, record, now, shift);
    target->calls = CLAMP(record->calls, 0, CALLS_MAX);
    target->failures = CLAMP(record->failures, 0, target->calls);
    target->stamp = record->changed;
    target->unstamped = false;
    target->changed = true;
    target->changed_at = record->changed - shift;
    atomic_store_explicit(&target->row.valuable, target->breaker.state != PBAY_BREAKER_CLOSED,
                          memory_order_relaxed);
}

/* What came from records is compared by their stamps alone: the same moment is not the same number
 * in two readings of both clocks. */
static bool is_newer(const PbayFleetTarget *target, const PbayTargetRecord *record, int64_t shift)
{
    return record->changed > target->stamp &&
           (!target->unstamped || record->changed > target->changed_at + shift);
}

void pbay_fleet_import(PbayFleet *fleet, int64_t now, int64_t wall_now,
                       const PbayTargetRecord *records, size_t n)
{
    int64_t shift = wall_now - now;
    for (size_t i = 0; i < n; i++) {
        const PbayTargetRecord *record = &records[i];
        g_autofree char *name = g_strndup(record->name, sizeof record->name);
        if (*name == '\0' || record->changed <= 0 || record->changed > wall_now + AHEAD_MAX)
            continue;
        PbayFleetRows rows = pbay_fleet_rows_get(fleet, name, NULL, now, NULL);
        pbay_fleet_rows_lock(rows);
        if (is_newer(rows.target, record, shift))
            load(rows.target, record, now, shift);
        pbay_fleet_rows_unlock(rows);
        pbay_fleet_rows_put(rows);
    }
}
