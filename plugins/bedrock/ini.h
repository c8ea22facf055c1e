/* SPDX-License-Identifier: Apache-2.0 */
/* The shared credentials and config files of AWS: sections, keys and values. Pure; any thread. */
#ifndef BEDROCK_INI_H
#define BEDROCK_INI_H

#include <patchbay/driver.h>
#include <stdbool.h>

/* The value of a key in the section `prefix` + `name`, as in [profile dev]; the last one where it
 * stands twice. It points into the file. False: no such key. */
bool bedrock_ini_get(pb_str file, const char *prefix, pb_str name, const char *key, pb_str *value);

#endif
