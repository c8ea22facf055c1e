# SPDX-License-Identifier: Apache-2.0
# Tests of this room load fake drivers.
add_dependencies(${PBAY_TARGET} pbay_fakes)
# This one loads all drivers of the build.
if(PBAY_TARGET STREQUAL unit_snapshot_shipped)
  get_property(drivers GLOBAL PROPERTY PATCHBAY_DRIVERS)
  add_dependencies(${PBAY_TARGET} ${drivers})
endif()
