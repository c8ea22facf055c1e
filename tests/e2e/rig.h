/* SPDX-License-Identifier: Apache-2.0 */
/* A box whose provider openai is a vendor on the stub, with the right key. For the test's thread.
 */
#ifndef TESTS_E2E_RIG_H
#define TESTS_E2E_RIG_H

#include "e2e/command.h"
#include "stub/vendor.h"

#include <json-c/json.h>

#define RIG_KEY "sk-e2e-right-key-0001"

typedef struct Rig {
    Box *box;
    Vendor *vendor;
    char *url; /* its base URL */
} Rig;

Rig *rig_new(void);
/* The same with a vendor that takes any key. */
Rig *rig_new_any_key(void);
/* The same with this server instead of the vendor. */
Rig *rig_new_with(StubHandler handler, void *user);
void rig_free(Rig *rig);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rig, rig_free)

Stub *rig_stub(const Rig *rig);
/* The n-th request's body, parsed; json_object_put. */
json_object *rig_sent(const Rig *rig, size_t n);
/* A member by path ("choices.0.message.content"), borrowed; NULL: not there. */
json_object *json_at(json_object *tree, const char *path);
const char *json_text_at(json_object *tree, const char *path);

#endif
