# lunambda_embed_lua(target folder module...): compiles Lua modules (dotted names, found under folder)
# to bytecode and links them into target as the table declared in runtime/embedded.h.
# The compiler is our own, linked with the very Lua that will load the bytecode.
set(embed_sources "${CMAKE_CURRENT_LIST_DIR}/embed.c" "${CMAKE_CURRENT_LIST_DIR}/shorten.c")
if(CMAKE_CROSSCOMPILING)
  # For this machine; bytecode is the same for all little-endian ones of 64 bits, and Lua checks its header anyway.
  set(LUNAMBDA_EMBED "${PROJECT_BINARY_DIR}/embed")
  add_custom_command(OUTPUT "${LUNAMBDA_EMBED}"
    COMMAND "${LUNAMBDA_HOST_CC}" -O2 -I "${LUNAMBDA_HOST_PREFIX}/include" ${embed_sources}
            "${LUNAMBDA_HOST_PREFIX}/lib/liblua.a" -lm -ldl -o "${LUNAMBDA_EMBED}"
    DEPENDS ${embed_sources} "${CMAKE_CURRENT_LIST_DIR}/shorten.h" VERBATIM)
  add_custom_target(embed_host DEPENDS "${LUNAMBDA_EMBED}")
  set(LUNAMBDA_EMBED_TARGET embed_host)
else()
  add_executable(embed ${embed_sources})
  target_link_libraries(embed PRIVATE lua_static)
  set(LUNAMBDA_EMBED embed)
  set(LUNAMBDA_EMBED_TARGET embed)
endif()

function(lunambda_embed_lua target folder)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${target}_lua.c")
  set(sources "")
  foreach(module IN LISTS ARGN)
    string(REPLACE "." "/" path "${module}")
    if(EXISTS "${folder}/${path}.lua")
      list(APPEND sources "${folder}/${path}.lua")
    else()
      list(APPEND sources "${folder}/${path}/init.lua")
    endif()
  endforeach()
  add_custom_command(OUTPUT "${out}"
    COMMAND "${LUNAMBDA_EMBED}" "${out}" ${ARGN}
    WORKING_DIRECTORY "${folder}"
    DEPENDS ${LUNAMBDA_EMBED_TARGET} ${sources}
    COMMENT "Compiling lambda.* to bytecode" VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
