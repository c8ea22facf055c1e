/* SPDX-License-Identifier: Apache-2.0 */
/* The thread between a fleet and its state file. Whoever settles or chooses only raises a flag and,
 * if it was down, wakes the thread through an eventfd; without flags it sleeps in poll for ever.
 * All reading and writing of the file is the thread's, but for the first look of pbay_share_new. */
#include "routing/share.h"

#include "base/error.h"
#include "observe/log.h"
#include "routing/state_file.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WRITE_EVERY 1000 /* ms between two writes, but for breakers   */
#define LOOK_EVERY  1000 /* ms that a look at the file is good for    */
#define RETRY_EVERY 5000 /* ms after a failure until the next attempt */

/* Which file was seen last: one that was replaced differs in something. */
typedef struct Seen {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec changed;
} Seen;

struct PbayShare {
    PbayFleet *fleet;
    char *path;
    int wake; /* eventfd; -1: there is no thread */
    pthread_t thread;
    /* Raised by anybody, lowered by the thread. */
    atomic_bool urgent, changed, touched, stop;
    atomic_int_least64_t looked; /* when the file was last looked at, monotonic ms */

    /* The thread's. */
    Seen seen;
    int64_t wrote; /* when a write was last tried, monotonic ms */
    bool failing;  /* the last try failed, and this was said    */
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- What the thread does ---- */

/* The first of several failures is a warning, and so the log tells when it works again. */
static void tell(PbayShare *share, bool good, const GError *error)
{
    if (!good && !share->failing)
        pbay_log(PBAY_LOG_WARN, "routing",
                 "what is known of targets is not shared with other processes: %s", error->message);
    else if (good && share->failing)
        pbay_log(PBAY_LOG_INFO, "routing", "the state file %s works again", share->path);
    share->failing = !good;
}

static Seen see(const char *path)
{
    struct stat file;

    if (lstat(path, &file) != 0)
        return (Seen){0};
    return (Seen){file.st_dev, file.st_ino, file.st_size, file.st_mtim};
}

static bool same(const Seen *a, const Seen *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static void import(PbayShare *share, GArray *records)
{
    int64_t now = clock_ms(CLOCK_MONOTONIC), wall_now = clock_ms(CLOCK_REALTIME);

    for (guint i = 0; i < records->len; i++)
        pbay_state_record_redate(&g_array_index(records, PbayTargetRecord, i), wall_now);
    pbay_fleet_import(share->fleet, now, wall_now, (const PbayTargetRecord *)(void *)records->data,
                      records->len);
}

/* Takes in what others wrote, if anything. */
static void take_in(PbayShare *share)
{
    g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(PbayTargetRecord));
    g_autoptr(GError) error = NULL;
    Seen file = see(share->path);

    atomic_store(&share->looked, clock_ms(CLOCK_MONOTONIC));
    if (same(&file, &share->seen))
        return;
    if (!pbay_state_file_read(share->path, records, &error)) {
        tell(share, false, error);
        return;
    }
    share->seen = file;
    import(share, records);
}

/* Merges all that is known here into the file, which may have been removed or broken meanwhile, and
 * takes in the rest of it. */
static void write_out(PbayShare *share)
{
    g_autoptr(GArray) records = g_array_new(FALSE, FALSE, sizeof(PbayTargetRecord));
    g_autoptr(GError) error = NULL;
    int64_t now = clock_ms(CLOCK_MONOTONIC), wall_now = clock_ms(CLOCK_REALTIME);
    bool good;

    share->wrote = now;
    pbay_fleet_export(share->fleet, now, wall_now, 0, records);
    good = pbay_state_file_merge(share->path, records, wall_now, &error);
    tell(share, good, error);
    if (!good) {
        atomic_store(&share->changed, true);
        return;
    }
    share->seen = (Seen){0}; /* somebody may have replaced it again: the next look reads it */
    atomic_store(&share->looked, now);
    import(share, records);
}

/* How long the thread may sleep, in ms: 0 when there is something to do, -1 until it is woken. */
static int pause_of(const PbayShare *share, int64_t now)
{
    int64_t since = now - share->wrote;
    int64_t least = share->failing ? RETRY_EVERY : WRITE_EVERY;

    if (atomic_load(&share->stop) || atomic_load(&share->touched))
        return 0;
    if (atomic_load(&share->urgent) && !share->failing)
        return 0;
    if (!atomic_load(&share->urgent) && !atomic_load(&share->changed))
        return -1;
    return since >= least ? 0 : (int)(least - since);
}

static void rest(PbayShare *share, int pause)
{
    struct pollfd fd = {.fd = share->wake, .events = POLLIN};
    uint64_t n;

    if (poll(&fd, 1, pause) > 0 && read(share->wake, &n, sizeof n) < 0)
        return; /* somebody's signal; the flags are asked again */
}

static void *share_main(void *data)
{
    PbayShare *share = data;

    while (!atomic_load(&share->stop)) {
        int pause = pause_of(share, clock_ms(CLOCK_MONOTONIC));

        if (pause != 0) {
            rest(share, pause);
            continue;
        }
        if (atomic_exchange(&share->touched, false))
            take_in(share);
        if (pause_of(share, clock_ms(CLOCK_MONOTONIC)) != 0)
            continue;
        if (atomic_exchange(&share->urgent, false) | atomic_exchange(&share->changed, false))
            write_out(share);
    }
    if (atomic_load(&share->urgent) || atomic_load(&share->changed))
        write_out(share);
    return NULL;
}

/* ---- From any thread ---- */

static void wake(PbayShare *share)
{
    const uint64_t one = 1;

    while (write(share->wake, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* A flag that was up already has woken the thread. */
static void raise_flag(PbayShare *share, atomic_bool *flag)
{
    if (!atomic_exchange(flag, true))
        wake(share);
}

static void on_change(void *user, bool urgent)
{
    PbayShare *share = user;

    raise_flag(share, urgent ? &share->urgent : &share->changed);
}

void pbay_share_touch(PbayShare *share)
{
    if (share->wake >= 0 && clock_ms(CLOCK_MONOTONIC) - atomic_load(&share->looked) >= LOOK_EVERY)
        raise_flag(share, &share->touched);
}

const char *pbay_share_path(const PbayShare *share)
{
    return share->path;
}

/* Signals belong to the program's own threads. */
static bool start_thread(PbayShare *share)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&share->thread, NULL, share_main, share);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}

PbayShare *pbay_share_new(PbayFleet *fleet, const char *path)
{
    PbayShare *share = g_new0(PbayShare, 1);

    share->fleet = pbay_fleet_ref(fleet);
    share->path = g_strdup(path);
    share->wrote = clock_ms(CLOCK_MONOTONIC) - RETRY_EVERY;
    take_in(share);
    share->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (share->wake >= 0 && !start_thread(share)) {
        close(share->wake);
        share->wake = -1;
    }
    if (share->wake >= 0)
        pbay_fleet_set_listener(fleet, on_change, share);
    else
        pbay_log(PBAY_LOG_WARN, "routing",
                 "what is known of targets is not shared with other processes: the system gives no "
                 "more threads or descriptors");
    return share;
}

void pbay_share_free(PbayShare *share)
{
    if (share == NULL)
        return;
    if (share->wake >= 0) {
        pbay_fleet_set_listener(share->fleet, NULL, NULL);
        atomic_store(&share->stop, true);
        wake(share);
        pthread_join(share->thread, NULL);
        close(share->wake);
    }
    pbay_fleet_unref(share->fleet);
    g_free(share->path);
    g_free(share);
}
