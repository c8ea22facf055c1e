/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one file whole, with a bound and with words for every way it can fail. */
#ifndef PBAY_CONFIG_READFILE_H
#define PBAY_CONFIG_READFILE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* Appends the file's bytes to out. At most max bytes. any: pipes and devices may be read too (a
 * file the person named); else only regular files, and opening never blocks. 0, or an errno
 * (EISDIR, EFBIG, EINVAL = not a regular file ...) with *why saying it in words; the caller frees
 * it. Any thread. */
int pbay_config_read_file(const char *path, size_t max, bool any, GString *out, char **why);

#endif
