# SPDX-License-Identifier: Apache-2.0
# Installs the SDK alone into a fresh prefix, builds a vendor's driver against it as that vendor would, and looks
# at the result: one exported symbol, nothing of ours needed, manifest beside it, snippet installed.
set(work ${BUILD}/Testing/sdk_outside)
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN} gave ${result}:\n${out}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --component sdk --prefix ${work}/sdk)
run(${CMAKE_COMMAND} -S ${PROJECT} -B ${work}/build -G ${GENERATOR} -DCMAKE_C_COMPILER=${C_COMPILER}
    -DCMAKE_PREFIX_PATH=${work}/sdk -DCMAKE_INSTALL_PREFIX=${work}/vendor -DCMAKE_INSTALL_LIBDIR=${LIBDIR})
run(${CMAKE_COMMAND} --build ${work}/build)
run(${CMAKE_COMMAND} --install ${work}/build)

set(driver ${work}/vendor/${LIBDIR}/patchbay/drivers-1/acme.so)
run(nm -D --defined-only ${driver})
string(REGEX MATCHALL "[^\n]+\n" symbols "${out}")
list(LENGTH symbols n)
if(NOT n EQUAL 1 OR NOT out MATCHES " T patchbay_driver_get\n")
  message(FATAL_ERROR "the driver must export patchbay_driver_get and nothing else:\n${out}")
endif()
run(readelf -d ${driver})
if(NOT out MATCHES "NODELETE" OR out MATCHES "libjson-c|libglib|libcurl|libpatchbay")
  message(FATAL_ERROR "the driver must be NODELETE and need no library of the core:\n${out}")
endif()
run(${CMAKE_COMMAND} -E compare_files ${PROJECT}/manifest.json
    ${work}/vendor/${LIBDIR}/patchbay/drivers-1/acme.json)
if(NOT EXISTS ${work}/vendor/share/patchbay/conf.d/acme.conf)
  message(FATAL_ERROR "the snippet was not installed")
endif()
file(STRINGS ${driver} embedded REGEX "outside vendor")
if(NOT embedded)
  message(FATAL_ERROR "the manifest is not embedded")
endif()

file(READ ${work}/sdk/${LIBDIR}/pkgconfig/patchbay-sdk.pc pc)
foreach(name driverdir confdir)
  if(NOT pc MATCHES "${name}=/[^\n]*patchbay")
    message(FATAL_ERROR "patchbay-sdk.pc does not say ${name}:\n${pc}")
  endif()
endforeach()

# A manifest that is not JSON stops the build and says which.
file(COPY ${PROJECT}/ DESTINATION ${work}/broken)
file(WRITE ${work}/broken/manifest.json "{\"options\": {")
run(${CMAKE_COMMAND} -S ${work}/broken -B ${work}/broken/build -G ${GENERATOR}
    -DCMAKE_C_COMPILER=${C_COMPILER} -DCMAKE_PREFIX_PATH=${work}/sdk)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${work}/broken/build RESULT_VARIABLE result
                OUTPUT_VARIABLE out ERROR_VARIABLE out)
string(REGEX REPLACE "[ \n]+" " " said "${out}") # CMake wraps long messages
if(result EQUAL 0 OR NOT said MATCHES "is not one JSON object")
  message(FATAL_ERROR "a broken manifest must stop the build:\n${out}")
endif()
