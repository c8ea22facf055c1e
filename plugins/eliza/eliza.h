/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the ELIZA driver share: a run's arguments in one place. */
#ifndef ELIZA_H
#define ELIZA_H

#include <patchbay/driver.h>
#include <stdbool.h>

typedef struct ElizaRun {
    const pb_core_api *api;
    pb_xchg *x;
    const pb_request *request;
    int32_t (*cancelled)(pb_xchg *);
} ElizaRun;

/* KIND_CHAT, KIND_COMPLETION: hears the conversation, emits the answers. Engine thread. */
pb_next eliza_answer(const ElizaRun *run);

/* KIND_COUNT_TOKENS: emits the usage an answer would begin with. Engine thread. */
pb_next eliza_count(const ElizaRun *run);

/* Calls fail() and gives PB_FAIL. param NULL: none. */
pb_next eliza_fail(const ElizaRun *run, int32_t cls, const char *message, const char *param);

#endif
