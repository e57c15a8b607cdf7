# Looks at a module that was just linked (-DREADELF -DMODULE -DOPENER -DNAME): whether require can open it.
execute_process(COMMAND "${READELF}" -W -d --dyn-syms -V "${MODULE}"
  OUTPUT_VARIABLE elf ERROR_VARIABLE err RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${READELF} cannot read ${MODULE}: ${err}")
endif()

# Says what is wrong, and leaves no module that looks as if nothing were.
function(refuse text)
  file(REMOVE "${MODULE}")
  message(FATAL_ERROR "${MODULE} ${text}")
endfunction()

if(NOT elf MATCHES "FUNC +GLOBAL +DEFAULT +[0-9]+ ${OPENER}\n")
  refuse("has no function ${OPENER}, which require(\"${NAME}\") calls; write: LUAMOD_API int ${OPENER}(lua_State *L)")
endif()
if(elf MATCHES "Shared library: .(liblua[^]]*)")
  refuse("needs ${CMAKE_MATCH_1}: a second Lua in the process, whose states are not the runtime's; link without it")
endif()
# Lambda's provided.al2023 has glibc 2.34.
string(REGEX MATCHALL "GLIBC_2[.][0-9]+" versions "${elf}")
list(REMOVE_DUPLICATES versions)
foreach(version IN LISTS versions)
  string(REPLACE "GLIBC_" "" number "${version}")
  if(number VERSION_GREATER 2.34)
    message(WARNING "${MODULE} needs ${version}; provided.al2023 has 2.34, and will not load it. Build it on "
      "Debian 12 or Amazon Linux 2023, or do without what is newer")
  endif()
endforeach()
