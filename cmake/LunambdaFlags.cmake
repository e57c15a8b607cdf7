# What our own C is compiled with. Link lunambda_flags PRIVATE: nobody who links us inherits our strictness.
set(LUNAMBDA_SANITIZE "" CACHE STRING "sanitizers for programs (never for loadable modules), e.g. address,undefined")
option(LUNAMBDA_FUZZ "build the libFuzzer targets (needs clang)" OFF)

add_library(lunambda_flags INTERFACE)
target_compile_features(lunambda_flags INTERFACE c_std_11)
target_compile_definitions(lunambda_flags INTERFACE _GNU_SOURCE)
target_compile_options(lunambda_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wformat=2 -Wundef -Wvla
  -Wcast-qual -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wnull-dereference -Wdouble-promotion -Wswitch-enum -Wimplicit-fallthrough
  -fvisibility=hidden # our targets only: Lua must stay visible to C modules
  -fstack-protector-strong -fstack-clash-protection
  "$<$<C_COMPILER_ID:GNU>:-Wlogical-op;-Wduplicated-cond;-Wduplicated-branches;-Wjump-misses-init>"
  "$<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>")
target_link_options(lunambda_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)

# A release is small and the same wherever it is built: no section that nobody calls, no path of the machine, no
# symbols but the exported ones, and only the shared libraries that are called.
if(LUNAMBDA_PINNED)
  target_compile_options(lunambda_flags INTERFACE
    "$<$<NOT:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>:-fPIE>" -ffunction-sections -fdata-sections
    "-ffile-prefix-map=${PROJECT_BINARY_DIR}=build" "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
  target_link_options(lunambda_flags INTERFACE
    "$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>" -Wl,--gc-sections,--as-needed,--strip-all)
endif()

# Sanitizers are a target of their own: loadable modules take the flags but not these,
# because a plain lua5.4 could not load them.
add_library(lunambda_sanitizers INTERFACE)
if(LUNAMBDA_SANITIZE)
  target_compile_options(lunambda_sanitizers INTERFACE
    -fsanitize=${LUNAMBDA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(lunambda_sanitizers INTERFACE -fsanitize=${LUNAMBDA_SANITIZE})
endif()
