# SPDX-License-Identifier: Apache-2.0
# Tests of this room load fake drivers.
add_dependencies(${PBAY_TARGET} pbay_fakes)
