/* SPDX-License-Identifier: Apache-2.0 */
/* A server that speaks Amazon Bedrock's runtime, the part of AWS STS that gives keys of roles, and
 * the credentials endpoint of a container. For the test's thread. */
#ifndef TESTS_STUB_VENDOR_BEDROCK_H
#define TESTS_STUB_VENDOR_BEDROCK_H

#include "stub/aws_parts.h"

/* Who may ask: keys that stay, a Bedrock API key, the keys of a role that AssumeRole gave, those of
 * a container, those of a web identity. */
Vendor *vendor_bedrock_keys_new(void);
Vendor *vendor_bedrock_bearer_new(void);
Vendor *vendor_bedrock_role_new(void);
Vendor *vendor_bedrock_container_new(void);
Vendor *vendor_bedrock_web_new(void);

/* vendor_bedrock_bodies.c: judges r->body, which came for that operation of that model, and
 * answers; NULL after a complaint. */
StubScript *vendor_bedrock_converse(VendorRequest *r);
StubScript *vendor_bedrock_claude_text(VendorRequest *r);
StubScript *vendor_bedrock_titan_text(VendorRequest *r);

#endif
