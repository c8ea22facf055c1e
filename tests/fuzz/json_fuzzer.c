/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer's door to the differential case. Built with clang and -DPATCHBAY_FUZZ=ON. */
#include "fuzz/json_target.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_target_case((const char *)data, size);
    return 0;
}
