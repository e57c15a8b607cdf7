/* A small C module with all that elf_file.c reads: libraries, versions, symbols that others have to bring. */
#include <math.h>
#include <stdio.h>

struct lua_State;
void lua_pushnumber(struct lua_State *L, double number);
int luaopen_sample(struct lua_State *L);

__attribute__((visibility("default"))) int luaopen_sample(struct lua_State *L)
{
    lua_pushnumber(L, exp((double)getchar()));
    return 1;
}
