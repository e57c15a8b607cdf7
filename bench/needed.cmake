# cmake -DPROGRAM=... -DREADELF=... -DOUT=... -P needed.cmake
# Writes linker arguments for exactly the shared libraries that PROGRAM needs, in its order.
execute_process(COMMAND "${READELF}" -d "${PROGRAM}" OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\\(NEEDED\\)[^\n]*\\[[^]\n]+\\]" lines "${dynamic}")
set(arguments "-Wl,--no-as-needed")
foreach(line IN LISTS lines)
  string(REGEX REPLACE ".*\\[([^]]+)\\]" "-l:\\1" argument "${line}")
  string(APPEND arguments " ${argument}")
endforeach()
file(WRITE "${OUT}" "${arguments}\n")
