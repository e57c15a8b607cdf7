# Lays out a function's package (-DFROM -DSTAGE -DPLACED -DEXCLUDE -DBUILD): the folder without what builds it, and the
# modules. Anew each time, so that what was deleted is gone.
file(REMOVE_RECURSE "${STAGE}")
set(excluded "")
foreach(glob IN LISTS EXCLUDE)
  list(APPEND excluded PATTERN "${glob}" EXCLUDE)
endforeach()
# The build folder may lie in the function's own.
string(REGEX REPLACE "([][+.*()^$?|\\\\])" "\\\\\\1" build "${BUILD}")
file(COPY "${FROM}/" DESTINATION "${STAGE}"
  REGEX "^${build}$" EXCLUDE PATTERN CMakeLists.txt EXCLUDE PATTERN CMakeFiles EXCLUDE PATTERN .git EXCLUDE
  ${excluded})
foreach(item IN LISTS PLACED)
  string(REGEX MATCH "^(.*)=([^=]*)$" whole "${item}")
  file(COPY "${CMAKE_MATCH_1}" DESTINATION "${STAGE}/${CMAKE_MATCH_2}")
endforeach()
