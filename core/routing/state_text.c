/* SPDX-License-Identifier: Apache-2.0 */
/* The text of the state file, written and read strictly: whatever is read may have been written by
 * anybody, so each number has a range, and a record that leaves one is left out. Numbers of error
 * classes are those of the driver ABI, which only grow. */
#include "routing/state_text.h"

#include "base/str.h"
#include "json/reader.h"
#include "json/writer.h"

#define TIME_MAX  INT64_C(253402300799999) /* ms: the end of the year 9999 */
#define COUNT_MAX INT64_C(1000000000000000)
#define SPAN_MAX  INT64_C(864000000) /* ms: ten days */

/* What a member of a record may be. */
typedef struct Range {
    const char *name;
    int64_t least, most;
} Range;

static const Range range_changed = {"changed", 0, TIME_MAX};
static const Range range_trips = {"trips", 0, 1000};
static const Range range_in_a_row = {"failures", 0, 1000};
static const Range range_since = {"since", 0, TIME_MAX};
static const Range range_until = {"until", 0, TIME_MAX};
static const Range range_first_at = {"first_at", 0, TIME_MAX};
static const Range range_calls = {"calls", 0, COUNT_MAX};
static const Range range_failures = {"failures", 0, COUNT_MAX};
static const Range range_class = {"class", 0, 1000};
static const Range range_status = {"status", 0, 999};
static const Range range_at = {"at", 0, TIME_MAX};
static const Range range_ms = {"ms", -1, SPAN_MAX};
static const Range range_bucket = {NULL, 0, 1000000};

static const char *const histogram_names[2] = {"streams", "answers"};

/* ---- Writing ---- */

static void write_number(PbayJsonWriter *w, const Range *range, int64_t n)
{
    pbay_json_member_int(w, range->name, CLAMP(n, range->least, range->most));
}

/* A text of plain data: it may lack its end. */
static pb_str bounded(const char *text, size_t size)
{
    return (pb_str){text, strnlen(text, size)};
}

static void write_breaker(PbayJsonWriter *w, const PbayBreakerRecord *breaker)
{
    int32_t state = CLAMP(breaker->state, PBAY_BREAKER_CLOSED, PBAY_BREAKER_HALF_OPEN);

    pbay_json_key(w, PBAY_STR("breaker"));
    pbay_json_open(w, true);
    pbay_json_member_str(w, "state", pbay_str(pbay_breaker_state_name((PbayBreakerState)state)));
    write_number(w, &range_trips, breaker->trips);
    write_number(w, &range_in_a_row, breaker->failures);
    write_number(w, &range_since, breaker->since);
    write_number(w, &range_until, breaker->until);
    pbay_json_member_str(w, "why", bounded(breaker->why, sizeof breaker->why));
    pbay_json_close(w);
}

/* Without the zeros at its end. */
static void write_histogram(PbayJsonWriter *w, const char *name, const uint32_t *buckets, size_t n)
{
    while (n > 0 && buckets[n - 1] == 0)
        n--;
    pbay_json_key(w, pbay_str(name));
    pbay_json_open(w, false);
    for (size_t i = 0; i < n; i++)
        pbay_json_write_int(w, MIN((int64_t)buckets[i], range_bucket.most));
    pbay_json_close(w);
}

static void write_last(PbayJsonWriter *w, const PbayTargetRecord *record)
{
    pbay_json_key(w, PBAY_STR("last"));
    pbay_json_open(w, true);
    pbay_json_member_bool(w, "ok", record->last_ok);
    write_number(w, &range_class, record->last_cls);
    write_number(w, &range_status, record->last_status);
    write_number(w, &range_at, record->last_at);
    write_number(w, &range_ms, record->last_ms);
    pbay_json_member_str(w, "message", bounded(record->last_message, sizeof record->last_message));
    pbay_json_close(w);
}

static void write_record(GString *out, const PbayTargetRecord *record)
{
    bool known = record->first_ms >= 0 && record->first_ms <= (double)SPAN_MAX; /* not for NaN */
    PbayJsonWriter w;

    pbay_json_writer_init(&w, out);
    pbay_json_open(&w, true);
    pbay_json_member_str(&w, "name", bounded(record->name, sizeof record->name));
    write_number(&w, &range_changed, record->changed);
    write_breaker(&w, &record->breaker);
    pbay_json_key(&w, PBAY_STR("first_ms"));
    pbay_json_write_real(&w, known ? record->first_ms : -1);
    write_number(&w, &range_first_at, record->first_at);
    write_number(&w, &range_calls, record->calls);
    write_number(&w, &range_failures, record->failures);
    for (size_t i = 0; i < G_N_ELEMENTS(histogram_names); i++)
        write_histogram(&w, histogram_names[i], record->histogram[i],
                        G_N_ELEMENTS(record->histogram[i]));
    write_last(&w, record);
    pbay_json_close(&w);
}

/* Money in its own unit, so that no digit is lost. */
static void append_units(GString *out, PbayMoney money)
{
    char digits[48];
    size_t at = sizeof digits;

    for (PbayMoney rest = MAX(money, 0); rest != 0 || at == sizeof digits; rest /= 10)
        digits[--at] = (char)('0' + (int)(rest % 10));
    g_string_append_len(out, digits + at, (gssize)(sizeof digits - at));
}

guint pbay_state_write(const PbayDailyCap *probes, const GArray *records, size_t max, GString *out)
{
    g_autoptr(GString) one = g_string_new(NULL);
    size_t end = out->len + max - 4; /* what closes it */
    guint n = 0;

    g_string_append_printf(
        out, "{\"patchbay-state\":%d,\n\"probes\":{\"day\":%" G_GINT64_FORMAT ",\"spent_e18\":\"",
        PBAY_STATE_FORMAT, CLAMP(probes->day, 0, TIME_MAX));
    append_units(out, probes->spent);
    g_string_append(out, "\"},\n\"targets\":[");
    for (; n < records->len; n++) {
        g_string_truncate(one, 0);
        g_string_append(one, n > 0 ? ",\n" : "\n");
        write_record(one, &g_array_index(records, PbayTargetRecord, n));
        if (out->len + one->len > end)
            break;
        g_string_append_len(out, one->str, (gssize)one->len);
    }
    g_string_append(out, "\n]}\n");
    return n;
}

/* ---- Reading ---- */

static bool read_number(const pb_json *object, const Range *range, int64_t *n)
{
    const pb_json *value = pbay_json_get(object, pbay_str(range->name));

    *n = pbay_json_int(value, INT64_MIN);
    return pbay_json_type(value) == PB_JSON_INT && *n >= range->least && *n <= range->most;
}

static bool read_small(const pb_json *object, const Range *range, int32_t *n)
{
    int64_t number;

    if (!read_number(object, range, &number))
        return false;
    *n = (int32_t)number;
    return true;
}

/* At most size - 1 bytes, cut between characters; up to a NUL if there is one. */
static bool read_text(const pb_json *object, const char *name, char *to, size_t size)
{
    const pb_json *value = pbay_json_get(object, pbay_str(name));
    pb_str text = pbay_json_str(value);

    if (text.len >= size) {
        text.len = size - 1;
        while (text.len > 0 && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
            text.len--;
    }
    if (text.len > 0)
        memcpy(to, text.ptr, text.len);
    to[text.len] = '\0';
    return pbay_json_type(value) == PB_JSON_STRING;
}

static bool read_breaker(const pb_json *object, PbayBreakerRecord *breaker)
{
    pb_str state = pbay_json_str(pbay_json_get(object, PBAY_STR("state")));

    breaker->state = -1;
    for (int32_t i = PBAY_BREAKER_CLOSED; i <= PBAY_BREAKER_HALF_OPEN; i++)
        if (pbay_str_is(state, pbay_breaker_state_name((PbayBreakerState)i)))
            breaker->state = i;
    return breaker->state >= 0 && read_small(object, &range_trips, &breaker->trips) &&
           read_small(object, &range_in_a_row, &breaker->failures) &&
           read_number(object, &range_since, &breaker->since) &&
           read_number(object, &range_until, &breaker->until) &&
           read_text(object, "why", breaker->why, sizeof breaker->why);
}

static bool read_histogram(const pb_json *array, uint32_t *buckets, size_t n)
{
    size_t i = 0;

    if (pbay_json_type(array) != PB_JSON_ARRAY || pbay_json_len(array) > n)
        return false;
    for (const pb_json *item = pbay_json_first(array, NULL); item != NULL;
         item = pbay_json_next(item, NULL)) {
        int64_t count = pbay_json_int(item, -1);

        if (count < range_bucket.least || count > range_bucket.most)
            return false;
        buckets[i++] = (uint32_t)count;
    }
    return true;
}

static bool read_last(const pb_json *object, PbayTargetRecord *record)
{
    const pb_json *good = pbay_json_get(object, PBAY_STR("ok"));

    record->last_ok = pbay_json_bool(good, 0) != 0;
    return pbay_json_type(good) == PB_JSON_BOOL &&
           read_small(object, &range_class, &record->last_cls) &&
           read_small(object, &range_status, &record->last_status) &&
           read_number(object, &range_at, &record->last_at) &&
           read_number(object, &range_ms, &record->last_ms) &&
           read_text(object, "message", record->last_message, sizeof record->last_message);
}

static bool read_first(const pb_json *object, double *first_ms)
{
    const pb_json *value = pbay_json_get(object, PBAY_STR("first_ms"));
    int32_t type = pbay_json_type(value);

    *first_ms = pbay_json_real(value, -2);
    return (type == PB_JSON_INT || type == PB_JSON_REAL) && *first_ms >= -1 &&
           *first_ms <= (double)SPAN_MAX;
}

/* A name of which a part is missing would be another target's. */
static bool read_name(const pb_json *object, char *name, size_t size)
{
    pb_str text = pbay_json_str(pbay_json_get(object, PBAY_STR("name")));

    return text.len > 0 && text.len < size && memchr(text.ptr, '\0', text.len) == NULL &&
           read_text(object, "name", name, size);
}

static bool read_record(const pb_json *object, PbayTargetRecord *record)
{
    memset(record, 0, sizeof *record);
    for (size_t i = 0; i < G_N_ELEMENTS(histogram_names); i++)
        if (!read_histogram(pbay_json_get(object, pbay_str(histogram_names[i])),
                            record->histogram[i], G_N_ELEMENTS(record->histogram[i])))
            return false;
    return read_name(object, record->name, sizeof record->name) &&
           read_number(object, &range_changed, &record->changed) &&
           read_breaker(pbay_json_get(object, PBAY_STR("breaker")), &record->breaker) &&
           read_first(object, &record->first_ms) &&
           read_number(object, &range_first_at, &record->first_at) &&
           read_number(object, &range_calls, &record->calls) &&
           read_number(object, &range_failures, &record->failures) &&
           read_last(pbay_json_get(object, PBAY_STR("last")), record);
}

static bool read_probes(const pb_json *object, PbayDailyCap *probes)
{
    static const Range day = {"day", 0, TIME_MAX};
    const pb_json *value = pbay_json_get(object, PBAY_STR("spent_e18"));
    pb_str units = pbay_json_str(value);
    PbayMoney sum = 0;

    if (!read_number(object, &day, &probes->day) || units.len == 0 || units.len > 36)
        return false;
    for (size_t i = 0; i < units.len; i++) {
        if (!g_ascii_isdigit(units.ptr[i]))
            return false;
        sum = sum * 10 + (units.ptr[i] - '0');
    }
    probes->spent = sum;
    return true;
}

/* The text is JSON: is it ours, and what does it hold? */
static PbayStateRead read_root(const pb_json *root, PbayState *state, GArray *records, char **why)
{
    int64_t format = pbay_json_int(pbay_json_get(root, PBAY_STR("patchbay-state")), -1);
    const pb_json *targets = pbay_json_get(root, PBAY_STR("targets"));

    if (format > PBAY_STATE_FORMAT) {
        *why = g_strdup_printf("it was written by a later Patchbay (format %" G_GINT64_FORMAT
                               "; this one knows %d)",
                               format, PBAY_STATE_FORMAT);
        return PBAY_STATE_NEWER;
    }
    if (format != PBAY_STATE_FORMAT || pbay_json_type(targets) != PB_JSON_ARRAY ||
        !read_probes(pbay_json_get(root, PBAY_STR("probes")), &state->probes)) {
        *why = g_strdup("it is not what Patchbay writes there");
        return PBAY_STATE_DAMAGED;
    }
    for (const pb_json *item = pbay_json_first(targets, NULL); item != NULL;
         item = pbay_json_next(item, NULL)) {
        PbayTargetRecord record;

        if (read_record(item, &record))
            g_array_append_val(records, record);
        else
            state->dropped++;
    }
    if (state->dropped > 0)
        *why = g_strdup_printf("%u of its records cannot be read and are left out", state->dropped);
    return PBAY_STATE_GOOD;
}

PbayStateRead pbay_state_parse(pb_str text, PbayState *state, GArray *records, char **why)
{
    static const PbayJsonLimits limits = {.max_depth = 8};
    g_autoptr(PbayArena) arena = pbay_arena_new(0);
    g_autoptr(GError) error = NULL;
    const pb_json *root = pbay_json_parse(arena, text, &limits, 0, &error);

    memset(state, 0, sizeof *state);
    *why = NULL;
    if (root != NULL)
        return read_root(root, state, records, why);
    *why = g_strdup(error->message);
    return PBAY_STATE_DAMAGED;
}
