/* SPDX-License-Identifier: Apache-2.0 */
/* The state file as bytes on a disk: its lock, reading it with a bound, replacing it atomically.
 * Private to state_file.c. */
#ifndef PBAY_ROUTING_STATE_DISK_H
#define PBAY_ROUTING_STATE_DISK_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>
#include <sys/stat.h>

/* How long one waits for another process that holds the lock, ms. */
#define PBAY_STATE_LOCK_WAIT 5000

/* Makes the folder (0700) if there is none, and takes the lock, which is on "PATH.lock" (never
 * removed). The descriptor, or -1 with error. */
int pbay_state_lock(const char *path, GError **error);
void pbay_state_unlock(int lock); /* -1 is fine */

/* Appends what the file holds; *found is its stat, all zero when there is none. At most `max` bytes
 * and one more are read, so that one too long shows. False with error: a link, no regular file,
 * somebody else's, or it cannot be read. */
bool pbay_state_load(const char *path, size_t max, GString *bytes, struct stat *found,
                     GError **error);

/* Under the lock. Writes beside the file ("PATH.new"), syncs, renames over it, 0600. False with
 * error: the old file stands. */
bool pbay_state_replace(const char *path, const GString *bytes, GError **error);

/* Under the lock. Renames the file to "PATH.damaged", over one that was put there before. */
bool pbay_state_put_aside(const char *path, GError **error);

#endif
