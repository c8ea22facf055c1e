# SPDX-License-Identifier: MIT
# patchbay_add_driver() builds one Patchbay driver: a module with one exported symbol, its manifest
# embedded and written beside it. It is the same function inside Patchbay's own tree and in the tree of
# anybody who says find_package(PatchbaySDK).
#
#   patchbay_add_driver(NAME id SOURCES file.c... MANIFEST manifest.json
#                       [LIB sse.c anthropic...]   files of the SDK's lib folder to compile in, or folders with all they need
#                       [LINK targets...]          libraries the driver needs (declare them in the manifest)
#                       [CONF snippet.conf...]     conf.d snippets to install
#                       [RECORDINGS folder])       replayed as a test by patchbay-drivercheck
#
# Gives the target driver_<id>, built as ${CMAKE_BINARY_DIR}/drivers/<id>.so with <id>.json beside it, and
# installs both to ${CMAKE_INSTALL_LIBDIR}/patchbay/drivers-1. Sources see <patchbay/driver.h>, the SDK's
# files as "lib/NAME.h" and, through "lib/manifest.h", the manifest's text as patchbay_manifest.
include_guard(GLOBAL)
include(GNUInstallDirs)

set_property(GLOBAL PROPERTY PATCHBAY_SDK_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

# Everything local but the one symbol, whatever a library linked in says about itself.
function(_patchbay_version_script out)
  set(file ${CMAKE_BINARY_DIR}/drivers/.gen/driver.map)
  file(CONFIGURE OUTPUT ${file} CONTENT "{\n  global: patchbay_driver_get;\n  local: *;\n};\n")
  set(${out} ${file} PARENT_SCOPE)
endfunction()

# An undefined symbol is an error at link time, but the sanitizers' own come from the program.
function(_patchbay_sanitized out)
  get_directory_property(options COMPILE_OPTIONS)
  if("${options} ${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
    set(${out} ON PARENT_SCOPE)
  else()
    set(${out} OFF PARENT_SCOPE)
  endif()
endfunction()

# The manifest as a C array; the build stops on a manifest that is not JSON.
function(_patchbay_embed id manifest out)
  get_property(cmake_dir GLOBAL PROPERTY PATCHBAY_SDK_CMAKE_DIR)
  set(file ${CMAKE_BINARY_DIR}/drivers/.gen/${id}_manifest.c)
  set(copy ${CMAKE_BINARY_DIR}/drivers/${id}.json)
  add_custom_command(
    OUTPUT ${file} ${copy}
    COMMAND ${CMAKE_COMMAND} -DMANIFEST=${manifest} -DSOURCE=${file} -DCOPY=${copy}
            -P ${cmake_dir}/PatchbayEmbed.cmake
    DEPENDS ${manifest} ${cmake_dir}/PatchbayEmbed.cmake
    COMMENT "Embedding the manifest of ${id}" VERBATIM)
  set(${out} ${file} PARENT_SCOPE)
endfunction()

function(_patchbay_replay id recordings)
  find_program(PATCHBAY_DRIVERCHECK patchbay-drivercheck)
  if(PATCHBAY_DRIVERCHECK AND BUILD_TESTING)
    get_filename_component(recordings ${recordings} ABSOLUTE)
    add_test(NAME drivercheck_${id}
             COMMAND ${PATCHBAY_DRIVERCHECK} $<TARGET_FILE:driver_${id}> ${recordings})
  endif()
endfunction()

# Files and folders of lib as paths; a folder is a dialect that several vendors speak. Its lib.cmake, where it
# has one, sets `needs` to the other files and folders that it cannot do without.
function(_patchbay_lib dir names out)
  set(files "")
  foreach(name IN LISTS names)
    if(IS_DIRECTORY ${dir}/${name})
      file(GLOB sources CONFIGURE_DEPENDS ${dir}/${name}/*.c)
      list(APPEND files ${sources})
      set(needs "")
      include(${dir}/${name}/lib.cmake OPTIONAL)
      _patchbay_lib(${dir} "${needs}" needed)
      list(APPEND files ${needed})
    else()
      list(APPEND files ${dir}/${name})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES files)
  set(${out} "${files}" PARENT_SCOPE)
endfunction()

function(patchbay_add_driver)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;MANIFEST;RECORDINGS" "SOURCES;LIB;LINK;CONF")
  if(NOT arg_NAME MATCHES "^[a-z0-9_-]+$")
    message(FATAL_ERROR "patchbay_add_driver: NAME must be made of a-z, 0-9, _ and -, not '${arg_NAME}'")
  endif()
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES OR NOT arg_MANIFEST)
    message(FATAL_ERROR "patchbay_add_driver(${arg_NAME}): SOURCES and MANIFEST are required"
                        " (not understood: '${arg_UNPARSED_ARGUMENTS}')")
  endif()
  get_property(include_dir GLOBAL PROPERTY PATCHBAY_SDK_INCLUDE_DIR)
  get_property(sdk_dir GLOBAL PROPERTY PATCHBAY_SDK_DIR)
  get_filename_component(manifest ${arg_MANIFEST} ABSOLUTE)
  _patchbay_lib("${sdk_dir}/lib" "${arg_LIB}" lib)
  _patchbay_version_script(map)
  _patchbay_sanitized(sanitized)
  _patchbay_embed(${arg_NAME} ${manifest} manifest_c)

  set(target driver_${arg_NAME})
  add_library(${target} MODULE ${arg_SOURCES} ${lib} ${manifest_c})
  target_include_directories(${target} PRIVATE ${include_dir} ${sdk_dir} ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE ${arg_LINK})
  target_link_options(${target} PRIVATE -Wl,--version-script=${map} -Wl,-z,nodelete
                      -Wl,-z,relro,-z,now -Wl,--as-needed)
  if(NOT sanitized)
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${arg_NAME} SUFFIX .so
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/drivers
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${map})

  install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/patchbay/drivers-1)
  install(FILES ${CMAKE_BINARY_DIR}/drivers/${arg_NAME}.json
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/patchbay/drivers-1)
  if(arg_CONF)
    install(FILES ${arg_CONF} DESTINATION ${CMAKE_INSTALL_DATADIR}/patchbay/conf.d)
  endif()
  if(arg_RECORDINGS)
    _patchbay_replay(${arg_NAME} ${arg_RECORDINGS})
  endif()
endfunction()
