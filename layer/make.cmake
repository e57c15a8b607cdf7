# cmake -DBUILD=... -DREADELF=... -DZIP=... -DTOOL=.../lunambda -DARCH=x86_64|arm64 -P make.cmake
# Installs the layer's files of a build into a folder of their own, checks what is in there, and packs them: the same
# bytes from the same files, whenever and by whomever it is done.
set(GLIBC_LIMIT 2.34) # Amazon Linux 2023
set(stage "${BUILD}/layer-files")
file(REMOVE_RECURSE "${stage}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --component layer --prefix "${stage}"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

# A program that needs a newer C library would not even start on Lambda.
function(check_elf file)
  execute_process(COMMAND "${READELF}" --version-info --wide "${file}"
    OUTPUT_VARIABLE versions ERROR_QUIET RESULT_VARIABLE status)
  if(status)
    message(FATAL_ERROR "${READELF} cannot read ${file}")
  endif()
  string(REGEX MATCHALL "Name: GLIBC_[0-9.]+" names "${versions}")
  foreach(name IN LISTS names)
    string(REPLACE "Name: GLIBC_" "" version "${name}")
    if(version VERSION_GREATER GLIBC_LIMIT)
      message(FATAL_ERROR "${file} needs GLIBC_${version}; Lambda's provided.al2023 has ${GLIBC_LIMIT}.\n"
        "Build the layer on Debian 12, as the Dockerfile does.")
    endif()
  endforeach()
endfunction()

file(GLOB_RECURSE files RELATIVE "${stage}" "${stage}/*")
foreach(file IN LISTS files)
  if(file STREQUAL "bootstrap" OR file MATCHES "[.]so$")
    check_elf("${stage}/${file}")
  endif()
endforeach()

get_filename_component(folder "${ZIP}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
execute_process(COMMAND "${TOOL}" pack "${stage}" --arch ${ARCH} -o "${ZIP}" COMMAND_ERROR_IS_FATAL ANY)
file(SIZE "${ZIP}" size)
message(STATUS "${ZIP}: ${size} bytes")
