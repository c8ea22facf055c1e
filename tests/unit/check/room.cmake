# SPDX-License-Identifier: Apache-2.0
# Tests of this room write recordings, replay them through fake drivers and run patchbay-drivercheck.
target_sources(${PBAY_TARGET} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/rig.c)
add_dependencies(${PBAY_TARGET} pbay_fakes patchbay_drivercheck driver_eliza driver_openai)
set_property(TEST ${PBAY_TARGET} APPEND PROPERTY ENVIRONMENT
             "PBAY_DRIVERCHECK=$<TARGET_FILE:patchbay_drivercheck>")
