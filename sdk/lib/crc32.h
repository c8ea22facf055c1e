/* SPDX-License-Identifier: MIT */
/* CRC-32 as Ethernet, gzip and PNG have it (reflected 0xEDB88320, begun and ended with all ones).
 * Pure; any thread. */
#ifndef PATCHBAY_LIB_CRC32_H
#define PATCHBAY_LIB_CRC32_H

#include <patchbay/driver.h>

/* The checksum of what `crc` is the checksum of, followed by bytes; 0 to begin with. */
uint32_t pbs_crc32(uint32_t crc, pb_str bytes);

#endif
