# lunambda_add_function(name DIR folder [HANDLER file.function] [MODULES target...] [EXCLUDE glob...] [OUTPUT zip]
#                       [SINGLE] [BUNDLE] [BYTECODE])
# A target that makes name.zip, a function's package: what lies in the folder, and the modules where require looks for
# them. Its content stands in the build folder under name/, as it will under /var/task. With HANDLER that is loaded once
# before it is packed. SINGLE, BUNDLE and BYTECODE are lunambda pack's (docs/pack.md).
set(_lunambda_function_dir "${CMAKE_CURRENT_LIST_DIR}")

# The modules as "file=folder in the package" for stage.cmake.
function(_lunambda_placed out)
  set(placed "")
  foreach(module IN LISTS ARGN)
    if(NOT TARGET ${module})
      message(FATAL_ERROR "lunambda_add_function: MODULES names ${module}, which is no target")
    endif()
    get_target_property(folder ${module} LUNAMBDA_FOLDER)
    if(folder MATCHES "NOTFOUND$")
      message(FATAL_ERROR "lunambda_add_function: ${module} was not made by lunambda_add_module")
    endif()
    list(APPEND placed "$<TARGET_FILE:${module}>=${folder}")
  endforeach()
  set(${out} "${placed}" PARENT_SCOPE)
endfunction()

function(lunambda_add_function name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SINGLE;BUNDLE;BYTECODE" "DIR;HANDLER;OUTPUT" "MODULES;EXCLUDE")
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR
      "lunambda_add_function(${name}): what is '${arg_UNPARSED_ARGUMENTS}${arg_KEYWORDS_MISSING_VALUES}'?")
  endif()
  get_filename_component(folder "${arg_DIR}" ABSOLUTE)
  if(NOT arg_DIR OR NOT IS_DIRECTORY "${folder}")
    message(FATAL_ERROR "lunambda_add_function(${name}): DIR must be a folder, not '${arg_DIR}'")
  endif()
  if(NOT TARGET lunambda::lunambda)
    message(FATAL_ERROR "lunambda_add_function(${name}): there is no lunambda in ${LUNAMBDA_BIN_DIR}")
  endif()
  set(stage "${CMAKE_CURRENT_BINARY_DIR}/${name}")
  set(zip "${CMAKE_CURRENT_BINARY_DIR}/${name}.zip")
  if(arg_OUTPUT)
    get_filename_component(zip "${arg_OUTPUT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  endif()
  _lunambda_placed(placed ${arg_MODULES})
  set(flags "")
  foreach(flag SINGLE BUNDLE BYTECODE)
    if(arg_${flag})
      string(TOLOWER "--${flag}" word)
      list(APPEND flags "${word}")
    endif()
  endforeach()
  set(check "")
  if(arg_HANDLER AND NOT CMAKE_CROSSCOMPILING)
    set(check COMMAND lunambda::lunambda check "${stage}/${arg_HANDLER}")
  endif()
  set(links "")
  foreach(module IN LISTS arg_MODULES)
    list(APPEND links ${module}_links)
  endforeach()

  add_custom_target(${name}
    COMMAND "${CMAKE_COMMAND}" "-DFROM=${folder}" "-DSTAGE=${stage}" "-DPLACED=${placed}" "-DEXCLUDE=${arg_EXCLUDE}"
      "-DBUILD=${CMAKE_BINARY_DIR}" -P "${_lunambda_function_dir}/stage.cmake"
    ${check}
    COMMAND lunambda::lunambda pack "${stage}" -o "${zip}" ${flags}
    DEPENDS ${arg_MODULES} ${links}
    BYPRODUCTS "${zip}"
    COMMENT "Packing ${name}" VERBATIM)
endfunction()
