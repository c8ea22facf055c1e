# SPDX-License-Identifier: Apache-2.0
# Each driver's golden is the same conversation of thirty messages.
pbay_test(golden_thirty golden/test_golden.c unit pbay_check)
