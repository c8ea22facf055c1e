/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: read, merged and booked on, each change under the lock from reading to replacing.
 * A file that cannot be understood counts as empty, which is said once, and is put aside when it is
 * replaced; one of a later Patchbay, of another user or behind a link is left alone. */
#include "routing/state_file.h"

#include "base/error.h"
#include "base/str.h"
#include "observe/log.h"
#include "routing/state_disk.h"
#include "routing/state_text.h"

#include <pthread.h>
#include <stdlib.h>

/* Clocks of processes and of one process's threads differ a little; more is a clock that jumped. */
#define CLOCK_SLACK 60000

char *pbay_state_file_path(void)
{
    const char *base = secure_getenv("XDG_STATE_HOME");
    const char *home = secure_getenv("HOME");

    if (base != NULL && g_path_is_absolute(base))
        return g_build_filename(base, "patchbay", "state.json", NULL);
    if (home == NULL || !g_path_is_absolute(home))
        return NULL;
    return g_build_filename(home, ".local", "state", "patchbay", "state.json", NULL);
}

/* ---- What is there ---- */

/* The file as it was found. */
typedef struct Found {
    PbayState state;
    GString *text;
    bool damaged;
} Found;

static void found_clear(Found *found)
{
    g_string_free(found->text, TRUE);
}

/* Of each damaged file one line, however often it is read. */
static void say_once(const char *path, const struct stat *file, const char *why)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct stat last;
    bool said;

    pthread_mutex_lock(&lock);
    said = last.st_ino == file->st_ino && last.st_dev == file->st_dev &&
           last.st_size == file->st_size && last.st_mtim.tv_sec == file->st_mtim.tv_sec &&
           last.st_mtim.tv_nsec == file->st_mtim.tv_nsec;
    last = *file;
    pthread_mutex_unlock(&lock);
    if (!said)
        pbay_log(PBAY_LOG_WARN, "routing", "the state file %s is damaged: %s", path, why);
}

/* Makes `found` of the file; records are appended. */
static bool look(const char *path, Found *found, GArray *records, GError **error)
{
    g_autofree char *why = NULL;
    struct stat file;
    PbayStateRead read = PBAY_STATE_GOOD;

    *found = (Found){.text = g_string_new(NULL)};
    if (!pbay_state_load(path, PBAY_STATE_MAX, found->text, &file, error))
        return false;
    if (found->text->len > PBAY_STATE_MAX) {
        read = PBAY_STATE_DAMAGED;
        why = g_strdup_printf("it is larger than %zu bytes", PBAY_STATE_MAX);
    } else if (found->text->len > 0) {
        read = pbay_state_parse(pbay_str_of(found->text), &found->state, records, &why);
    }
    if (read == PBAY_STATE_NEWER) {
        g_set_error(error, PBAY_ERROR, PB_ERR_CONFIG,
                    "the state file %s cannot be used: %s; choose another file for this one", path,
                    why);
        return false;
    }
    found->damaged = read == PBAY_STATE_DAMAGED;
    if (found->damaged) {
        g_autofree char *words =
            g_strdup_printf("%s; what it held counts for nothing, and it is "
                            "put aside as %s.damaged when a new one is written",
                            why, path);

        say_once(path, &file, words);
    } else if (why != NULL) {
        say_once(path, &file, why);
    }
    return true;
}

bool pbay_state_file_read(const char *path, GArray *records, GError **error)
{
    Found found;
    bool good = look(path, &found, records, error);

    found_clear(&found);
    return good;
}

/* Replaces what was found by the text, unless it is the same. Under the lock. */
static bool replace(const char *path, const Found *found, const GString *text, GError **error)
{
    if (g_string_equal(text, found->text))
        return true;
    if (found->damaged && !pbay_state_put_aside(path, error))
        return false;
    return pbay_state_replace(path, text, error);
}

/* ---- Merging ---- */

void pbay_state_record_redate(PbayTargetRecord *record, int64_t wall_now)
{
    if (record->changed > wall_now + CLOCK_SLACK)
        record->changed = wall_now - CLOCK_SLACK;
}

static gint newest_first(gconstpointer a, gconstpointer b)
{
    const PbayTargetRecord *one = a, *two = b;

    if (one->changed != two->changed)
        return one->changed > two->changed ? -1 : 1;
    return strncmp(one->name, two->name, sizeof one->name);
}

/* Of each name the newest stays (ours where both are of one moment: `theirs` begins at that index);
 * then what is too old, or too much, goes. */
static void settle(GArray *records, guint theirs, int64_t wall_now)
{
    g_autoptr(GHashTable) best = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(PbayTargetRecord));

    for (guint i = 0; i < records->len; i++) {
        PbayTargetRecord *record = &g_array_index(records, PbayTargetRecord, i);
        PbayTargetRecord *other;

        record->name[sizeof record->name - 1] = '\0';
        other = g_hash_table_lookup(best, record->name);
        if (i >= theirs)
            pbay_state_record_redate(record, wall_now);
        if (other == NULL || record->changed > other->changed)
            g_hash_table_replace(best, record->name, record);
    }
    for (guint i = 0; i < records->len; i++) {
        const PbayTargetRecord *record = &g_array_index(records, PbayTargetRecord, i);

        if (record->name[0] != '\0' && g_hash_table_lookup(best, record->name) == record &&
            record->changed >= wall_now - PBAY_STATE_AGE)
            g_array_append_val(kept, *record);
    }
    g_array_sort(kept, newest_first);
    g_array_set_size(records, 0);
    if (kept->len > 0)
        g_array_append_vals(records, kept->data, MIN(kept->len, (guint)PBAY_STATE_TARGETS));
}

/* With the lock held. */
static bool merge(const char *path, GArray *records, int64_t wall_now, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint theirs = records->len;
    Found found;
    bool good = look(path, &found, records, error);

    if (good) {
        settle(records, theirs, wall_now);
        g_array_set_size(records,
                         pbay_state_write(&found.state.probes, records, PBAY_STATE_MAX, text));
        good = replace(path, &found, text, error);
    } else {
        g_array_set_size(records, theirs);
    }
    found_clear(&found);
    return good;
}

bool pbay_state_file_merge(const char *path, GArray *records, int64_t wall_now, GError **error)
{
    int lock = pbay_state_lock(path, error);
    bool good = lock >= 0 && merge(path, records, wall_now, error);

    pbay_state_unlock(lock);
    return good;
}

/* ---- Billed probes ---- */

/* With the lock held. */
static bool spend(const char *path, PbayMoney amount, PbayMoney cap, int64_t wall_now,
                  PbayMoney *spent, GError **error)
{
    g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(PbayTargetRecord));
    g_autoptr(GString) text = g_string_new(NULL);
    Found found;
    bool good = look(path, &found, records, error);

    if (good) {
        good = pbay_daily_cap_book(&found.state.probes, amount, cap, wall_now, error);
        *spent = found.state.probes.spent;
    }
    if (good) {
        pbay_state_write(&found.state.probes, records, PBAY_STATE_MAX, text);
        good = replace(path, &found, text, error);
    }
    found_clear(&found);
    return good;
}

bool pbay_state_file_spend(const char *path, PbayMoney amount, PbayMoney cap, int64_t wall_now,
                           PbayMoney *spent, GError **error)
{
    int lock = pbay_state_lock(path, error);
    bool good = false;

    *spent = 0;
    if (lock >= 0)
        good = spend(path, amount, cap, wall_now, spent, error);
    pbay_state_unlock(lock);
    return good;
}
