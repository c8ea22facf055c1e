# SPDX-License-Identifier: Apache-2.0
# Each example of conf.d/examples, tested by theme; test_examples.c joins them.
set(examples_sources house house_vendors examples_choice examples_rules examples_failures examples_limits)
list(TRANSFORM examples_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
list(TRANSFORM examples_sources APPEND .c)
target_sources(e2e_examples PRIVATE ${examples_sources})
target_link_libraries(e2e_examples PRIVATE patchbay)
set_property(TEST e2e_examples APPEND PROPERTY LABELS threads)
