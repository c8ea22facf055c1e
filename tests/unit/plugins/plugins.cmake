# SPDX-License-Identifier: Apache-2.0
# tests/unit/plugins/test_PLUGIN_FILE.c is one GTest program for plugins/PLUGIN/FILE.c, linked with the very
# objects of that driver and with the core's JSON reader, from which a test makes a service table.
file(GLOB plugin_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.c)
foreach(source IN LISTS plugin_tests)
  get_filename_component(name ${source} NAME_WE)
  string(REGEX MATCH "^test_([a-z0-9]+(_ai)?)_(.+)$" matched ${name})
  set(plugin ${CMAKE_MATCH_1})
  if(NOT TARGET driver_${plugin})
    message(FATAL_ERROR "${source}: there is no driver '${plugin}'")
  endif()
  pbay_test(plugin_${plugin}_${CMAKE_MATCH_3} ${source} unit $<TARGET_OBJECTS:driver_${plugin}>
            $<TARGET_PROPERTY:driver_${plugin},LINK_LIBRARIES> pbay_json)
  target_include_directories(plugin_${plugin}_${CMAKE_MATCH_3} PRIVATE
    ${PROJECT_SOURCE_DIR}/plugins/${plugin} ${PROJECT_SOURCE_DIR}/sdk)
endforeach()
