# SPDX-License-Identifier: Apache-2.0
# End to end: the built command against vendors on the stub. tests/e2e/test_*.c cross subcommands; what
# belongs to one file of the command is in tests/unit/cli/test_FILE.c. Both run the command in a box of its own
# with the drivers of this build.
add_library(pbay_e2e STATIC ${CMAKE_CURRENT_LIST_DIR}/command.c ${CMAKE_CURRENT_LIST_DIR}/process.c
            ${CMAKE_CURRENT_LIST_DIR}/rig.c)
target_compile_definitions(pbay_e2e PUBLIC _GNU_SOURCE)
target_link_libraries(pbay_e2e PUBLIC pbay_vendors pbay_stub PkgConfig::JSONC PkgConfig::GLIB)

# pbay_command_test(TARGET SOURCE LABEL libs...): a test that runs the command.
function(pbay_command_test target source label)
  pbay_test(${target} ${source} "${label}" pbay_e2e ${ARGN})
  add_dependencies(${target} patchbay_cli)
  get_property(drivers GLOBAL PROPERTY PATCHBAY_DRIVERS)
  add_dependencies(${target} ${drivers})
endfunction()

file(GLOB e2e_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.c)
foreach(source IN LISTS e2e_tests)
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "^test_" "" name ${name})
  pbay_command_test(e2e_${name} ${source} e2e)
endforeach()

file(GLOB cli_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/../unit/cli/test_*.c)
foreach(source IN LISTS cli_tests)
  get_filename_component(name ${source} NAME_WE)
  string(REGEX REPLACE "^test_" "" name ${name})
  pbay_command_test(unit_cli_${name} ${source} "unit" pbay_cli)
endforeach()

include(${CMAKE_CURRENT_LIST_DIR}/installed.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/elf.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/stress.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/storm.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/examples.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/tls.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/valgrind.cmake OPTIONAL)
add_dependencies(e2e_secrets pbay_fakes)
# Each of its recordings is replayed by the tool, some in every way.
add_dependencies(e2e_record patchbay_drivercheck)
set_tests_properties(e2e_record PROPERTIES TIMEOUT 400)
