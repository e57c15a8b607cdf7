#!/bin/sh
# build.sh FOLDER: puts the function's package there. courier.so takes Lua from bootstrap, and libcourier.so from the
# folder in which it lies itself ($ORIGIN).
set -eu
here=$(dirname "$0")
mkdir -p "$1"
cc -O2 -fPIC -shared -o "$1/libcourier.so" "$here/courier.c"
cc -O2 -fPIC -shared -o "$1/courier.so" "$here/courier_lua.c" $(pkg-config --cflags lua5.4) \
  -L"$1" -lcourier '-Wl,-rpath,$ORIGIN'
cp "$here/delivery.lua" "$1"
