# Style as tests, so that ctest is the only word to learn: clang-format, clang-tidy, luacheck,
# and each header compiled alone. All of what lies in the source folders is checked, so these lists are globbed.
set(style_folders runtime runtime/curl runtime/test runtime/test/fuzz runtime/test/modules local local/test bench bench/json)

foreach(folder IN LISTS style_folders)
  file(GLOB sources CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
    "${PROJECT_SOURCE_DIR}/${folder}/*.c")
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
    "${PROJECT_SOURCE_DIR}/${folder}/*.h")
  list(APPEND style_sources ${sources})
  list(APPEND style_files ${sources} ${headers})
  foreach(header IN LISTS headers)
    string(MAKE_C_IDENTIFIER "${header}" id)
    file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/headers/${id}.c" CONTENT "#include \"${header}\"\n")
    list(APPEND header_probes "${PROJECT_BINARY_DIR}/headers/${id}.c")
  endforeach()
endforeach()

# Never run: that it compiles is the test.
add_library(headers_alone OBJECT ${header_probes})
target_include_directories(headers_alone PRIVATE
  "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/runtime" "${PROJECT_SOURCE_DIR}/runtime/curl"
  "${PROJECT_SOURCE_DIR}/local"
  "${PROJECT_SOURCE_DIR}/bench" "${PROJECT_SOURCE_DIR}/runtime/test")
target_link_libraries(headers_alone PRIVATE
  lunambda_flags lua_headers PkgConfig::CURL PkgConfig::MICROHTTPD)
target_compile_options(headers_alone PRIVATE -Wno-pedantic -Wno-unused-variable -Wno-unused-function)

# lunambda_style(name program arguments...): a style test, skipped with its reason where the program is missing.
function(lunambda_style name program)
  find_program(${program}_PROGRAM "${program}")
  if(${program}_PROGRAM)
    add_test(NAME style.${name} COMMAND "${${program}_PROGRAM}" ${ARGN}
      WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  else()
    add_test(NAME style.${name} COMMAND "${CMAKE_COMMAND}" -E echo
      "ok 1 - ${name} # SKIP ${program} is not installed")
  endif()
  set_tests_properties(style.${name} PROPERTIES LABELS style TIMEOUT 600)
endfunction()

file(GLOB example_sources CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/examples/*/*.c")
lunambda_style(clang-format clang-format-14 --dry-run -Werror ${style_files} ${example_sources})
lunambda_style(luacheck luacheck --quiet --no-color --no-cache lua-lib spec examples bench cmake layer)

# By halves: it is the longest of the tests, and machines have two cores.
foreach(source IN LISTS style_sources)
  # Only what this configuration compiles has flags to be checked with.
  math(EXPR half "1 - (0${half})")
  if(NOT source MATCHES "/fuzz/")
    list(APPEND tidy_${half} "${source}")
  endif()
endforeach()
foreach(half 0 1)
  lunambda_style(clang-tidy-${half} clang-tidy-14 --quiet -p "${PROJECT_BINARY_DIR}"
    --extra-arg=-Wno-unknown-warning-option ${tidy_${half}})
endforeach()
