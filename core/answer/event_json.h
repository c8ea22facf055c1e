/* SPDX-License-Identifier: Apache-2.0 */
/* Events as JSON, in the form recordings write them. Owned by one thread. */
#ifndef PBAY_ANSWER_EVENT_JSON_H
#define PBAY_ANSWER_EVENT_JSON_H

#include <json-c/json.h>
#include <patchbay/driver.h>

/* Appends the event to an array. A run of text, reasoning, refusal or tool-argument events of
 * one choice and index (without a new id or name) becomes one: how a vendor's bytes were split
 * must not show. */
void pbay_event_json_append(json_object *array, const pb_event *event);

/* "dropped", "clamped", "emulated", "unmet"; "unknown" otherwise. Static. */
const char *pbay_note_name(int32_t note);

#endif
