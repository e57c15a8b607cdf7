# lunambda_embed_lua(target folder module...): compiles Lua modules (dotted names, found under folder)
# to bytecode and links them into target as the table declared in runtime/embedded.h.
# The compiler is our own, linked with the very Lua that will load the bytecode.
add_executable(embed "${CMAKE_CURRENT_LIST_DIR}/embed.c")
target_link_libraries(embed PRIVATE lua_static)

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
    COMMAND embed "${out}" ${ARGN}
    WORKING_DIRECTORY "${folder}"
    DEPENDS embed ${sources}
    COMMENT "Compiling lambda.* to bytecode" VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
