/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered by name: rows of targets and providers, found, made and forgotten. Names come
 * from clients too, so there are never more than PBAY_FLEET_MAX rows that nobody uses: the one idle
 * for longest goes, those whose breaker is out or that were under a limit in the last minute after
 * all others. A row in use stays whatever happens. Any thread; the fleet's lock is held shortly. */
#include "routing/fleet_internal.h"

#include <string.h>

/* So many idle rows are looked at for one that nobody misses. */
#define LOOK_AT 64

static void free_row(PbayFleetRow *row)
{
    pthread_mutex_destroy(&row->lock);
    g_free(row->name);
    g_free(row);
}

static void free_target(gpointer data)
{
    PbayFleetTarget *target = data;
    pbay_limiter_free(target->limiter);
    free_row(&target->row);
}

static void free_provider(gpointer data)
{
    PbayFleetProvider *provider = data;
    pbay_limiter_free(provider->limiter);
    pbay_keys_free(provider->keys);
    free_row(&provider->row);
}

static PbayFleetRow *make_target(int64_t now)
{
    PbayFleetTarget *target = g_new0(PbayFleetTarget, 1);
    target->breaker.since = target->breaker.window_at = now;
    pbay_latency_init(&target->latency);
    target->limiter = pbay_limiter_new();
    return &target->row;
}

static PbayFleetRow *make_provider(int64_t now)
{
    (void)now;
    PbayFleetProvider *provider = g_new0(PbayFleetProvider, 1);
    provider->keys = pbay_keys_new();
    provider->limiter = pbay_limiter_new();
    return &provider->row;
}

void pbay_fleet_tables_init(PbayFleet *fleet)
{
    fleet->targets.rows = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_target);
    fleet->providers.rows = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_provider);
    g_queue_init(&fleet->targets.order);
    g_queue_init(&fleet->providers.order);
}

void pbay_fleet_tables_clear(PbayFleet *fleet)
{
    g_hash_table_unref(fleet->targets.rows);
    g_hash_table_unref(fleet->providers.rows);
}

/* ---- names ----------------------------------------------------------------------------------- */

typedef struct Name {
    char text[PBAY_FLEET_NAME + 1];
} Name;

/* The name under which a row stands. */
static const char *key_of(const char *name, Name *space)
{
    size_t len = strlen(name);
    if (len <= PBAY_FLEET_NAME)
        return name;
    g_autofree char *digest =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)name, len);
    size_t keep = PBAY_FLEET_NAME - strlen(digest) - 1;
    while (keep > 0 && ((unsigned char)name[keep] & 0xC0) == 0x80)
        keep--; /* not within a character */
    g_snprintf(space->text, sizeof space->text, "%.*s~%s", (int)keep, name, digest);
    return space->text;
}

/* ---- one table, under the fleet's lock ------------------------------------------------------- */

static PbayFleetRow *look_up(PbayFleetTable *table, const char *name)
{
    Name space;
    return name != NULL ? g_hash_table_lookup(table->rows, key_of(name, &space)) : NULL;
}

static bool is_missed(const PbayFleetRow *row, int64_t now)
{
    return atomic_load_explicit(&row->valuable, memory_order_relaxed) ||
           (row->limited && now - row->limited_at <= PBAY_WINDOW_MS);
}

/* The row to forget, or NULL: all are in use. */
static PbayFleetRow *pick_idle(PbayFleetTable *table, int64_t now)
{
    PbayFleetRow *oldest = NULL;
    unsigned idle = 0;
    for (GList *link = table->order.head; link != NULL && idle < LOOK_AT; link = link->next) {
        PbayFleetRow *row = link->data;
        if (atomic_load_explicit(&row->refs, memory_order_acquire) != 0)
            continue;
        if (!is_missed(row, now))
            return row;
        oldest = oldest != NULL ? oldest : row;
        idle++;
    }
    return oldest;
}

static void forget_idle(PbayFleetTable *table, int64_t now)
{
    PbayFleetRow *row = NULL;
    while (g_hash_table_size(table->rows) >= PBAY_FLEET_MAX &&
           (row = pick_idle(table, now)) != NULL) {
        g_queue_unlink(&table->order, &row->link);
        g_hash_table_remove(table->rows, row->name);
    }
}

static PbayFleetRow *get_row(PbayFleetTable *table, const char *name, int64_t now,
                             PbayFleetRow *(*make)(int64_t now))
{
    Name space;
    const char *key = key_of(name, &space);
    PbayFleetRow *row = g_hash_table_lookup(table->rows, key);
    if (row != NULL) {
        g_queue_unlink(&table->order, &row->link);
    } else {
        forget_idle(table, now);
        row = make(now);
        row->name = g_strdup(key);
        row->link.data = row;
        atomic_init(&row->refs, 0);
        atomic_init(&row->valuable, false);
        pthread_mutex_init(&row->lock, NULL);
        g_hash_table_insert(table->rows, row->name, row);
    }
    g_queue_push_tail_link(&table->order, &row->link);
    return row;
}

static void *use(PbayFleetRow *row)
{
    if (row != NULL)
        atomic_fetch_add_explicit(&row->refs, 1, memory_order_relaxed);
    return row;
}

static void note_limit(PbayFleetRow *row, const PbayLimits *limits, int64_t now)
{
    if (limits == NULL)
        return;
    row->limited = true;
    row->limited_at = now;
}

/* ---- rows ------------------------------------------------------------------------------------ */

PbayFleetRows pbay_fleet_rows_get(PbayFleet *fleet, const char *target, const char *provider,
                                  int64_t now, const PbayTake *limited)
{
    PbayFleetRows rows = {0};
    pthread_mutex_lock(&fleet->lock);
    if (target != NULL)
        rows.target = use(get_row(&fleet->targets, target, now, make_target));
    if (provider != NULL)
        rows.provider = use(get_row(&fleet->providers, provider, now, make_provider));
    if (limited != NULL) {
        note_limit(&rows.target->row, limited->limits, now);
        note_limit(&rows.provider->row, limited->provider_limits, now);
    }
    pthread_mutex_unlock(&fleet->lock);
    return rows;
}

PbayFleetRows pbay_fleet_rows_find(PbayFleet *fleet, const char *target, const char *provider)
{
    PbayFleetRows rows = {0};
    pthread_mutex_lock(&fleet->lock);
    rows.target = use(look_up(&fleet->targets, target));
    rows.provider = use(look_up(&fleet->providers, provider));
    pthread_mutex_unlock(&fleet->lock);
    return rows;
}

PbayFleetRows pbay_fleet_rows_ref(PbayFleetRows rows)
{
    /* They have a reference already, so that none can be forgotten meanwhile. */
    use(rows.target != NULL ? &rows.target->row : NULL);
    use(rows.provider != NULL ? &rows.provider->row : NULL);
    return rows;
}

static void put_row(PbayFleetRow *row)
{
    atomic_fetch_sub_explicit(&row->refs, 1, memory_order_release);
}

void pbay_fleet_rows_put(PbayFleetRows rows)
{
    if (rows.target != NULL)
        put_row(&rows.target->row);
    if (rows.provider != NULL)
        put_row(&rows.provider->row);
}

void pbay_fleet_rows_lock(PbayFleetRows rows)
{
    if (rows.target != NULL)
        pthread_mutex_lock(&rows.target->row.lock);
    if (rows.provider != NULL)
        pthread_mutex_lock(&rows.provider->row.lock);
}

void pbay_fleet_rows_unlock(PbayFleetRows rows)
{
    if (rows.provider != NULL)
        pthread_mutex_unlock(&rows.provider->row.lock);
    if (rows.target != NULL)
        pthread_mutex_unlock(&rows.target->row.lock);
}

static void put_target(gpointer target)
{
    pbay_fleet_rows_put((PbayFleetRows){.target = target});
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const PbayFleetTarget *const *left = a, *const *right = b;
    return strcmp((*left)->row.name, (*right)->row.name);
}

GPtrArray *pbay_fleet_targets(PbayFleet *fleet)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(put_target);
    pthread_mutex_lock(&fleet->lock);
    for (GList *link = fleet->targets.order.head; link != NULL; link = link->next)
        g_ptr_array_add(all, use(link->data));
    pthread_mutex_unlock(&fleet->lock);
    g_ptr_array_sort(all, by_name);
    return all;
}
