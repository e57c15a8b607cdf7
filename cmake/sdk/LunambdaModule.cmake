# lunambda_add_module(name source...): a C module for require("name"); a.b is a/b.so with luaopen_a_b. It takes Lua from
# the program that loads it, never from a library, and shows nothing but luaopen_*. Its other libraries are those of
# target_link_libraries(name PRIVATE ...), which the target is made for as any other.
set(_lunambda_module_dir "${CMAKE_CURRENT_LIST_DIR}")

# What bootstrap will offer to modules, as a library to try their links against; nothing is ever linked with it for use.
function(_lunambda_stub)
  if(TARGET lunambda_lua_stub)
    return()
  endif()
  set(code "")
  foreach(header lua.h lauxlib.h lualib.h)
    file(READ "${LUNAMBDA_INCLUDE_DIR}/${header}" text)
    string(REGEX MATCHALL "[(](lua_[a-z_]+|luaL_[a-z_]+)[)] *[(]" names "${text}") # as they are declared
    foreach(name IN LISTS names)
      string(REGEX REPLACE "[() ]" "" name "${name}")
      string(APPEND code "void ${name}(void); void ${name}(void) {}\n")
    endforeach()
  endforeach()
  set(source "${CMAKE_BINARY_DIR}/CMakeFiles/lunambda_lua_stub.c")
  file(CONFIGURE OUTPUT "${source}" CONTENT "${code}" @ONLY)
  add_library(lunambda_lua_stub SHARED "${source}")
  set_target_properties(lunambda_lua_stub PROPERTIES
    C_VISIBILITY_PRESET default INTERPROCEDURAL_OPTIMIZATION OFF
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/CMakeFiles/lunambda")
  target_compile_options(lunambda_lua_stub PRIVATE -w)
endfunction()

# A second link of the same objects, in which nothing may stay unresolved.
function(_lunambda_try_link target)
  _lunambda_stub()
  add_library(${target}_links SHARED "$<TARGET_OBJECTS:${target}>")
  set(language C)
  get_target_property(sources ${target} SOURCES)
  if(sources MATCHES "[.](cc|cpp|cxx|C)(;|$)")
    set(language CXX)
  endif()
  set_target_properties(${target}_links PROPERTIES
    LINKER_LANGUAGE ${language}
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/lunambda")
  target_link_libraries(${target}_links PRIVATE "$<TARGET_PROPERTY:${target},LINK_LIBRARIES>" lunambda_lua_stub)
  target_link_directories(${target}_links PRIVATE "$<TARGET_PROPERTY:${target},LINK_DIRECTORIES>")
  target_link_options(${target}_links PRIVATE -Wl,-z,defs)
endfunction()

function(lunambda_add_module name)
  if(NOT name MATCHES "^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)*$")
    message(FATAL_ERROR "lunambda_add_module: '${name}' is no name for require; use letters, digits, _ and dots")
  endif()
  if(NOT ARGN)
    message(FATAL_ERROR "lunambda_add_module(${name}): it has no sources")
  endif()
  string(REGEX MATCH "[^.]+$" last "${name}")
  string(REGEX REPLACE "[.]?[^.]+$" "" folder "${name}")
  string(REPLACE "." "/" folder "${folder}")
  string(REPLACE "." "_" opener "luaopen_${name}")

  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX .so OUTPUT_NAME "${last}"
    # The map below hides; luaopen_* must still be visible to it.
    C_VISIBILITY_PRESET default CXX_VISIBILITY_PRESET default
    LIBRARY_OUTPUT_DIRECTORY "$<1:${CMAKE_CURRENT_BINARY_DIR}/modules/${folder}>"
    LUNAMBDA_FOLDER "${folder}")
  target_link_libraries(${name} PRIVATE lunambda::lua)
  target_link_options(${name} PRIVATE
    "-Wl,--version-script=${_lunambda_module_dir}/module.map"
    -Wl,-z,undefs # lua_*, also where the project asks for -z defs
    -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS "${_lunambda_module_dir}/module.map")
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND "${CMAKE_COMMAND}" "-DREADELF=${CMAKE_READELF}" "-DMODULE=$<TARGET_FILE:${name}>" "-DOPENER=${opener}"
      "-DNAME=${name}" -P "${_lunambda_module_dir}/check_module.cmake"
    VERBATIM)
  _lunambda_try_link(${name})
endfunction()
