# lunambda_fetch(folder name...): the tarballs of sources.cmake, as folder/<file of Debian's name>, each fetched once.
# First from Debian's source packages, where apt knows a Debian mirror: a private list of sources, so that the system
# needs no deb-src line and keeps its own. Else from upstream. What comes must have the SHA256 that is pinned.
include("${CMAKE_CURRENT_LIST_DIR}/sources.cmake")

# The mirrors of Debian that this system's apt uses; their suites bear these names, and nobody else's do.
function(lunambda_debian_mirrors out)
  set(mirrors "")
  # Asks nobody: these are the addresses that an update would ask, '…/dists/bookworm/InRelease' and more.
  execute_process(COMMAND "${APT_GET}" --print-uris update OUTPUT_VARIABLE uris ERROR_QUIET)
  string(REGEX MATCHALL "[^\n]+" uris "${uris}")
  foreach(uri IN LISTS uris)
    if(uri MATCHES "^'([^']+/)dists/(bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)/InRelease'")
      list(APPEND mirrors "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES mirrors)
  set(${out} "${mirrors}" PARENT_SCOPE)
endfunction()

# lunambda_fetch_debian(folder package... ): the tarballs of source packages into folder. Failures are left to be seen
# by what is missing; PINNED_TRIED tells of them.
function(lunambda_fetch_debian folder)
  find_program(APT_GET apt-get)
  find_file(DEBIAN_KEYRING NAMES debian-archive-keyring.gpg debian-archive-keyring.pgp PATHS /usr/share/keyrings
    NO_DEFAULT_PATH)
  set(mirrors "")
  if(APT_GET AND DEBIAN_KEYRING)
    lunambda_debian_mirrors(mirrors)
  endif()
  set(tried "")
  if(NOT mirrors)
    set(tried "  Debian's source packages: apt-get knows no Debian mirror here, or its keyring is missing\n")
  endif()
  foreach(mirror IN LISTS mirrors)
    set(scratch "${folder}/apt")
    file(REMOVE_RECURSE "${scratch}")
    file(MAKE_DIRECTORY "${scratch}/parts" "${scratch}/state/lists/partial" "${scratch}/cache/archives/partial"
      "${scratch}/got")
    file(WRITE "${scratch}/sources.list"
      "deb-src [signed-by=${DEBIAN_KEYRING}] ${mirror} ${PINNED_SUITE} main\n")
    set(apt "${APT_GET}" -q -o "Dir::Etc::sourcelist=${scratch}/sources.list" -o "Dir::Etc::sourceparts=${scratch}/parts"
      -o "Dir::State=${scratch}/state" -o "Dir::Cache=${scratch}/cache" -o Dir::State::status=/var/lib/dpkg/status
      -o APT::Default-Release= -o APT::Sandbox::User= -o Acquire::Retries=2)
    execute_process(COMMAND ${apt} update
      WORKING_DIRECTORY "${scratch}" OUTPUT_VARIABLE said ERROR_VARIABLE said TIMEOUT 300)
    execute_process(COMMAND ${apt} source --download-only --tar-only ${ARGN}
      WORKING_DIRECTORY "${scratch}/got" RESULT_VARIABLE status OUTPUT_VARIABLE more ERROR_VARIABLE more TIMEOUT 600)
    file(GLOB got "${scratch}/got/*.orig.tar.*")
    file(COPY ${got} DESTINATION "${folder}")
    file(REMOVE_RECURSE "${scratch}")
    if(status EQUAL 0)
      break()
    endif()
    string(REGEX MATCHALL "(E|W): [^\n]*" complaints "${said}\n${more}")
    list(JOIN complaints "\n    " complaints)
    string(APPEND tried "  Debian's source packages of ${PINNED_SUITE}: apt-get failed\n    ${complaints}\n")
  endforeach()
  set(PINNED_TRIED "${tried}" PARENT_SCOPE)
endfunction()

function(lunambda_verify file sha256)
  file(SHA256 "${file}" actual)
  if(NOT actual STREQUAL sha256)
    message(FATAL_ERROR "${file} is not the file that cmake/pinned/sources.cmake names.\n"
      "  its SHA256   ${actual}\n  must be      ${sha256}\n"
      "Remove it to have it fetched again. Should that give the same, do not build it: somebody changed it on its way.")
  endif()
endfunction()

# From upstream, when Debian did not have it.
function(lunambda_fetch_upstream file url tried)
  set(remedy "Put the file there by hand, or build where apt or upstream can be reached.")
  if(NOT url)
    message(FATAL_ERROR "cannot fetch ${file}:\n${tried}  upstream publishes no such file.\n"
      "${remedy} OpenResty's lua-cjson comes from GitHub: -DLUNAMBDA_CJSON=openresty")
  endif()
  file(DOWNLOAD "${url}" "${file}.part" STATUS status INACTIVITY_TIMEOUT 30 TIMEOUT 600)
  list(GET status 0 code)
  if(NOT code EQUAL 0)
    list(GET status 1 why)
    file(REMOVE "${file}.part")
    message(FATAL_ERROR "cannot fetch ${file}:\n${tried}  ${url}: ${why}\n${remedy}")
  endif()
  file(RENAME "${file}.part" "${file}")
endfunction()

function(lunambda_fetch folder)
  set(packages "")
  foreach(name IN LISTS ARGN)
    cmake_parse_arguments(pin "" "DEBIAN_PACKAGE;DEBIAN_FILE" "" ${PINNED_${name}})
    if(NOT EXISTS "${folder}/${pin_DEBIAN_FILE}")
      list(APPEND packages "${pin_DEBIAN_PACKAGE}")
    endif()
  endforeach()
  if(packages)
    message(STATUS "Fetching the sources of ${packages}")
    lunambda_fetch_debian("${folder}" ${packages})
  endif()
  foreach(name IN LISTS ARGN)
    cmake_parse_arguments(pin "" "DEBIAN_FILE;SHA256;URL" "" ${PINNED_${name}})
    set(file "${folder}/${pin_DEBIAN_FILE}")
    if(NOT EXISTS "${file}")
      lunambda_fetch_upstream("${file}" "${pin_URL}" "${PINNED_TRIED}")
    endif()
    lunambda_verify("${file}" "${pin_SHA256}")
  endforeach()
endfunction()

# lunambda_fetch_commit(folder name): one commit of a Git repository, checked out into folder.
function(lunambda_fetch_commit folder name)
  cmake_parse_arguments(pin "" "REPOSITORY;COMMIT" "" ${PINNED_${name}})
  if(LUNAMBDA_CJSON_REPOSITORY)
    set(pin_REPOSITORY "${LUNAMBDA_CJSON_REPOSITORY}")
  endif()
  find_program(GIT git)
  if(NOT GIT)
    message(FATAL_ERROR "${pin_REPOSITORY} is fetched with git, which is not installed (Debian: git)")
  endif()
  file(MAKE_DIRECTORY "${folder}")
  foreach(step "init;--quiet" "fetch;--quiet;--depth=1;${pin_REPOSITORY};${pin_COMMIT}"
      "checkout;--quiet;--detach;${pin_COMMIT}")
    execute_process(COMMAND "${GIT}" -C "${folder}" ${step} RESULT_VARIABLE status ERROR_VARIABLE said)
    if(status)
      message(FATAL_ERROR "cannot fetch commit ${pin_COMMIT} of ${pin_REPOSITORY}:\n${said}"
        "Debian's lua-cjson needs no GitHub: -DLUNAMBDA_CJSON=debian")
    endif()
  endforeach()
endfunction()
