/* SPDX-License-Identifier: Apache-2.0 */
/* One file from path to running driver: check the place, map the image, judge the table, call
 * init. A loaded row is remembered for the life of the process and found again when the same
 * file comes up in a later scan. init and provider_open run driver code in this process: a
 * driver that crashes there cannot be survived, only contained by running it in a helper
 * process. [main]; a mutex lets several instances of the library scan one after the other. */
#include "drivers/load.h"

#include "drivers/image.h"
#include "drivers/place.h"
#include "drivers/row.h"
#include "drivers/table.h"
#include "observe/log.h"

#include <pthread.h>
#include <string.h>

typedef struct Started {
    PbayDriver *row;
    const pb_core_api *api;
} Started;

static pthread_mutex_t main_role = PTHREAD_MUTEX_INITIALIZER;

void pbay_driver_main_enter(void)
{
    pthread_mutex_lock(&main_role);
}

void pbay_driver_main_leave(void)
{
    pthread_mutex_unlock(&main_role);
}

static GPtrArray *started; /* Started *: every row whose init was called; never freed */

static bool same_file(const PbayDriver *a, const PbayDriver *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           a->mtime_ns == b->mtime_ns && strcmp(a->path, b->path) == 0;
}

static PbayDriver *find_started(const PbayDriver *row, const pb_core_api *api)
{
    for (guint i = 0; started != NULL && i < started->len; i++) {
        const Started *known = g_ptr_array_index(started, i);
        if (known->api == api && known->row->status == PBAY_DRIVER_LOADED &&
            same_file(known->row, row))
            return known->row;
    }
    return NULL;
}

PbayDriver *pbay_driver_judge(const char *path, bool check_folder, const pb_core_api *api)
{
    PbayDriver *row = pbay_driver_row_new(path);
    PbayDriverEntry entry = NULL;
    if (!pbay_driver_open_file(row, check_folder) || !pbay_driver_image_open(row, &entry))
        return row;
    PbayDriver *known = find_started(row, api);
    if (known != NULL) {
        pbay_driver_row_release(row);
        return known;
    }
    pbay_driver_table_judge(row, entry);
    return row;
}

bool pbay_driver_is_judged(const PbayDriver *row)
{
    return row->status == PBAY_DRIVER_REFUSED && row->reason == NULL;
}

static void remember(PbayDriver *row, const pb_core_api *api)
{
    Started *known = g_new(Started, 1);
    *known = (Started){row, api};
    if (started == NULL)
        started = g_ptr_array_new();
    g_ptr_array_add(started, known);
}

void pbay_driver_start(PbayDriver *row, const pb_core_api *api)
{
    row->core = g_new0(struct pb_core, 1);
    row->core->driver_id = g_strdup(row->id);
    remember(row, api);
    pbay_driver_main_enter();
    int32_t code = row->ops->init(api, row->core, &row->drv);
    pbay_driver_main_leave();
    if (code == 0) {
        row->status = PBAY_DRIVER_LOADED;
        pbay_log(PBAY_LOG_DEBUG, "drivers", "loaded %s %s from %s", row->id, row->version,
                 row->path);
        return;
    }
    const char *said = row->core->reported;
    pbay_driver_row_refuse(row,
                           said != NULL ? g_strdup_printf("init failed: %s", said)
                                        : g_strdup_printf("init failed with code %d and gave no "
                                                          "reason",
                                                          (int)code),
                           "put right what it names, or remove the file");
}

void pbay_driver_log_refusal(const PbayDriver *row)
{
    pbay_log(PBAY_LOG_WARN, "drivers", "%s is skipped: %s (%s)", row->path, row->reason,
             row->remedy);
}
