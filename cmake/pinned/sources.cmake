# What the release is made of: the tarballs of upstream that Debian stable carries, by SHA256. The one place where
# versions, licences and origins are written. Each list is a record for lunambda_fetch and lunambda_library.

set(PINNED_SUITE trixie) # Debian stable, whose source packages hold the same files

set(PINNED_lua
  VERSION 5.4.7
  LICENCE MIT
  URL https://www.lua.org/ftp/lua-5.4.7.tar.gz
  SHA256 9fbf5e28ef86c69858f6d3d34eccc32e911c1a28b4120ff3e84aaa70cfbf1e30
  DEBIAN_PACKAGE lua5.4
  DEBIAN_FILE lua5.4_5.4.7.orig.tar.gz)

set(PINNED_curl
  VERSION 8.14.1
  LICENCE curl
  URL https://curl.se/download/curl-8.14.1.tar.gz
  SHA256 6766ada7101d292b42b8b15681120acd68effa4a9660935853cf6d61f0d984d4
  DEBIAN_PACKAGE curl
  DEBIAN_FILE curl_8.14.1.orig.tar.gz)

# Debian's tarball is upstream's 2.1.0 without its copy of RFC 4627. Debian's patches concern its tests alone.
set(PINNED_cjson_debian
  VERSION 2.1.0+dfsg
  LICENCE MIT
  SHA256 94f1fce36742cf00e99c5071b309b9f71e6e7daf60a7151f7bf4ac0a97259ac4
  DEBIAN_PACKAGE lua-cjson
  DEBIAN_FILE lua-cjson_2.1.0+dfsg.orig.tar.gz)

# A commit names its contents as firmly as a checksum does.
set(PINNED_cjson_openresty
  VERSION 2.1.0.19
  LICENCE MIT
  REPOSITORY https://github.com/openresty/lua-cjson.git
  COMMIT 5ce46a80b10ef9d380a45c9e6cff9ecffbe71ebb)
