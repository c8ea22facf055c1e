# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where: library, header, command, pkg-config file and CMake package.
include(CMakePackageConfigHelpers)
install(TARGETS patchbay EXPORT patchbay-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/patchbay)
install(TARGETS patchbay_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
configure_file(${CMAKE_CURRENT_LIST_DIR}/patchbay.pc.in ${CMAKE_BINARY_DIR}/patchbay.pc @ONLY)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/patchbay-config.cmake.in
  ${CMAKE_BINARY_DIR}/patchbay-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/patchbay)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/patchbay-config-version.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/patchbay.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${CMAKE_BINARY_DIR}/patchbay-config.cmake
              ${CMAKE_BINARY_DIR}/patchbay-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/patchbay)
install(EXPORT patchbay-targets NAMESPACE patchbay::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/patchbay)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/cli/patchbay.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
