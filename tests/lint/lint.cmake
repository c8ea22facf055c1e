# SPDX-License-Identifier: Apache-2.0
# The lint itself: a small sound tree passes, and each rule finds a breach of it.
add_test(NAME lint_rules COMMAND ${CMAKE_CURRENT_LIST_DIR}/rules.sh ${PROJECT_SOURCE_DIR}
                                 ${CMAKE_BINARY_DIR}/lint-rules)
set_tests_properties(lint_rules PROPERTIES TIMEOUT 120 LABELS lint SKIP_RETURN_CODE 77)
# What the drivers' pages say of their options, against the manifests.
add_test(NAME lint_pages COMMAND ${CMAKE_CURRENT_LIST_DIR}/pages.sh ${PROJECT_SOURCE_DIR})
set_tests_properties(lint_pages PROPERTIES TIMEOUT 30 LABELS lint)
