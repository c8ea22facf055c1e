/* SPDX-License-Identifier: Apache-2.0 */
/* Retry hints of one driver: `replay_hints FILE.so RECORDING`. The recording is a refusal (429);
 * its last reply is given headers with hints, more of them at once than any vendor sends, and the
 * failure must carry the one that is trusted most: x-should-retry over the status, retry-after-ms,
 * Retry-After, what the body says, the reset of a limit that is used up. In memory, one thread. */
#include "check/replay.h"

#include "base/str.h"
#include "exchange/clock.h"
#include "exchange/exchange.h"
#include "observe/log.h"

#include <string.h>

#define HEADERS 6u
#define BODY    (-2) /* what the body alone says  */
#define LIMITS  (-3) /* that, or else the limit's reset: 90 s */
#define RESET   90000

typedef struct Header {
    const char *name, *value;
} Header;

typedef struct Row {
    const char *about;
    int status;
    Header headers[HEADERS];
    int64_t after_ms;
    int retryable; /* -1: as the driver thinks */
} Row;

#define USED_UP                                                                                    \
    {"x-ratelimit-remaining-requests", "0"},                                                       \
    {                                                                                              \
        "x-ratelimit-reset-requests", "1m30s"                                                      \
    }

static const Row rows[] = {
    {"should-not", 429, {{"x-should-retry", "false"}, {"retry-after", "5"}}, 5000, 0},
    {"ms-first", 429, {{"retry-after", "7"}, {"retry-after-ms", "1500.5"}, USED_UP}, 1501, 1},
    {"seconds", 429, {{"retry-after", "7"}, USED_UP}, 7000, 1},
    {"fraction", 429, {{"retry-after", "0.25"}}, 250, 1},
    {"date", 429, {{"retry-after", "Sun, 22 Nov 2026 10:30:30 GMT"}, USED_UP}, 30000, 1},
    {"past", 429, {{"retry-after", "Sun, 22 Nov 2026 10:00:00 GMT"}}, 1, 1},
    {"passed-up", 429, {{"retry-after", "3600"}, USED_UP}, 3600000, 1},
    {"below-zero", 429, {{"retry-after", "-7"}, {"retry-after-ms", "-1"}}, BODY, 1},
    {"limits", 429, {USED_UP}, LIMITS, 1},
    {"limits-after-nonsense", 429, {{"retry-after", "soon"}, USED_UP}, LIMITS, 1},
    {"not-used-up",
     429,
     {{"x-ratelimit-remaining-requests", "1"}, {"x-ratelimit-reset-requests", "9h"}},
     BODY,
     1},
    {"unavailable", 503, {{"retry-after", "2"}}, 2000, -1},
    {"should-after-all", 422, {{"x-should-retry", "true"}}, BODY, 1},
};

typedef struct World {
    PbayDriver *driver;
    const char *path;
    int64_t said; /* by the body alone; 0: nothing */
    bool stays;   /* what starts a paid run is never sent twice but after 429 */
} World;

static World world;

static void give(PbayRecordedReply *reply, const Row *row)
{
    static const char *const known[] = {"retry-after", "retry-after-ms", "x-should-retry",
                                        "x-ratelimit-remaining-requests",
                                        "x-ratelimit-reset-requests"};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        json_object_object_del(reply->headers, known[i]);
    if (row == NULL)
        return;
    reply->status = row->status;
    for (size_t i = 0; i < HEADERS && row->headers[i].name != NULL; i++)
        json_object_object_add(reply->headers, row->headers[i].name,
                               json_object_new_string(row->headers[i].value));
}

/* How the driver fails when its last reply has these headers (NULL: none of them). */
static PbayFailure *fail_with(const Row *row)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(PbayRecording) recording = pbay_recording_read(world.path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(recording->replies->len, >, 0);
    PbayRecordedReply *last = g_ptr_array_index(recording->replies, recording->replies->len - 1);
    g_assert_nonnull(last->headers);
    give(last, row);
    const PbayReplaySpec spec = {.mode = PBAY_SPLIT_RECORDED};
    PbayReplayResult result;
    g_assert_true(pbay_replay_run(world.driver, recording, &spec, &result, &error));
    g_assert_no_error(error);
    g_assert_nonnull(result.failure);
    PbayFailure *failure = pbay_failure_ref(result.failure);
    pbay_replay_result_clear(&result);
    return failure;
}

static void test_row(const void *data)
{
    const Row *row = data;
    g_autoptr(PbayFailure) failure = fail_with(row);
    int64_t after = row->after_ms;
    if (after == LIMITS)
        after = world.said > 0 ? world.said : RESET;
    else if (after == BODY)
        after = world.said;
    g_assert_cmpint(failure->retry_after_ms, ==, after);
    if (row->retryable >= 0 && !(world.stays && row->status != 429))
        g_assert_cmpint(failure->retryable, ==, row->retryable);
    else if (world.stays)
        g_assert_false(failure->retryable);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 3);
    pbay_log_set_level(PBAY_LOG_NONE);
    world.driver = pbay_drivers_load_file(argv[1], pbay_services());
    g_assert_cmpstr(world.driver->reason, ==, NULL);
    world.path = argv[2];
    world.stays = strcmp(world.driver->id, "replicate") == 0;
    g_autoptr(PbayFailure) bare = fail_with(NULL);
    world.said = bare->retry_after_ms;
    g_assert_cmpint(bare->http_status, ==, 429);
    g_assert_true(bare->retryable);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *name = g_strdup_printf("/hints/%s/%s", world.driver->id, rows[i].about);
        g_test_add_data_func(name, &rows[i], test_row);
    }
    return g_test_run();
}
