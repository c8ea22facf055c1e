# SPDX-License-Identifier: Apache-2.0
# What more than one kind of test needs, as a static library: a server of raw bytes on a thread.
add_library(pbay_test_support STATIC ${CMAKE_CURRENT_LIST_DIR}/raw_server.c)
target_include_directories(pbay_test_support PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_compile_definitions(pbay_test_support PRIVATE _GNU_SOURCE)
target_link_libraries(pbay_test_support PUBLIC PkgConfig::GLIB Threads::Threads)
