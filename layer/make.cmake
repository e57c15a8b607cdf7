# cmake -DBUILD=... -DREADELF=... -DZIP=... -P make.cmake
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
list(SORT files)
foreach(file IN LISTS files)
  if(file STREQUAL "bootstrap" OR file MATCHES "[.]so$")
    check_elf("${stage}/${file}")
    file(CHMOD "${stage}/${file}" FILE_PERMISSIONS
      OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  else()
    file(CHMOD "${stage}/${file}" FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  endif()
endforeach()

# The one place that writes the zip. It holds local times: all are the first that it can express, in UTC. No owners.
get_filename_component(folder "${ZIP}" DIRECTORY)
file(MAKE_DIRECTORY "${folder}")
file(REMOVE "${ZIP}") # zip would add to it
foreach(command "touch;-d;1980-01-01 00:00:00;${files}" "zip;-q;-X;-D;-9;${ZIP};${files}")
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env TZ=UTC ${command}
    WORKING_DIRECTORY "${stage}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(SIZE "${ZIP}" size)
message(STATUS "${ZIP}: ${size} bytes")
