# SPDX-License-Identifier: Apache-2.0
# The `patchbay` command: built on the public API alone.
pkg_check_modules(EDIT REQUIRED IMPORTED_TARGET libedit)
file(GLOB cli_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.c)
add_executable(patchbay_cli ${cli_sources})
set_target_properties(patchbay_cli PROPERTIES OUTPUT_NAME patchbay
                      INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
target_compile_definitions(patchbay_cli PRIVATE _GNU_SOURCE)
target_include_directories(patchbay_cli PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(patchbay_cli PRIVATE patchbay PkgConfig::GLIB PkgConfig::JSONC PkgConfig::EDIT)
