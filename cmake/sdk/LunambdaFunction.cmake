# lunambda_add_function(name DIR folder [HANDLER file.function] [MODULES target...] [EXCLUDE glob...] [OUTPUT zip]
#                       [SINGLE] [BOOTSTRAP file] [BUNDLE] [BYTECODE])
# A target that makes name.zip, a function's package: what lies in the folder, and the modules where require looks for
# them. The same stands in the build folder under name/, as it will under /var/task. With HANDLER that is loaded once
# before it is packed, unless it is for another architecture. The words of the last line are lunambda pack's options.
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

# The options of lunambda pack; arg_* are the caller's.
function(_lunambda_pack_options out)
  set(options "")
  foreach(flag SINGLE BUNDLE BYTECODE)
    if(arg_${flag})
      string(TOLOWER "--${flag}" option)
      list(APPEND options "${option}")
    endif()
  endforeach()
  if(arg_BUNDLE AND arg_HANDLER)
    list(APPEND options --handler "${arg_HANDLER}")
  endif()
  if(arg_BOOTSTRAP)
    get_filename_component(bootstrap "${arg_BOOTSTRAP}" ABSOLUTE)
    list(APPEND options --bootstrap "${bootstrap}")
  endif()
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    list(APPEND options --arch arm64)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    list(APPEND options --arch x86_64)
  endif()
  set(${out} "${options}" PARENT_SCOPE)
endfunction()

function(lunambda_add_function name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SINGLE;BUNDLE;BYTECODE" "DIR;HANDLER;OUTPUT;BOOTSTRAP" "MODULES;EXCLUDE")
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
  set(zip "${stage}.zip")
  if(arg_OUTPUT)
    get_filename_component(zip "${arg_OUTPUT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  endif()
  _lunambda_placed(placed ${arg_MODULES})
  _lunambda_pack_options(options)
  set(check "")
  if(arg_HANDLER AND NOT CMAKE_CROSSCOMPILING)
    set(check COMMAND lunambda::lunambda check "${stage}/${arg_HANDLER}")
  endif()
  list(TRANSFORM arg_MODULES APPEND _links OUTPUT_VARIABLE links)

  add_custom_target(${name}
    COMMAND "${CMAKE_COMMAND}" "-DFROM=${folder}" "-DSTAGE=${stage}" "-DPLACED=${placed}" "-DEXCLUDE=${arg_EXCLUDE}"
      "-DBUILD=${CMAKE_BINARY_DIR}" -P "${_lunambda_function_dir}/stage.cmake"
    ${check}
    COMMAND lunambda::lunambda pack "${stage}" -o "${zip}" ${options}
    DEPENDS ${arg_MODULES} ${links}
    BYPRODUCTS "${zip}"
    COMMENT "Packing ${name}" VERBATIM)
endfunction()
