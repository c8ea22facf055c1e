# SPDX-License-Identifier: Apache-2.0
# Each driver's golden is the same conversation of thirty messages; so is each look-alike's of OpenAI, which are held
# to a table of what they show.
add_library(pbay_golden STATIC ${CMAKE_CURRENT_LIST_DIR}/snippets.c)
target_include_directories(pbay_golden PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(pbay_golden PUBLIC PkgConfig::GLIB)
pbay_test(golden_thirty golden/test_golden.c unit pbay_check pbay_golden)
pbay_test(golden_alikes golden/test_alikes.c unit pbay_check pbay_golden)
