# SPDX-License-Identifier: Apache-2.0
# Long runs: many streams at once with faults, and memory over many calls. PBAY_STRESS_SECONDS makes
# the first longer.
foreach(name stress memory)
  pbay_test(e2e_${name} ${CMAKE_CURRENT_LIST_DIR}/${name}.c e2e patchbay pbay_stub)
  add_dependencies(e2e_${name} driver_eliza driver_openai)
  target_compile_definitions(e2e_${name} PRIVATE _GNU_SOURCE)
endforeach()
set_tests_properties(e2e_stress PROPERTIES TIMEOUT 400 LABELS "stress;threads")
set_tests_properties(e2e_memory PROPERTIES TIMEOUT 300)
