# SPDX-License-Identifier: Apache-2.0
# Every driver with recordings is replayed twice: in memory by patchbay-drivercheck, and over HTTP against the
# stub vendor. Sanitizers multiply the time of each run, so there only every 13th position is split and cut.
set(stride 1)
if(PATCHBAY_SANITIZE)
  set(stride 13)
endif()

add_executable(replay_http ${CMAKE_CURRENT_LIST_DIR}/http.c ${CMAKE_CURRENT_LIST_DIR}/serve.c)
target_include_directories(replay_http PRIVATE ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(replay_http PRIVATE pbay_check pbay_stub)

add_executable(replay_hints ${CMAKE_CURRENT_LIST_DIR}/hints.c)
target_link_libraries(replay_hints PRIVATE pbay_check)

file(GLOB recorded CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/plugins/*/recordings)
foreach(folder IN LISTS recorded)
  get_filename_component(plugin ${folder} DIRECTORY)
  get_filename_component(plugin ${plugin} NAME)
  file(GLOB recordings CONFIGURE_DEPENDS ${folder}/*.jsonl)
  if(TARGET driver_${plugin} AND recordings)
    add_test(NAME replay_${plugin} COMMAND patchbay_drivercheck --jobs 2 --stride ${stride}
             $<TARGET_FILE:driver_${plugin}> ${folder})
    set_tests_properties(replay_${plugin} PROPERTIES TIMEOUT 300 LABELS "unit;replay")
    add_test(NAME replay_http_${plugin}
             COMMAND replay_http --tap -k $<TARGET_FILE:driver_${plugin}> ${folder})
    set_tests_properties(replay_http_${plugin} PROPERTIES TIMEOUT 300 LABELS "replay;e2e;threads"
      ENVIRONMENT "G_DEBUG=fatal-criticals;G_SLICE=always-malloc")
  endif()
  # A refusal that was recorded, given every hint there is; a driver that sends nothing has none.
  set(refusal ${folder}/error-429.jsonl)
  if(NOT EXISTS ${refusal})
    set(refusal ${folder}/error-429-text.jsonl)
  endif()
  if(TARGET driver_${plugin} AND EXISTS ${refusal} AND NOT plugin STREQUAL "mock")
    add_test(NAME replay_hints_${plugin}
             COMMAND replay_hints --tap $<TARGET_FILE:driver_${plugin}> ${refusal})
    set_tests_properties(replay_hints_${plugin} PROPERTIES TIMEOUT 60 LABELS "unit;replay"
      ENVIRONMENT "G_DEBUG=fatal-criticals;G_SLICE=always-malloc")
  endif()
endforeach()
