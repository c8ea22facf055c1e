/* SPDX-License-Identifier: Apache-2.0 */
/* The one type that holds secrets: it wipes itself, stays out of core dumps and prints as `***`.
 * Every value it ever held while alive is known to a process-wide registry, with which the log
 * writer, errors and explain take it out of any text. All functions: any thread. */
#ifndef PBAY_BASE_SECRET_H
#define PBAY_BASE_SECRET_H

#include <glib.h>
#include <patchbay/driver.h>
#include <stdbool.h>

typedef struct PbaySecret PbaySecret;

/* Copies value. The caller wipes its own copy (pbay_wipe). Reference-counted, starts at one. */
PbaySecret *pbay_secret_new(pb_str value);
PbaySecret *pbay_secret_ref(PbaySecret *secret);
void pbay_secret_unref(PbaySecret *secret); /* NULL is fine; the last one wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PbaySecret, pbay_secret_unref)

/* The bytes, borrowed as long as the caller holds a reference. Keep them on the stack. */
pb_str pbay_secret_peek(const PbaySecret *secret);

/* Overwrites memory in a way the compiler may not drop. */
void pbay_wipe(void *memory, size_t n);

/* Replaces each known secret value inside text by `***` (also its JSON-escaped, percent-encoded and
 * base64 forms), in place. Values shorter than 6 bytes are left alone: they would blot out prose.
 * Secrets that overlap go together. True if something was replaced. */
bool pbay_redact(GString *text);

/* Does this one secret stand in text, in one of the forms that pbay_redact knows? Also one shorter
 * than 6 bytes, as it is. */
bool pbay_secret_shows(const PbaySecret *secret, pb_str text);

/* True for header names that carry credentials whoever set them (authorization, x-api-key, api-key,
 * cookie, proxy-authorization ...). Case-insensitive. */
bool pbay_header_is_secret(pb_str name);

#endif
