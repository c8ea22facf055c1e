/* SPDX-License-Identifier: Apache-2.0 */
/* A float as decimal text: the fewest digits that read back as the same float. Pure; any thread. */
#ifndef PBAY_ANSWER_FLOAT32_H
#define PBAY_ANSWER_FLOAT32_H

#include <glib.h>

/* Appends a JSON number. value is finite. */
void pbay_float32_append(GString *out, float value);

#endif
