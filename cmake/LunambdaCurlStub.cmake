# curl_stub: a libcurl.so.4 that has the names we call and nothing else. Debian's libcurl has versioned symbols, Amazon's
# has none: what is linked with this one refers to them without a version, and so binds to both. Never installed.
set(LUNAMBDA_CURL_FUNCTIONS
  curl_easy_cleanup curl_easy_getinfo curl_easy_init curl_easy_pause curl_easy_setopt curl_easy_strerror
  curl_global_init curl_multi_add_handle curl_multi_cleanup curl_multi_info_read curl_multi_init curl_multi_perform
  curl_multi_poll curl_multi_remove_handle curl_multi_strerror curl_slist_append curl_slist_free_all)

set(stub "")
foreach(name IN LISTS LUNAMBDA_CURL_FUNCTIONS)
  string(APPEND stub "void ${name}(void)\n{\n}\n")
endforeach()
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/curl_stub.c" CONTENT "${stub}" @ONLY)
add_library(curl_stub SHARED "${PROJECT_BINARY_DIR}/curl_stub.c")
set_target_properties(curl_stub PROPERTIES
  OUTPUT_NAME curl SOVERSION 4 LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/stub" INTERPROCEDURAL_OPTIMIZATION OFF)
