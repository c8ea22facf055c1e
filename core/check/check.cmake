# SPDX-License-Identifier: Apache-2.0
# patchbay-drivercheck: checks a driver by its file and its recordings. It links the rooms themselves, since it needs
# the exchange without the public API's policies.
add_executable(patchbay_drivercheck ${CMAKE_CURRENT_LIST_DIR}/main.c)
set_target_properties(patchbay_drivercheck PROPERTIES OUTPUT_NAME patchbay-drivercheck)
target_link_libraries(patchbay_drivercheck PRIVATE pbay_check)

# Beside the SDK: PatchbayDriver.cmake looks for it to replay a driver's recordings as a test.
install(TARGETS patchbay_drivercheck RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT sdk)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/patchbay-drivercheck.1
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT sdk)
