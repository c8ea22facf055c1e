/* SPDX-License-Identifier: Apache-2.0 */
/* What the vendors have in common: judging a request's JSON member by member, and the pieces that a
 * scripted model says. Everything runs on the stub's thread. */
#ifndef TESTS_STUB_VENDOR_PARTS_H
#define TESTS_STUB_VENDOR_PARTS_H

#include "stub/vendor.h"

#include <json-c/json.h>

Vendor *vendor_new(StubHandler handler, const char *key);

/* A request as it is judged; the first complaint stays. */
typedef struct VendorRequest {
    const Vendor *vendor;
    const StubRequest *http;
    json_object *body; /* NULL until vendor_read_body */
    const char *model;
    bool stream;
    int status; /* of the complaint; 0: none */
    char *complaint;
} VendorRequest;

void vendor_request_clear(VendorRequest *r);
void vendor_complain(VendorRequest *r, int status, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The body as an object, sent as application/json and named `model`. */
void vendor_read_body(VendorRequest *r);
/* Members of object beyond the NULL-terminated list are a complaint, and so is a null. */
void vendor_only(VendorRequest *r, json_object *object, const char *where,
                 const char *const *members);
/* The member of that type; complains when it is another, or missing and needed. */
json_object *vendor_member(VendorRequest *r, json_object *object, const char *name, json_type type,
                           bool needed);
/* "stop" of a model called "http-429": 429; 0 otherwise. */
int vendor_status_of(const char *model);
bool vendor_is(const VendorRequest *r, const char *model);

/* What a model says: pieces of text, and what happens after them. */
typedef enum VendorEnd {
    VENDOR_FINISHES,
    VENDOR_STALLS,
    VENDOR_CUTS,
    VENDOR_FAILS, /* an error inside the 200 */
} VendorEnd;

typedef struct VendorSpeech {
    GPtrArray *pieces; /* char * */
    char *reasoning;   /* or NULL */
    VendorEnd end;
    bool calls_tool;
} VendorSpeech;

/* By the model's name; last_user is what `parrot` repeats, n_messages what `count` tells. */
VendorSpeech vendor_speech(const VendorRequest *r, const char *last_user, size_t n_messages);
void vendor_speech_clear(VendorSpeech *speech);
char *vendor_speech_text(const VendorSpeech *speech); /* whole; g_free */

/* Adds the step of the end that is none of the protocol's: stall, cut. */
void vendor_end_script(StubScript *script, VendorEnd end);
/* JSON text of a tree without escaped slashes, borrowed from the tree. */
const char *vendor_json(json_object *tree);
/* {"name": text ...}: parsed from a literal; aborts the test when it is wrong. */
json_object *vendor_tree(const char *json);
json_object *vendor_string(const char *text);

#endif
