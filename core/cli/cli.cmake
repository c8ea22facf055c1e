# SPDX-License-Identifier: Apache-2.0
# The `patchbay` command: built on the public API alone. All but main.c are objects, so that tests can link
# single functions.
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)
file(GLOB cli_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.c)
list(FILTER cli_sources EXCLUDE REGEX "/main\\.c$")
add_library(pbay_cli OBJECT ${cli_sources})
target_compile_definitions(pbay_cli PUBLIC _GNU_SOURCE)
target_include_directories(pbay_cli PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(pbay_cli PUBLIC patchbay PkgConfig::GLIB PkgConfig::JSONC PkgConfig::EDIT)

add_executable(patchbay_cli ${CMAKE_CURRENT_LIST_DIR}/main.c)
set_target_properties(patchbay_cli PROPERTIES OUTPUT_NAME patchbay
                      INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
target_link_libraries(patchbay_cli PRIVATE pbay_cli)
