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

# What the specs are told of this build.
set(spec_environment
  "LUNAMBDA_BIN=${PROJECT_BINARY_DIR}/bin"
  "LUNAMBDA_BUILD=${PROJECT_BINARY_DIR}"
  "LUNAMBDA_LUA_INCLUDE=${LUA_INCLUDE_DIRS}"
  "LUNAMBDA_SANITIZE=${LUNAMBDA_SANITIZE}"
  "LUA_CPATH_5_4=${PROJECT_BINARY_DIR}/modules/?.so\;${PROJECT_BINARY_DIR}/bin/lib/lua/5.4/?.so\;\;")
if(BUILD_TESTING AND CMAKE_CROSSCOMPILING)
  # By name: there may be no binfmt. What the specs start beside bootstrap is the native release's.
  find_program(LUNAMBDA_QEMU NAMES "qemu-${CMAKE_SYSTEM_PROCESSOR}-static" "qemu-${CMAKE_SYSTEM_PROCESSOR}" REQUIRED)
  list(APPEND spec_environment
    "LUNAMBDA_EMULATOR=${LUNAMBDA_QEMU} -L ${CMAKE_FIND_ROOT_PATH}"
    "LUNAMBDA_TOOLS=${PROJECT_SOURCE_DIR}/build/release/bin")
endif()

# lunambda_spec(NAME root label): the busted specs in spec/<root>, a folder or a file, under Lua 5.4
# whatever `lua` is here.
function(lunambda_spec name root label)
  add_test(NAME ${name}
    COMMAND "${LUA_INTERPRETER}" "${BUSTED}" -o TAP --shuffle "spec/${root}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES
    LABELS "${label}" TIMEOUT 600 ENVIRONMENT "${spec_environment}")
endfunction()
