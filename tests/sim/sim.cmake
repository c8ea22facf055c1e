# SPDX-License-Identifier: Apache-2.0
# A simulated fleet on virtual time: the room of calls over the transport in memory, thousands of calls a
# program. The linker puts the clocks of sim/clock.c in the place of the system's.
file(GLOB sim_support CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.c)
list(FILTER sim_support EXCLUDE REGEX "/test_[^/]*$")
add_library(pbay_sim STATIC ${sim_support})
target_include_directories(pbay_sim PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(pbay_sim PUBLIC pbay_call PkgConfig::GLIB m)
target_link_options(pbay_sim PUBLIC -Wl,--wrap=clock_gettime -Wl,--wrap=g_get_real_time)

file(GLOB sim_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.c)
foreach(source IN LISTS sim_tests)
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "^test_" "sim_" name ${name})
  pbay_test(${name} ${source} sim pbay_sim)
  if(PATCHBAY_SANITIZE)
    set_tests_properties(${name} PROPERTIES TIMEOUT 400)
  endif()
endforeach()
