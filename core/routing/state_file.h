/* SPDX-License-Identifier: Apache-2.0 */
/* The small file through which processes of one user share what they know of targets, and the day's
 * sum of billed probes: bounded, locked while it is read and replaced, replaced atomically; damaged
 * means empty. Blocking; not for a worker's thread. */
#ifndef PBAY_ROUTING_STATE_FILE_H
#define PBAY_ROUTING_STATE_FILE_H

#include "price/price.h"
#include "routing/fleet.h"

#define PBAY_STATE_MAX     ((size_t)1 << 20) /* bytes of the file                      */
#define PBAY_STATE_TARGETS 512               /* newest first; the rest is left out     */
#define PBAY_STATE_AGE     86400000          /* ms: older records are left out         */

/* "$XDG_STATE_HOME/patchbay/state.json", else under ~/.local/state. NULL: no home. g_free */
char *pbay_state_file_path(void);

/* Reads what is there (GArray of PbayTargetRecord, appended). A missing file is empty; a damaged
 * one too, said in the log once. False with error: it cannot be read, or is another user's, or that
 * of a later Patchbay. */
bool pbay_state_file_read(const char *path, GArray *records, GError **error);

/* A record that a wrong clock dated more than a minute into the future counts as a minute old: what
 * is known of the last minute stands against it, and it does not stay on top for ever. Merging does
 * so; whoever reads does it with the time it has. */
void pbay_state_record_redate(PbayTargetRecord *record, int64_t wall_now);

/* Merges records into the file: of one name the newer `changed` stands. On return `records` is the
 * merged whole. Folders are made (0700), the file is 0600. A full disk or a read-only folder is an
 * error and leaves the old file. */
bool pbay_state_file_merge(const char *path, GArray *records, int64_t wall_now, GError **error);

/* Books `amount` on today's (UTC) billed probes if the sum stays at most `cap`: *spent is the sum
 * after, or without it when refused. False with error: the cap is reached (PB_ERR_QUOTA), or the
 * file cannot be written (then nothing may be spent). */
bool pbay_state_file_spend(const char *path, PbayMoney amount, PbayMoney cap, int64_t wall_now,
                           PbayMoney *spent, GError **error);

#endif
