# SPDX-License-Identifier: MIT
# Run by the build: MANIFEST (a JSON file) becomes SOURCE (a C file that defines patchbay_manifest) and is
# copied to COPY byte for byte. Stops the build when the manifest is not one JSON object.
file(READ ${MANIFEST} text)
string(JSON type ERROR_VARIABLE mistake TYPE "${text}")
if(mistake OR NOT type STREQUAL "OBJECT")
  message(FATAL_ERROR "${MANIFEST} is not one JSON object: ${mistake}")
endif()
file(READ ${MANIFEST} hex HEX)
string(REGEX REPLACE "(..)" "(char)0x\\1," bytes "${hex}")
# six bytes a line
string(REGEX REPLACE "((\\(char\\)0x..,)(\\(char\\)0x..,)(\\(char\\)0x..,)(\\(char\\)0x..,)(\\(char\\)0x..,)(\\(char\\)0x..,))"
       "\\1\n    " bytes "${bytes}")
file(WRITE ${SOURCE} "/* Generated from the driver's manifest. */\n#include \"lib/manifest.h\"\n\n"
     "const char patchbay_manifest[] = {\n    ${bytes}\n    0};\n")
file(COPY_FILE ${MANIFEST} ${COPY})
