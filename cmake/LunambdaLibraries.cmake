# What this build is made of, said once here: the table of runtime/libraries.h (lambda.libraries(), bootstrap --version),
# and LIBRARIES.txt of the layer. For pinned parts the facts are those of cmake/pinned/sources.cmake.
set(LUNAMBDA_COMMIT "" CACHE STRING
  "the commit that LIBRARIES.txt names for lunambda; empty: the variable of that name in the environment, or Git, tells")

set(library_rows "")
set(library_text "")
function(lunambda_library name version licence source)
  string(APPEND library_rows "    { \"${name}\", \"${version}\", \"${licence}\", \"${source}\" },\n")
  string(APPEND library_text "${name} ${version}, licence ${licence}, from ${source}\n")
  set(library_rows "${library_rows}" PARENT_SCOPE)
  set(library_text "${library_text}" PARENT_SCOPE)
endfunction()

# One that cmake/pinned/sources.cmake describes.
macro(lunambda_pinned_library name pin)
  cmake_parse_arguments(pin "" "VERSION;LICENCE;URL;SHA256;DEBIAN_FILE;REPOSITORY;COMMIT" "" ${PINNED_${pin}})
  if(pin_COMMIT)
    set(pin_source "${pin_REPOSITORY} commit ${pin_COMMIT}")
  elseif(pin_URL)
    set(pin_source "${pin_URL} sha256 ${pin_SHA256}")
  else()
    set(pin_source "Debian's ${pin_DEBIAN_FILE} sha256 ${pin_SHA256}")
  endif()
  lunambda_library("${name}" "${pin_VERSION}" "${pin_LICENCE}" "${pin_source}")
endmacro()

if(LUNAMBDA_PINNED)
  set(own_commit "${LUNAMBDA_COMMIT}")
  if(NOT own_commit)
    set(own_commit "$ENV{LUNAMBDA_COMMIT}")
  endif()
  if(NOT own_commit MATCHES "^[0-9A-Za-z._-]*$") # it becomes a string of C
    message(FATAL_ERROR "LUNAMBDA_COMMIT is '${own_commit}'; it must be the name of a commit")
  endif()
  if(NOT own_commit AND EXISTS "${PROJECT_SOURCE_DIR}/.git")
    # "-dirty" is appended where tracked files differ from the commit.
    execute_process(COMMAND git describe --always --abbrev=40 --dirty --exclude=*
      WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
      OUTPUT_VARIABLE own_commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  if(NOT own_commit)
    set(own_commit unknown)
  endif()
  lunambda_library(lunambda "${PROJECT_VERSION}" MIT "commit ${own_commit}")
  lunambda_pinned_library(Lua lua)
  lunambda_pinned_library(lua-cjson "cjson_${LUNAMBDA_CJSON}")
  lunambda_pinned_library(libcurl curl)
else()
  lunambda_library(lunambda "${PROJECT_VERSION}" MIT "the working tree")
  lunambda_library(Lua "${LUA_VERSION}" MIT "the system's package")
  lunambda_library(lua-cjson "${CJSON_VERSION}" MIT "the system's package")
  lunambda_library(libcurl "${CURL_VERSION}" curl "the system's package")
endif()

set(LUNAMBDA_LIBRARIES_C "${PROJECT_BINARY_DIR}/libraries.c")
set(LUNAMBDA_LIBRARIES_TXT "${PROJECT_BINARY_DIR}/LIBRARIES.txt")
file(CONFIGURE OUTPUT "${LUNAMBDA_LIBRARIES_C}" @ONLY CONTENT
  "#include \"libraries.h\"\n\nconst struct library libraries[] = {\n@library_rows@    { 0, 0, 0, 0 },\n};\n")
file(CONFIGURE OUTPUT "${LUNAMBDA_LIBRARIES_TXT}" @ONLY CONTENT "@library_text@")
