/* SPDX-License-Identifier: MIT */
/* Base64 and base64url (RFC 4648). The caller brings the memory; nothing is allocated.
 * Pure; any thread. */
#ifndef PATCHBAY_LIB_BASE64_H
#define PATCHBAY_LIB_BASE64_H

#include <patchbay/driver.h>
#include <stdbool.h>

/* Characters that n bytes become; base64url leaves the padding out. */
size_t pbs_base64_size(size_t n);
size_t pbs_base64url_size(size_t n);

/* Write exactly that many characters, no NUL. */
void pbs_base64_encode(pb_str bytes, char *out);
void pbs_base64url_encode(pb_str bytes, char *out);

/* Takes both alphabets, blanks and line ends between the characters, padding or none. `out` has
 * room for text.len / 4 * 3 + 3 bytes; *n says how many came. False: a character of neither
 * alphabet, padding in the wrong place, or a length that no bytes have. */
bool pbs_base64_decode(pb_str text, uint8_t *out, size_t *n);

#endif
