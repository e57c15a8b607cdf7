# lunambda_c_test(NAME name SOURCES ... LIBS ...): one C test program, which prints TAP (runtime/test/check.h).
function(lunambda_c_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  string(REPLACE "." "_" target "${name}_test")
  add_executable(${target} ${arg_SOURCES})
  target_include_directories(${target} PRIVATE
    "${PROJECT_SOURCE_DIR}/runtime" "${PROJECT_SOURCE_DIR}/runtime/test")
  target_link_libraries(${target} PRIVATE lunambda_flags lunambda_sanitizers ${arg_LIBS})
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

if(BUILD_TESTING)
  find_program(BUSTED NAMES busted REQUIRED)
endif()

# lunambda_spec(NAME root label): the busted specs in spec/<root>, a folder or a file, under Lua 5.4
# whatever `lua` is here.
function(lunambda_spec name root label)
  add_test(NAME ${name}
    COMMAND "${LUA_INTERPRETER}" "${BUSTED}" -o TAP --shuffle "spec/${root}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES
    LABELS "${label}" TIMEOUT 600
    ENVIRONMENT "LUNAMBDA_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};LUA_CPATH_5_4=${PROJECT_BINARY_DIR}/modules/?.so\;${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/lib/lua/5.4/?.so\;\;;LUNAMBDA_SANITIZE=${LUNAMBDA_SANITIZE}")
endfunction()
