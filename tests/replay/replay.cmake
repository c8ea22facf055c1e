# SPDX-License-Identifier: Apache-2.0
# Every driver with recordings is replayed by patchbay-drivercheck. Sanitizers multiply the time of each run,
# so there only every 13th position is split and cut.
set(stride 1)
if(PATCHBAY_SANITIZE)
  set(stride 13)
endif()
file(GLOB recorded CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/plugins/*/recordings)
foreach(folder IN LISTS recorded)
  get_filename_component(plugin ${folder} DIRECTORY)
  get_filename_component(plugin ${plugin} NAME)
  if(TARGET driver_${plugin})
    add_test(NAME replay_${plugin} COMMAND patchbay_drivercheck --stride ${stride}
             $<TARGET_FILE:driver_${plugin}> ${folder})
    set_tests_properties(replay_${plugin} PROPERTIES TIMEOUT 300 LABELS "unit;replay")
  endif()
endforeach()
