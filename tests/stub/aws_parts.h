/* SPDX-License-Identifier: Apache-2.0 */
/* What servers of AWS do, written from the public description and with OpenSSL, so that nothing of
 * ours checks itself: verifying a request's Signature Version 4, and framing an event stream.
 * Functions are for the stub's thread. */
#ifndef TESTS_STUB_AWS_PARTS_H
#define TESTS_STUB_AWS_PARTS_H

#include "stub/vendor_parts.h"

typedef struct AwsKeys {
    const char *id, *secret, *token; /* token: NULL for a key that stays */
} AwsKeys;

/* Complains unless the request is signed with these keys for that service in that region, now, over
 * its host, content type and all x-amz headers. */
void aws_verify(VendorRequest *r, const AwsKeys *keys, const char *region, const char *service);

/* Adds one message with its three usual headers: event or exception (type) and JSON payload. */
void aws_send_event(StubScript *script, const char *type, const char *json);
void aws_send_exception(StubScript *script, const char *type, const char *json);

/* %XX decoded once; NULL: a byte that a path segment must not hold as it stands. g_free */
char *aws_decode_segment(const char *text, size_t len);

#endif
