#!/bin/sh
# build.sh FOLDER: puts the package of the function there: pi.so, the GMP that it links, and spigot.lua.
set -eu
to=${1:?usage: build.sh FOLDER}
here=$(dirname "$0")
mkdir -p "$to"
cc -O2 -Wall -Wextra -shared -fPIC -fvisibility=hidden $(pkg-config --cflags lua5.4) \
  -Wl,-rpath,'$ORIGIN' -o "$to/pi.so" "$here/pi.c" -lgmp
cp -L "$(cc -print-file-name=libgmp.so.10)" "$to"
cp "$here/spigot.lua" "$to"
