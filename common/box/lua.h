/* box/lua.h - users' Lua 5.1 scripts, for the inside of a worker (specs/engine.md §5.4, libraries.md §4).
 *
 * A script sees the libraries that it may use and nothing of the machine. Instructions are counted against a
 * clock, its memory is capped, and what the count does not see (the matching of a string pattern) ends with
 * the worker. */
#ifndef CAPSTAN_BOX_LUA_H
#define CAPSTAN_BOX_LUA_H

#include "doc/doc.h"

enum { BOX_LUA_MS = 1000, BOX_LUA_BYTES = 32 << 20, BOX_LUA_MESSAGE = 16 << 10 };

struct box_lua_script {
    const char *text;
    bool open_libs; /* string, math, coroutine and the rest of os.time and os.date too */
};

/* What a health script returned. In the arena; texts are cut at BOX_LUA_MESSAGE bytes. */
struct box_lua_health {
    const char *status;           /* "" = it had nothing to say */
    const char *message;          /* "" = none */
    const char *deletion_message; /* "" = none */
};

/* Runs it with the object as the global `obj`. ERR_INVALID for what Lua says against the script or the
 * script's result, in Lua's words ("<string>:2: ..."); ERR_DEADLINE after BOX_LUA_MS; ERR_EXHAUSTED over
 * BOX_LUA_BYTES. */
struct err *box_lua_health(const struct box_lua_script *script, const struct doc *obj, struct arena *a,
                           struct box_lua_health *out) MUST_USE;

#endif
