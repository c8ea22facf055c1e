# SPDX-License-Identifier: Apache-2.0
# Tests of this room share a rig (a worker with a scripted transport and a fake driver of one table).
target_sources(${PBAY_TARGET} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/rig.c)
target_link_libraries(${PBAY_TARGET} PRIVATE pbay_test_support Threads::Threads)
add_dependencies(${PBAY_TARGET} pbay_fakes)
