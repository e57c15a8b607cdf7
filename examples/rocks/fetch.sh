#!/bin/sh
# fetch.sh FOLDER: puts the rocks of Debian's packages lua-penlight and lua-lpeg into FOLDER/lua_modules, where
# `luarocks --lua-version 5.4 --tree FOLDER/lua_modules install …` would put them. Both must be installed.
set -eu
to=${1:?usage: fetch.sh FOLDER}/lua_modules

# files PACKAGE PATTERN: the paths of a package that the pattern matches.
files() {
  dpkg-query -L "$1" 2>/dev/null | grep -E "$2" || {
    echo "fetch.sh: $1 is not installed, or has nothing for Lua 5.4: sudo apt-get install $1" >&2
    exit 1
  }
}

penlight=$(files lua-penlight '/share/lua/5\.4/pl$')
re=$(files lua-lpeg '/share/lua/5\.4/re\.lua$')
lpeg=$(files lua-lpeg '/lua/5\.4/lpeg\.so$')
mkdir -p "$to/share/lua/5.4" "$to/lib/lua/5.4"
cp -RL "$penlight" "$re" "$to/share/lua/5.4/"
cp -L "$lpeg" "$to/lib/lua/5.4/"
