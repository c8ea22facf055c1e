# SPDX-License-Identifier: MIT
# Installs what a driver is built with (component "sdk"): the ABI header, the lib sources, the CMake
# package PatchbaySDK and the pkg-config file patchbay-sdk.
include(CMakePackageConfigHelpers)
include(PatchbayDriver)

set_property(GLOBAL PROPERTY PATCHBAY_SDK_INCLUDE_DIR ${CMAKE_CURRENT_SOURCE_DIR}/include)
set_property(GLOBAL PROPERTY PATCHBAY_SDK_DIR ${CMAKE_CURRENT_SOURCE_DIR})

set(SDK_INCLUDE ${CMAKE_INSTALL_INCLUDEDIR})
set(SDK_DATA ${CMAKE_INSTALL_DATADIR}/patchbay-sdk)
set(SDK_CMAKE ${CMAKE_INSTALL_LIBDIR}/cmake/PatchbaySDK)
configure_package_config_file(cmake/PatchbaySDKConfig.cmake.in PatchbaySDKConfig.cmake
  INSTALL_DESTINATION ${SDK_CMAKE} PATH_VARS SDK_INCLUDE SDK_DATA)
write_basic_package_version_file(PatchbaySDKConfigVersion.cmake COMPATIBILITY SameMajorVersion)
configure_file(cmake/patchbay-sdk.pc.in patchbay-sdk.pc @ONLY)

install(FILES include/patchbay/driver.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/patchbay COMPONENT sdk)
install(DIRECTORY lib/ DESTINATION ${SDK_DATA}/lib COMPONENT sdk FILES_MATCHING PATTERN "*.[ch]" PATTERN "lib.cmake")
install(FILES cmake/PatchbayDriver.cmake cmake/PatchbayEmbed.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/PatchbaySDKConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/PatchbaySDKConfigVersion.cmake
        DESTINATION ${SDK_CMAKE} COMPONENT sdk)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/patchbay-sdk.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT sdk)
