# SPDX-License-Identifier: Apache-2.0
# The driver ABI: its layout against sdk/abi/driver-1.golden, and its header as C11 and C++17.
# Target abi_golden writes the golden anew: only ever to add lines.
set(abi_dir ${CMAKE_CURRENT_LIST_DIR})
set(abi_golden ${PROJECT_SOURCE_DIR}/sdk/abi/driver-1.golden)
set(abi_header ${PROJECT_SOURCE_DIR}/sdk/include/patchbay/driver.h)

add_executable(abi_layout ${abi_dir}/layout.c)
target_include_directories(abi_layout PRIVATE ${PROJECT_SOURCE_DIR}/sdk/include)
set_target_properties(abi_layout PROPERTIES C_EXTENSIONS OFF)
add_test(NAME abi_layout
         COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:abi_layout> -DGOLDEN=${abi_golden}
                 -DHEADER=${abi_header} -P ${abi_dir}/check.cmake)
add_custom_target(abi_golden COMMAND abi_layout > ${abi_golden} VERBATIM)

# Compiled by the test itself, so that a C++ compiler is no need of the build.
set(abi_flags -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I${PROJECT_SOURCE_DIR}/sdk/include)
add_test(NAME abi_compile_c11
         COMMAND ${CMAKE_C_COMPILER} -std=c11 -DNDEBUG ${abi_flags} ${abi_dir}/compile.c)
add_test(NAME abi_compile_c11_strict
         COMMAND ${CMAKE_C_COMPILER} -std=c11 -Wconversion -Wshadow -Wstrict-prototypes ${abi_flags}
                 ${abi_dir}/compile.c)
find_program(ABI_CXX NAMES c++ g++ clang++)
if(ABI_CXX)
  add_test(NAME abi_compile_cxx17
           COMMAND ${ABI_CXX} -x c++ -std=c++17 ${abi_flags} ${abi_dir}/compile.c)
  set_tests_properties(abi_compile_cxx17 PROPERTIES TIMEOUT 60 LABELS abi)
endif()
set_tests_properties(abi_layout abi_compile_c11 abi_compile_c11_strict PROPERTIES TIMEOUT 60 LABELS abi)
