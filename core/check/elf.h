/* SPDX-License-Identifier: Apache-2.0 */
/* What a shared object says of itself: exported and imported symbols, needed libraries, flags.
 * Read from the file's bytes, every offset checked; nothing of it is run. Pure. */
#ifndef PBAY_CHECK_ELF_H
#define PBAY_CHECK_ELF_H

#include <glib.h>
#include <stdbool.h>

typedef struct PbayElf {
    GPtrArray *exports, *imports, *needed; /* char *: in the order of the file */
    bool nodelete;
    const char *sanitizer; /* the build's ("AddressSanitizer"), or NULL */
} PbayElf;

/* NULL with error (PBAY_ERROR, PB_ERR_INVALID): cannot be read, or is no shared object for this
 * machine. */
PbayElf *pbay_elf_read(const char *path, GError **error);
PbayElf *pbay_elf_parse(const char *bytes, size_t len, GError **error);
void pbay_elf_free(PbayElf *elf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbayElf, pbay_elf_free)

bool pbay_elf_has(const GPtrArray *names, const char *name);

#endif
