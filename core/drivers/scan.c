/* SPDX-License-Identifier: Apache-2.0 */
/* A scan: the folders in order, the files of each by name, every one judged before any is
 * started, so that of two drivers with one id the better claim wins and the other is a row. One
 * file never decides over another's fate. [main]; a process-wide mutex keeps two instances of
 * the library apart. */
#include "drivers/drivers.h"

#include "drivers/load.h"
#include "drivers/place.h"
#include "drivers/row.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

static pthread_mutex_t scanning = PTHREAD_MUTEX_INITIALIZER;

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_driver_name(const char *name)
{
    return name[0] != '.' && name[0] != '~' && g_str_has_suffix(name, ".so");
}

/* A folder that is not there is no mistake; one that is named twice is scanned once. */
static bool is_new_folder(const char *folder, GPtrArray *seen)
{
    struct stat st;
    if (stat(folder, &st) != 0)
        return errno != ENOENT && errno != ENOTDIR;
    g_autofree char *which = g_strdup_printf("%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    if (g_ptr_array_find_with_equal_func(seen, which, g_str_equal, NULL))
        return false;
    g_ptr_array_add(seen, g_steal_pointer(&which));
    return true;
}

/* Adds the rows of one folder. */
static void scan_folder(const char *folder, const pb_core_api *api, GPtrArray *rows)
{
    PbayDriver *row = pbay_driver_row_new(folder);
    if (!pbay_driver_check_folder(row, folder)) {
        g_ptr_array_add(rows, row);
        return;
    }
    g_autoptr(GError) error = NULL;
    GDir *dir = g_dir_open(folder, 0, &error);
    if (dir == NULL) {
        g_autofree char *shown = pbay_driver_shell_path(folder);
        pbay_driver_row_refuse(row, g_strdup(error->message), "chmod u+rx %s", shown);
        g_ptr_array_add(rows, row);
        return;
    }
    pbay_driver_row_release(row);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir))
        if (is_driver_name(name))
            g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
        g_ptr_array_add(rows, pbay_driver_judge(path, true, api));
    }
}

/* The loaded row with this id, or NULL. */
static PbayDriver *find_loaded(const GPtrArray *rows, const char *id)
{
    for (guint i = 0; i < rows->len; i++) {
        PbayDriver *row = g_ptr_array_index(rows, i);
        if (row->status == PBAY_DRIVER_LOADED && strcmp(row->id, id) == 0)
            return row;
    }
    return NULL;
}

/* Higher priority first; among equals the order of the scan. */
static gint by_claim(gconstpointer a, gconstpointer b)
{
    const PbayDriver *left = *(PbayDriver *const *)a, *right = *(PbayDriver *const *)b;
    return (left->priority < right->priority) - (left->priority > right->priority);
}

/* Starts what was judged, best claim first; who comes second to an id is refused. Rows taken
 * over from earlier scans are claims like the others: a better one may have come. */
static void start_all(GPtrArray *rows, const pb_core_api *api)
{
    g_autoptr(GPtrArray) claims = g_ptr_array_new();
    g_autoptr(GPtrArray) winners = g_ptr_array_new();
    for (guint i = 0; i < rows->len; i++) {
        PbayDriver *row = g_ptr_array_index(rows, i);
        if (row->status == PBAY_DRIVER_LOADED || pbay_driver_is_judged(row))
            g_ptr_array_add(claims, row);
    }
    g_ptr_array_sort(claims, by_claim); /* GLib's sort of pointer arrays is stable */
    for (guint i = 0; i < claims->len; i++) {
        PbayDriver *row = g_ptr_array_index(claims, i);
        const PbayDriver *first = find_loaded(winners, row->id);
        if (first == NULL && pbay_driver_is_judged(row))
            pbay_driver_start(row, api);
        if (first == NULL) {
            g_ptr_array_add(winners, row);
            continue;
        }
        guint at = 0;
        g_ptr_array_find(rows, row, &at);
        rows->pdata[at] = pbay_driver_row_displace(row, first);
    }
}

/* The same refusal as in the scan before need not be told again. */
static bool was_told(const PbayDriverSet *before, const PbayDriver *row)
{
    for (guint i = 0; before != NULL && i < before->rows->len; i++) {
        const PbayDriver *old = g_ptr_array_index(before->rows, i);
        if (old->status == PBAY_DRIVER_REFUSED && strcmp(old->path, row->path) == 0 &&
            strcmp(old->reason, row->reason) == 0)
            return true;
    }
    return false;
}

static void release_row(gpointer row)
{
    pbay_driver_row_release(row);
}

PbayDriverSet *pbay_drivers_scan(const PbayDriverSearch *search)
{
    PbayDriverSet *set = g_new0(PbayDriverSet, 1);
    atomic_init(&set->refs, 1);
    set->rows = g_ptr_array_new_with_free_func(release_row);
    g_auto(GStrv) standard = search->folders == NULL ? pbay_driver_folders() : NULL;
    const char *const *folders =
        search->folders != NULL ? search->folders : (const char *const *)standard;
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);

    pthread_mutex_lock(&scanning);
    for (size_t i = 0; folders[i] != NULL; i++)
        if (is_new_folder(folders[i], seen))
            scan_folder(folders[i], search->api, set->rows);
    start_all(set->rows, search->api);
    pthread_mutex_unlock(&scanning);

    for (guint i = 0; i < set->rows->len; i++) {
        const PbayDriver *row = g_ptr_array_index(set->rows, i);
        if (row->status == PBAY_DRIVER_REFUSED && !was_told(search->before, row))
            pbay_driver_log_refusal(row);
    }
    return set;
}

PbayDriver *pbay_drivers_load_file(const char *path, const pb_core_api *api)
{
    pthread_mutex_lock(&scanning);
    PbayDriver *row = pbay_driver_judge(path, false, api);
    if (pbay_driver_is_judged(row))
        pbay_driver_start(row, api);
    if (row->status == PBAY_DRIVER_REFUSED)
        pbay_driver_row_keep(row);
    pthread_mutex_unlock(&scanning);
    if (row->status == PBAY_DRIVER_REFUSED)
        pbay_driver_log_refusal(row);
    return row;
}

PbayDriverSet *pbay_driver_set_ref(PbayDriverSet *set)
{
    atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
    return set;
}

void pbay_driver_set_unref(PbayDriverSet *set)
{
    if (set == NULL || atomic_fetch_sub_explicit(&set->refs, 1, memory_order_acq_rel) != 1)
        return;
    g_ptr_array_unref(set->rows);
    g_free(set);
}

PbayDriver *pbay_driver_set_find(const PbayDriverSet *set, const char *id)
{
    return find_loaded(set->rows, id);
}
