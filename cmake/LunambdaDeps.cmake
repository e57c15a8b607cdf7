# The libraries we stand on, each as one target. Everyday builds take the system's packages (the Debian names are in
# ./dev); a release takes pinned sources for what becomes part of bootstrap.
option(LUNAMBDA_PINNED "link Lua, lua-cjson and libcurl from pinned sources (LunambdaPinned.cmake)" OFF)

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_program(LUA_INTERPRETER NAMES lua5.4 lua-5.4 lua54)

add_library(curl_client INTERFACE)
if(LUNAMBDA_PINNED)
  include(LunambdaPinned)
  set(LUA_INCLUDE_DIRS "${LUNAMBDA_PINNED_PREFIX}/include")
  set(LUA_ARCHIVE "${LUNAMBDA_PINNED_PREFIX}/lib/liblua.a")
  set(CJSON_ARCHIVE "${LUNAMBDA_PINNED_PREFIX}/lib/libcjson.a")
  set(LUNAMBDA_CURL_INCLUDE_DIRS "${LUNAMBDA_PINNED_PREFIX}/include")
  target_include_directories(curl_client SYSTEM INTERFACE "${LUNAMBDA_PINNED_PREFIX}/include")
  target_compile_definitions(curl_client INTERFACE CURL_STATICLIB)
  target_link_libraries(curl_client INTERFACE "${LUNAMBDA_PINNED_PREFIX}/lib/libcurl.a")
else()
  pkg_check_modules(LUA REQUIRED lua5.4)
  find_library(LUA_ARCHIVE NAMES liblua5.4.a REQUIRED)
  find_library(CJSON_ARCHIVE NAMES liblua5.4-cjson.a REQUIRED)
  pkg_check_modules(CJSON REQUIRED lua5.4-cjson)
  # 7.85 brought CURLOPT_PROTOCOLS_STR.
  pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
  set(LUNAMBDA_CURL_INCLUDE_DIRS ${CURL_INCLUDE_DIRS})
  target_link_libraries(curl_client INTERFACE PkgConfig::CURL)
endif()

# Headers alone: for loadable modules, which resolve lua_* against whoever loads them.
add_library(lua_headers INTERFACE)
target_include_directories(lua_headers SYSTEM INTERFACE ${LUA_INCLUDE_DIRS})

# The interpreter, static.
add_library(lua_static INTERFACE)
target_link_libraries(lua_static INTERFACE lua_headers "${LUA_ARCHIVE}" m ${CMAKE_DL_LIBS})

# The same, every member of the archive, and lua_*/luaL_* exported to C modules: for bootstrap.
add_library(lua_whole INTERFACE)
target_link_libraries(lua_whole INTERFACE lua_headers
  "$<LINK_LIBRARY:WHOLE_ARCHIVE,${LUA_ARCHIVE}>" m ${CMAKE_DL_LIBS})
target_link_options(lua_whole INTERFACE "-Wl,--dynamic-list=${CMAKE_CURRENT_LIST_DIR}/lua-api.txt")

add_library(cjson_static INTERFACE)
target_link_libraries(cjson_static INTERFACE "${CJSON_ARCHIVE}")

# For the tool on one's own machine; never cross-compiled.
if(NOT CMAKE_CROSSCOMPILING)
  pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
  pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive>=3.6)
endif()
