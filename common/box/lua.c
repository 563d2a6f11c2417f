/* box/lua - one fresh state a script. Everything that Lua does for it happens under lua_cpcall, where an
 * error is a longjmp: no function in here that calls Lua owns anything. */
#include "box/lua.h"

#include "base/time.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>

enum { HOOK_COUNT = 1000 };

struct script_run {
    const struct box_lua_script *script;
    const struct doc *obj;
    struct arena *a;
    size_t used; /* bytes that the state holds */
    int64_t deadline_ms;
    bool late, full;
    struct box_lua_health *out;
};

static void *allocate(void *arg, void *old, size_t old_size, size_t size)
{
    struct script_run *r = arg;
    if (!old)
        old_size = 0;
    if (size > old_size && r->used + (size - old_size) > BOX_LUA_BYTES) {
        r->full = true;
        return NULL;
    }
    r->used = r->used - old_size + size;
    if (size)
        return mem_realloc(old, size);
    free(old);
    return NULL;
}

static struct script_run *run_of(lua_State *L)
{
    void *run = NULL;
    lua_getallocf(L, &run);
    return run;
}

/* Once the time is over every instruction fails, so that a pcall around a loop does not help. */
static void on_count(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    struct script_run *r = run_of(L);
    if (!r->late && clock_mono_ms(&clock_system) < r->deadline_ms)
        return;
    r->late = true;
    lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
    luaL_error(L, "the script ran longer than %d ms", (int)BOX_LUA_MS);
}

/* --- libraries --- */

static int print_nothing(lua_State *L)
{
    (void)L;
    return 0;
}

/* Every library that may be had is there already. */
static int require_library(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_getglobal(L, name);
    if (!lua_istable(L, -1))
        return luaL_error(L, "module %s not found", name);
    return 1;
}

static void open_library(lua_State *L, lua_CFunction open, const char *name)
{
    lua_pushcfunction(L, open);
    lua_pushstring(L, name);
    lua_call(L, 1, 0);
}

static void drop_globals(lua_State *L, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        lua_pushnil(L);
        lua_setglobal(L, names[i]);
    }
}

/* Of os only what tells the time. */
static void open_os(lua_State *L)
{
    open_library(L, luaopen_os, LUA_OSLIBNAME);
    lua_newtable(L);
    lua_getglobal(L, LUA_OSLIBNAME);
    lua_getfield(L, -1, "time");
    lua_setfield(L, -3, "time");
    lua_getfield(L, -1, "date");
    lua_setfield(L, -3, "date");
    lua_pop(L, 1);
    lua_setglobal(L, LUA_OSLIBNAME);
}

static void open_libraries(lua_State *L, bool open_libs)
{
    static const char *const loaders[] = {"dofile",  "loadfile", "load",   "loadstring",    "module",
                                          "require", "newproxy", "gcinfo", "collectgarbage"};
    static const char *const rest[] = {"coroutine"};
    open_library(L, luaopen_base, "");
    open_library(L, luaopen_table, LUA_TABLIBNAME);
    open_os(L);
    drop_globals(L, loaders, ARRAY_LEN(loaders));
    lua_register(L, "print", print_nothing);
    lua_register(L, "require", require_library);
    if (!open_libs) {
        drop_globals(L, rest, ARRAY_LEN(rest));
        return;
    }
    open_library(L, luaopen_math, LUA_MATHLIBNAME);
    open_library(L, luaopen_string, LUA_STRLIBNAME);
    lua_getglobal(L, LUA_STRLIBNAME);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_pop(L, 1);
}

/* --- the object --- */

static void push(lua_State *L, const struct doc *d)
{
    luaL_checkstack(L, 4, "the object is too deep");
    struct span text = doc_span(d);
    switch (doc_kind(d)) {
    case DOC_BOOL:
        lua_pushboolean(L, doc_bool(d, false));
        break;
    case DOC_INT:
    case DOC_FLOAT:
        lua_pushnumber(L, doc_float(d, 0));
        break;
    case DOC_STR:
        lua_pushlstring(L, text.at, text.len);
        break;
    case DOC_LIST:
    case DOC_MAP:
        lua_newtable(L);
        doc_each (it, d) {
            if (doc_is(d, DOC_MAP))
                lua_pushlstring(L, it.key.at, it.key.len);
            else
                lua_pushnumber(L, (lua_Number)it.index + 1);
            push(L, it.val);
            lua_rawset(L, -3);
        }
        break;
    default:
        lua_pushnil(L);
    }
}

/* --- the result --- */

static const char *field(lua_State *L, struct arena *a, const char *name)
{
    size_t len = 0;
    lua_getfield(L, -1, name);
    const char *text = lua_tolstring(L, -1, &len);
    const char *kept = text ? arena_strndup(a, text, MIN(len, (size_t)BOX_LUA_MESSAGE)) : "";
    lua_pop(L, 1);
    return kept;
}

static bool is_empty(lua_State *L)
{
    lua_pushnil(L);
    if (!lua_next(L, -2))
        return true;
    lua_pop(L, 2);
    return false;
}

static void take_health(lua_State *L, struct script_run *r)
{
    if (lua_isnil(L, -1))
        return;
    if (!lua_istable(L, -1))
        luaL_error(L, "expect table output from Lua script, not %s", luaL_typename(L, -1));
    if (is_empty(L))
        return;
    r->out->status = field(L, r->a, "status");
    r->out->message = field(L, r->a, "message");
    r->out->deletion_message = field(L, r->a, "deletionMessage");
    if (!*r->out->status)
        r->out->status = "none"; /* a verdict was meant, and there is no such one */
}

static int run_script(lua_State *L)
{
    struct script_run *r = lua_touserdata(L, 1);
    const char *text = r->script->text;
    open_libraries(L, r->script->open_libs);
    push(L, r->obj);
    lua_setglobal(L, "obj");
    lua_settop(L, 0);
    if (*text == LUA_SIGNATURE[0])
        luaL_error(L, "compiled Lua is not accepted");
    if (luaL_loadbuffer(L, text, strlen(text), "=<string>") != 0)
        lua_error(L);
    lua_sethook(L, on_count, LUA_MASKCOUNT, HOOK_COUNT);
    lua_call(L, 0, LUA_MULTRET);
    if (lua_gettop(L) == 0)
        lua_pushnil(L);
    take_health(L, r);
    return 0;
}

static struct err *failure(lua_State *L, const struct script_run *r)
{
    if (r->late)
        return err_new(ERR_DEADLINE, "the script ran longer than %d ms", (int)BOX_LUA_MS);
    if (r->full)
        return err_new(ERR_EXHAUSTED, "the script used more than %d MiB of memory", BOX_LUA_BYTES >> 20);
    const char *text = lua_tostring(L, -1);
    return err_new(ERR_INVALID, "%.*s", (int)BOX_LUA_MESSAGE,
                   text ? text : "an error object that is no text");
}

struct err *box_lua_health(const struct box_lua_script *script, const struct doc *obj, struct arena *a,
                           struct box_lua_health *out)
{
    *out = (struct box_lua_health){"", "", ""};
    struct script_run r = {.script = script,
                           .obj = obj,
                           .a = a,
                           .out = out,
                           .deadline_ms = clock_mono_ms(&clock_system) + BOX_LUA_MS};
    lua_State *L = lua_newstate(allocate, &r);
    if (!L)
        return err_new(ERR_INTERNAL, "Lua does not start");
    struct err *e = lua_cpcall(L, run_script, &r) == 0 ? NULL : failure(L, &r);
    lua_close(L);
    return e;
}
