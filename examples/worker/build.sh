#!/bin/sh
# build.sh FOLDER: puts the function's package there. Linked statically, the program runs on any Linux of its machine.
set -eu
here=$(dirname "$0")
mkdir -p "$1"
cc -O2 -static -o "$1/application" "$here/application.c"
cp "$here/worker.lua" "$1"
