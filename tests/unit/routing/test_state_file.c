/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: merging, bounds, damage, and processes that race for it or are killed in the
 * middle of writing. */
#include "state_rig.h"

#include "base/error.h"

static void merge_one(const Rig *rig, const char *name, int64_t changed, int64_t calls,
                      int64_t wall_now)
{
    g_autoptr(GArray) records = records_new();
    g_autoptr(GError) error = NULL;
    records_add(records, name, changed)->calls = calls;
    bool good = pbay_state_file_merge(rig->path, records, wall_now, &error);
    g_assert_no_error(error);
    g_assert_true(good);
}

static int64_t calls_of(const Rig *rig, const char *name)
{
    g_autoptr(GArray) records = rig_records(rig);
    const PbayTargetRecord *record = records_find(records, name);
    return record != NULL ? record->calls : -1;
}

static PbayMoney cents(int n)
{
    return (PbayMoney)n * INT64_C(10000000000000000);
}

/* Books; gives the refusal's class, or 0. */
static int spend(const Rig *rig, int n, int cap, int64_t wall_now, int *sum)
{
    g_autoptr(GError) error = NULL;
    PbayMoney spent = -1;
    bool good = pbay_state_file_spend(rig->path, cents(n), cents(cap), wall_now, &spent, &error);
    g_assert_true(good == (error == NULL));
    if (sum != NULL)
        *sum = (int)(spent / cents(1));
    return good ? 0 : error->code;
}

static void set_or_not(const char *name, const char *value)
{
    if (value != NULL)
        g_setenv(name, value, TRUE);
    else
        g_unsetenv(name);
}

static void test_path(void)
{
    struct {
        const char *state, *home, *path;
    } rows[] = {{"/s", "/h", "/s/patchbay/state.json"},
                {NULL, "/h", "/h/.local/state/patchbay/state.json"},
                {"", "/h", "/h/.local/state/patchbay/state.json"},
                {"relative", "/h", "/h/.local/state/patchbay/state.json"},
                {NULL, "relative", NULL},
                {NULL, NULL, NULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = NULL;
        set_or_not("XDG_STATE_HOME", rows[i].state);
        set_or_not("HOME", rows[i].home);
        path = pbay_state_file_path();
        g_assert_cmpstr(path, ==, rows[i].path);
    }
}

/* ---- Merging ---- */

static void test_newest_wins(Rig *rig, gconstpointer data)
{
    (void)data;
    merge_one(rig, "a/x", WALL - 100, 1, WALL);
    merge_one(rig, "b/y", WALL - 90, 2, WALL);
    merge_one(rig, "a/x", WALL - 200, 3, WALL); /* older: lost */
    g_assert_cmpint(calls_of(rig, "a/x"), ==, 1);
    merge_one(rig, "a/x", WALL - 50, 4, WALL);
    g_assert_cmpint(calls_of(rig, "a/x"), ==, 4);
    g_assert_cmpint(calls_of(rig, "b/y"), ==, 2);
    merge_one(rig, "b/y", WALL - 90, 5, WALL); /* of one moment: what the caller has */
    g_assert_cmpint(calls_of(rig, "b/y"), ==, 5);
    g_assert_cmpuint(rig_count_warnings(), ==, 0);
    g_assert_cmpuint(rig_files(rig), ==, 2); /* with the lock, nothing left beside */
}

static void test_merged_whole(Rig *rig, gconstpointer data)
{
    g_autoptr(GArray) records = records_new();
    (void)data;
    merge_one(rig, "a/x", WALL - 100, 1, WALL);
    records_add(records, "c/z", WALL - 10);
    records_add(records, "a/x", WALL - 300)->calls = 9;
    records_add(records, "c/z", WALL - 5)->calls = 8; /* twice: the newer */
    records_add(records, "", WALL);                   /* none */
    g_assert_true(pbay_state_file_merge(rig->path, records, WALL, NULL));
    g_assert_cmpuint(records->len, ==, 2);
    g_assert_cmpstr(RECORD(records, 0).name, ==, "c/z"); /* newest first */
    g_assert_cmpint(RECORD(records, 0).calls, ==, 8);
    g_assert_cmpint(RECORD(records, 1).calls, ==, 1);
}

static void test_too_old(Rig *rig, gconstpointer data)
{
    (void)data;
    merge_one(rig, "a/x", WALL, 1, WALL);
    merge_one(rig, "b/y", WALL + PBAY_STATE_AGE, 1, WALL + PBAY_STATE_AGE);
    g_assert_cmpint(calls_of(rig, "a/x"), ==, 1);
    merge_one(rig, "b/y", WALL + PBAY_STATE_AGE + 1, 1, WALL + PBAY_STATE_AGE + 1);
    g_assert_cmpint(calls_of(rig, "a/x"), ==, -1);
}

/* Dated into the future by a clock that was wrong: it does not stay on top for ever. */
static void test_future(Rig *rig, gconstpointer data)
{
    (void)data;
    merge_one(rig, "a/x", WALL + 5 * DAY_MS, 1, WALL + 5 * DAY_MS);
    merge_one(rig, "b/y", WALL, 1, WALL);
    g_assert_cmpint(calls_of(rig, "a/x"), ==, 1); /* of use while nobody knows better */
    merge_one(rig, "a/x", WALL + 1, 2, WALL + 1);
    g_assert_cmpint(calls_of(rig, "a/x"), ==, 2);
    /* What happened a moment ago stands against it, though the merge comes a little later. */
    merge_one(rig, "c/z", WALL + 5 * DAY_MS, 1, WALL + 5 * DAY_MS);
    merge_one(rig, "c/z", WALL + 1000, 2, WALL + 1500);
    g_assert_cmpint(calls_of(rig, "c/z"), ==, 2);
    merge_one(rig, "b/y", WALL + 1000, 3, WALL + 900); /* clocks of one machine differ a little */
    merge_one(rig, "b/y", WALL + 950, 4, WALL + 900);
    g_assert_cmpint(calls_of(rig, "b/y"), ==, 3);
}

static void test_nothing_new(Rig *rig, gconstpointer data)
{
    struct stat before, after;
    (void)data;
    merge_one(rig, "a/x", WALL, 1, WALL);
    g_assert_cmpint(stat(rig->path, &before), ==, 0);
    merge_one(rig, "a/x", WALL, 1, WALL + 1);
    g_assert_cmpint(stat(rig->path, &after), ==, 0);
    g_assert_cmpuint(before.st_ino, ==, after.st_ino); /* not written again */
    g_assert_cmpint(before.st_mtim.tv_nsec, ==, after.st_mtim.tv_nsec);
}

static void test_bounded(Rig *rig, gconstpointer data)
{
    g_autoptr(GArray) records = records_new();
    struct stat st;
    (void)data;
    for (int i = 0; i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("p/%d-%0150d", i, 0);
        PbayTargetRecord *record = records_add(records, name, WALL - i);
        memset(record->last_message, '\1', sizeof record->last_message - 1);
        memset(record->breaker.why, '\1', sizeof record->breaker.why - 1);
        memset(record->histogram, 3, sizeof record->histogram);
    }
    g_assert_true(pbay_state_file_merge(rig->path, records, WALL, NULL));
    g_assert_cmpuint(records->len, <=, PBAY_STATE_TARGETS);
    g_assert_cmpuint(records->len, >, 100);
    g_assert_cmpint(stat(rig->path, &st), ==, 0);
    g_assert_cmpuint((size_t)st.st_size, <=, PBAY_STATE_MAX);
    g_autoptr(GArray) back = rig_records(rig);
    g_assert_cmpuint(back->len, ==, records->len);
    g_assert_true(g_str_has_prefix(RECORD(back, 0).name, "p/0-"));
    g_assert_cmpuint(rig_count_warnings(), ==, 0);
}

/* ---- Damage ---- */

static void test_damaged(Rig *rig, gconstpointer data)
{
    g_autofree char *aside = g_strconcat(rig->path, ".damaged", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GArray) records = records_new();
    rig_write(rig, data);
    for (int i = 0; i < 3; i++)
        g_assert_true(pbay_state_file_read(rig->path, records, NULL));
    g_assert_cmpuint(records->len, ==, 0);
    merge_one(rig, "a/x", WALL, 1, WALL);
    g_assert_cmpint(calls_of(rig, "a/x"), ==, 1);
    g_assert_cmpint(spend(rig, 1, 10, WALL, NULL), ==, 0);
    g_assert_cmpuint(rig_count_warnings(), ==, 1); /* said once */
    rig_assert_log(rig->path);
    rig_assert_log("damaged");
    g_assert_true(g_file_get_contents(aside, &text, NULL, NULL)); /* nothing of theirs is lost */
    g_assert_cmpstr(text, ==, data);
}

static void test_oversized(Rig *rig, gconstpointer data)
{
    g_autofree char *large = g_strnfill(PBAY_STATE_MAX + 1, ' ');
    (void)data;
    rig_write(rig, large);
    merge_one(rig, "a/x", WALL, 1, WALL);
    g_assert_cmpint(calls_of(rig, "a/x"), ==, 1);
    g_assert_cmpuint(rig_count_warnings(), ==, 1);
    rig_assert_log("larger");
}

static void test_empty(Rig *rig, gconstpointer data)
{
    (void)data;
    rig_write(rig, "");
    merge_one(rig, "a/x", WALL, 1, WALL);
    g_assert_cmpint(calls_of(rig, "a/x"), ==, 1);
    g_assert_cmpuint(rig_count_warnings(), ==, 0);
}

static void test_later_patchbay(Rig *rig, gconstpointer data)
{
    static const char later[] = "{\"patchbay-state\":7,\"all\":\"different\"}";
    g_autoptr(GArray) records = records_new();
    g_autoptr(GError) error = NULL;
    (void)data;
    rig_write(rig, later);
    g_assert_false(pbay_state_file_read(rig->path, records, &error));
    g_assert_error(error, PBAY_ERROR, PB_ERR_CONFIG);
    records_add(records, "a/x", WALL);
    g_assert_false(pbay_state_file_merge(rig->path, records, WALL, NULL));
    g_assert_cmpuint(records->len, ==, 1);
    g_assert_cmpint(spend(rig, 1, 10, WALL, NULL), ==, PB_ERR_CONFIG);
    g_autofree char *text = rig_text(rig);
    g_assert_cmpstr(text, ==, later);
}

/* Records that cannot be read are left out, once said; the others stay. */
static void test_bad_record(Rig *rig, gconstpointer data)
{
    (void)data;
    merge_one(rig, "a/x", WALL, 1, WALL);
    merge_one(rig, "b/y", WALL, 1, WALL);
    g_autofree char *text = rig_text(rig);
    g_autoptr(GString) changed = g_string_new(text);
    g_string_replace(changed, "closed", "ajar", 1);
    rig_write(rig, changed->str);
    merge_one(rig, "c/z", WALL, 1, WALL);
    g_autoptr(GArray) records = rig_records(rig);
    g_assert_cmpuint(records->len, ==, 2);
    g_assert_cmpuint(rig_count_warnings(), ==, 1);
    rig_assert_log("1 of its records");
}

/* ---- Billed probes ---- */

static void test_spend(Rig *rig, gconstpointer data)
{
    int sum;
    (void)data;
    g_assert_cmpint(spend(rig, 4, 10, WALL, &sum), ==, 0);
    g_assert_cmpint(sum, ==, 4);
    merge_one(rig, "a/x", WALL, 1, WALL); /* neither loses the other's */
    g_assert_cmpint(spend(rig, 6, 10, WALL, &sum), ==, 0);
    g_assert_cmpint(sum, ==, 10);
    g_assert_cmpint(spend(rig, 1, 10, WALL, &sum), ==, PB_ERR_QUOTA);
    g_assert_cmpint(sum, ==, 10);
    g_assert_cmpint(calls_of(rig, "a/x"), ==, 1);
    g_assert_cmpint(spend(rig, 1, 10, WALL + DAY_MS * 2, &sum), ==, 0);
    g_assert_cmpint(sum, ==, 1);
}

static void spend_in_vain(const Rig *rig, int number, int tell)
{
    (void)number, (void)tell;
    child_drop_rights();
    g_assert_cmpint(spend(rig, 1, 10, WALL, NULL), ==, PB_ERR_CONFIG);
}

/* What cannot be booked may not be spent. */
static void test_spend_read_only(Rig *rig, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(g_chmod(rig->dir, 0555), ==, 0);
    child_wait(child_start(rig, spend_in_vain, 0, NULL));
    g_assert_cmpint(g_chmod(rig->dir, 0755), ==, 0);
}

/* ---- Several processes ---- */

#define RACERS 3
#define ROUNDS 200

static void merge_many(const Rig *rig, int number, int tell)
{
    (void)tell;
    for (int i = 0; i < ROUNDS; i++) {
        /* Half on names of its own, half on one that all fight for. */
        g_autofree char *name =
            i % 2 == 0 ? g_strdup_printf("own/%d-%d", number, i) : g_strdup("shared/x");
        merge_one(rig, name, WALL + i * RACERS + number, i * RACERS + number, WALL);
    }
}

static void test_racing_merges(Rig *rig, gconstpointer data)
{
    pid_t pids[RACERS];
    (void)data;
    for (int n = 0; n < RACERS; n++)
        pids[n] = child_start(rig, merge_many, n, NULL);
    for (int n = 0; n < RACERS; n++)
        child_wait(pids[n]);
    g_autoptr(GArray) records = rig_records(rig);
    g_assert_cmpuint(records->len, ==, RACERS * ROUNDS / 2 + 1);
    for (int n = 0; n < RACERS; n++) {
        for (int i = 0; i < ROUNDS; i += 2) {
            g_autofree char *name = g_strdup_printf("own/%d-%d", n, i);
            g_assert_cmpint(records_find(records, name)->calls, ==, i * RACERS + n);
        }
    }
    g_assert_cmpint(records_find(records, "shared/x")->calls, ==,
                    (ROUNDS - 1) * RACERS + RACERS - 1); /* the newest of all */
    g_assert_cmpuint(rig_count_warnings(), ==, 0);
    g_assert_cmpuint(rig_files(rig), ==, 2);
}

/* Spends a cent as often as it may, and tells of each. */
static void spend_many(const Rig *rig, int number, int tell)
{
    (void)number;
    for (int i = 0; i < 60; i++)
        if (spend(rig, 1, 50, WALL, NULL) == 0)
            child_say(tell);
}

/* Three that try 60 times each, of which 50 may. */
static void test_racing_spenders(Rig *rig, gconstpointer data)
{
    pid_t pids[RACERS];
    int told[RACERS], sum = 0;
    (void)data;
    for (int n = 0; n < RACERS; n++)
        pids[n] = child_start(rig, spend_many, n, &told[n]);
    for (int n = 0; n < RACERS; n++) {
        char c;
        while (read(told[n], &c, 1) == 1)
            sum++;
        close(told[n]);
        child_wait(pids[n]);
    }
    g_assert_cmpint(sum, ==, 50);
}

static void merge_for_ever(const Rig *rig, int number, int tell)
{
    g_autoptr(GArray) records = records_new();
    for (int i = 0; i < 100; i++) {
        g_autofree char *name = g_strdup_printf("p%d/%d", number, i);
        records_add(records, name, WALL);
    }
    for (int64_t i = 0;; i++) {
        g_autoptr(GArray) all = records_new();
        for (guint k = 0; k < records->len; k++)
            RECORD(records, k).calls = i;
        g_array_append_vals(all, records->data, records->len);
        for (guint k = 0; k < all->len; k++)
            RECORD(all, k).changed = WALL + i;
        g_autoptr(GError) error = NULL;
        pbay_state_file_merge(rig->path, all, WALL, &error);
        g_assert_no_error(error);
        if (i == 2)
            child_say(tell);
    }
}

/* Killed at any moment, the file is whole: all records of one merge, or all of the one before. */
static void test_killed_writers(Rig *rig, gconstpointer data)
{
    (void)data;
    for (int round = 0; round < 25; round++) {
        int told;
        pid_t pid = child_start(rig, merge_for_ever, round % 2, &told);
        child_hear(told);
        g_usleep((gulong)g_random_int_range(0, 20000)); /* anywhere */
        g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
        g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
        close(told);
        g_autoptr(GArray) records = rig_records(rig);
        int64_t calls[2] = {-1, -1};
        g_assert_cmpuint(records->len, ==, round == 0 ? 100 : 200);
        for (guint i = 0; i < records->len; i++) {
            int64_t *all = &calls[RECORD(records, i).name[1] - '0'];
            *all = *all < 0 ? RECORD(records, i).calls : *all;
            g_assert_cmpint(RECORD(records, i).calls, ==, *all);
        }
        g_assert_cmpuint(rig_files(rig), <=, 3); /* at most one left beside */
    }
    g_assert_cmpuint(rig_count_warnings(), ==, 0);
}

/* Whoever reads while others replace finds the one or the other, never none and never a part. */
static void test_read_while_replaced(Rig *rig, gconstpointer data)
{
    int told;
    pid_t pid = child_start(rig, merge_for_ever, 0, &told);
    (void)data;
    child_hear(told);
    for (int i = 0; i < 20000; i++) {
        struct stat st;
        if (stat(rig->path, &st) != 0 || st.st_size < 1000)
            g_error("look %d found no whole file", i);
        if (i % 100 == 0) {
            g_autoptr(GArray) records = rig_records(rig);
            g_assert_cmpuint(records->len, ==, 100);
        }
    }
    g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
    close(told);
    g_assert_cmpuint(rig_count_warnings(), ==, 0);
}

int main(int argc, char **argv)
{
    static const char truncated[] = "{\"patchbay-state\":1,\"probes\":{\"day\":2";
    static const char foreign[] = "[defaults]\nmodel = openai/gpt-4\n";
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/state_file/path", test_path);
#define ADD(name, data, fn)                                                                        \
    g_test_add("/routing/state_file/" name, Rig, data, set_up, fn, tear_down)
    ADD("newest-wins", NULL, test_newest_wins);
    ADD("merged-whole", NULL, test_merged_whole);
    ADD("too-old", NULL, test_too_old);
    ADD("future", NULL, test_future);
    ADD("nothing-new", NULL, test_nothing_new);
    ADD("bounded", NULL, test_bounded);
    ADD("damaged", truncated, test_damaged);
    ADD("foreign", foreign, test_damaged);
    ADD("oversized", NULL, test_oversized);
    ADD("empty", NULL, test_empty);
    ADD("later-patchbay", NULL, test_later_patchbay);
    ADD("bad-record", NULL, test_bad_record);
    ADD("spend", NULL, test_spend);
    ADD("spend-read-only", NULL, test_spend_read_only);
    ADD("racing-merges", NULL, test_racing_merges);
    ADD("racing-spenders", NULL, test_racing_spenders);
    ADD("killed-writers", NULL, test_killed_writers);
    ADD("read-while-replaced", NULL, test_read_while_replaced);
    return g_test_run();
}
