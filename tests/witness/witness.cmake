# SPDX-License-Identifier: Apache-2.0
# Witnesses: official clients and codecs of the vendors from npm, pinned in package-lock.json, held against our
# drivers and our stub vendors (ctest -L witness). Without npm, or where nothing can be fetched, they are skipped and
# say so.
add_executable(witness_server ${CMAKE_CURRENT_LIST_DIR}/server.c)
target_link_libraries(witness_server PRIVATE pbay_vendors)

set(witness ${CMAKE_BINARY_DIR}/witness)
file(GLOB witness_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.mjs ${CMAKE_CURRENT_LIST_DIR}/*.json)
foreach(file IN LISTS witness_files)
  get_filename_component(name ${file} NAME)
  configure_file(${file} ${witness}/${name} COPYONLY)
endforeach()

add_test(NAME witness_install COMMAND ${CMAKE_CURRENT_LIST_DIR}/install.sh ${witness})
set_tests_properties(witness_install PROPERTIES LABELS witness TIMEOUT 300 FIXTURES_SETUP witness
                     SKIP_RETURN_CODE 77)

file(GLOB witness_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.mjs)
foreach(file IN LISTS witness_tests)
  get_filename_component(name ${file} NAME_WE)
  string(REGEX REPLACE "^test_" "witness_" target ${name})
  add_test(NAME ${target} COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh ${witness} ${name}.mjs)
  set_tests_properties(${target} PROPERTIES LABELS witness TIMEOUT 180 FIXTURES_REQUIRED witness
                       SKIP_RETURN_CODE 77)
  set_property(TEST ${target} PROPERTY ENVIRONMENT
    "PBAY_BUILD_DIR=${CMAKE_BINARY_DIR}" "PBAY_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
    "PBAY_COMMAND=$<TARGET_FILE:patchbay_cli>" "PBAY_WITNESS_SERVER=$<TARGET_FILE:witness_server>")
endforeach()
