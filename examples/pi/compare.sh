#!/bin/sh
# compare.sh FOLDER: what one call takes, in Lua, in Python and in C, of the package that build.sh made there.
set -eu
here=$(dirname "$0")
LUA_PATH_5_4="$1/?.lua" LUA_CPATH_5_4="$1/?.so" lua5.4 "$here/compare.lua"
python3 "$here/compare.py"
