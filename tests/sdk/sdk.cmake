# SPDX-License-Identifier: Apache-2.0
# tests/sdk/test_FILE.c is one GTest program for sdk/lib/FILE.c, test_FOLDER_FILE.c for one in a folder. The
# tests borrow the core's JSON reader and writer for the service table that host.h makes. outside/ is a
# vendor's project, built from the installed SDK.
file(GLOB sdk_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sdk/lib/*.c
                                         ${PROJECT_SOURCE_DIR}/sdk/lib/*/*.c)
add_library(patchbay_sdk_lib STATIC ${sdk_sources})
target_include_directories(patchbay_sdk_lib PUBLIC ${PROJECT_SOURCE_DIR}/sdk
                                                   ${PROJECT_SOURCE_DIR}/sdk/include)

file(GLOB sdk_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.c)
foreach(source IN LISTS sdk_tests)
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "^test_" "" name ${name})
  pbay_test(sdk_${name} ${source} unit patchbay_sdk_lib pbay_json)
endforeach()

if(NOT PATCHBAY_SANITIZE)
  add_test(NAME sdk_outside
           COMMAND ${CMAKE_COMMAND} -DBUILD=${CMAKE_BINARY_DIR} -DC_COMPILER=${CMAKE_C_COMPILER}
                   -DGENERATOR=${CMAKE_GENERATOR} -DLIBDIR=${CMAKE_INSTALL_LIBDIR}
                   -DPROJECT=${CMAKE_CURRENT_LIST_DIR}/outside -P ${CMAKE_CURRENT_LIST_DIR}/outside.cmake)
  set_tests_properties(sdk_outside PROPERTIES TIMEOUT 120 LABELS unit)
endif()
