# cmake --install build/release --prefix P: the programs, and what builds C modules and function packages outside this
# tree (docs/c-modules.md). The headers are those of the very Lua that bootstrap embeds.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(sdk "${CMAKE_INSTALL_LIBDIR}/cmake/lunambda")
set(sdk_headers "${CMAKE_INSTALL_INCLUDEDIR}/lunambda") # a folder of their own: another Lua's may lie above it

install(TARGETS bootstrap RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
if(TARGET lunambda)
  install(TARGETS lunambda RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()

# lambda.http's native half, where bootstrap looks: beside itself.
install(TARGETS lunambda_curl_module LIBRARY DESTINATION "${CMAKE_INSTALL_BINDIR}/lib/lua/5.4/lambda")
# lambda.* for plain lua5.4 and busted (docs/testing.md), in the folders of a tree of rocks.
install(TARGETS lunambda_native_module lunambda_curl_module LIBRARY DESTINATION lib/lua/5.4/lambda)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/lua-lib/lambda" DESTINATION share/lua/5.4 FILES_MATCHING PATTERN "*.lua")

find_path(LUNAMBDA_LUA_H lua.h HINTS ${LUA_INCLUDE_DIRS} REQUIRED NO_CACHE NO_CMAKE_FIND_ROOT_PATH)
foreach(header lua.h luaconf.h lauxlib.h lualib.h)
  install(FILES "${LUNAMBDA_LUA_H}/${header}" DESTINATION "${sdk_headers}")
endforeach()
# Debian's luaconf.h includes one more, which lies among the headers of the architecture.
file(STRINGS "${LUNAMBDA_LUA_H}/luaconf.h" included REGEX "^#include \"")
foreach(line IN LISTS included)
  string(REGEX MATCH "\"(.+)\"" quoted "${line}")
  find_path(found "${CMAKE_MATCH_1}" HINTS "${LUNAMBDA_LUA_H}" REQUIRED NO_CACHE NO_CMAKE_FIND_ROOT_PATH)
  install(FILES "${found}/${CMAKE_MATCH_1}" DESTINATION "${sdk_headers}")
  unset(found)
endforeach()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/sdk/lunambdaConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/lunambdaConfig.cmake"
  INSTALL_DESTINATION "${sdk}" PATH_VARS sdk_headers CMAKE_INSTALL_BINDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/lunambdaConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/lunambdaConfig.cmake" "${PROJECT_BINARY_DIR}/lunambdaConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/sdk/LunambdaModule.cmake" "${CMAKE_CURRENT_LIST_DIR}/sdk/LunambdaFunction.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/sdk/check_module.cmake" "${CMAKE_CURRENT_LIST_DIR}/sdk/stage.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/sdk/module.map" "${CMAKE_CURRENT_LIST_DIR}/lua-api.txt"
  DESTINATION "${sdk}")
