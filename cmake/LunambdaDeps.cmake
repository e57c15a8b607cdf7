# The libraries we stand on, each as one target. System packages; the Debian names are in ./dev.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(LUA REQUIRED lua5.4)
find_library(LUA_ARCHIVE NAMES liblua5.4.a REQUIRED)
find_library(CJSON_ARCHIVE NAMES liblua5.4-cjson.a REQUIRED)
find_program(LUA_INTERPRETER NAMES lua5.4 lua-5.4 lua54)

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

# 7.85 brought CURLOPT_PROTOCOLS_STR.
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive>=3.6)
