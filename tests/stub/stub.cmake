# SPDX-License-Identifier: Apache-2.0
# The stub vendor as a library for tests, and servers on it that speak the vendors' dialects.
find_package(OpenSSL REQUIRED COMPONENTS Crypto) # servers check signatures by another implementation than ours

add_library(pbay_stub STATIC ${CMAKE_CURRENT_LIST_DIR}/stub.c ${CMAKE_CURRENT_LIST_DIR}/script.c)
target_include_directories(pbay_stub PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(pbay_stub PUBLIC pbay_loop pbay_base)

# vendors/DRIVER.c defines vendor_rows_DRIVER (vendor_row.h); here they become one table.
file(GLOB vendor_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/vendors/*.c)
set(vendor_declared "")
set(vendor_listed "")
foreach(source IN LISTS vendor_sources)
  get_filename_component(name ${source} NAME_WE)
  string(APPEND vendor_declared "const VendorRow *vendor_rows_${name}(size_t *n);\n")
  string(APPEND vendor_listed "    vendor_rows_${name},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/tests/vendor_rows.c CONTENT
"#include \"stub/vendor_row.h\"
${vendor_declared}const VendorRows vendor_rows_all[] = {
${vendor_listed}    NULL};
")

add_library(pbay_vendors STATIC
  ${CMAKE_CURRENT_LIST_DIR}/vendor_parts.c ${CMAKE_CURRENT_LIST_DIR}/vendor_openai.c
  ${CMAKE_CURRENT_LIST_DIR}/vendor_alike.c ${CMAKE_CURRENT_LIST_DIR}/vendor_azure.c
  ${CMAKE_CURRENT_LIST_DIR}/vendor_anthropic.c ${CMAKE_CURRENT_LIST_DIR}/vendor_ollama.c
  ${CMAKE_CURRENT_LIST_DIR}/vendor_bedrock.c ${CMAKE_CURRENT_LIST_DIR}/vendor_bedrock_bodies.c
  ${CMAKE_CURRENT_LIST_DIR}/aws_parts.c
  ${vendor_sources} ${CMAKE_BINARY_DIR}/tests/vendor_rows.c)
target_link_libraries(pbay_vendors PUBLIC pbay_stub PkgConfig::JSONC OpenSSL::Crypto)
