/* Health scripts: what they see, what they may return, and how those that misbehave end. */
#include "box/lua.h"
#include "doc/json.h"
#include "lib/test.h"

#define OBJECT                                                                                               \
    "{\"kind\":\"Foo\",\"spec\":{\"n\":3,\"none\":null,\"list\":[\"a\",\"b\"]},\"status\":{\"ready\":true}}"

static struct err *run(struct arena *a, const char *script, bool open_libs, struct box_lua_health *out)
{
    struct doc *obj;
    CHECK_OK(json_read(a, span_of(OBJECT), NULL, &obj));
    return box_lua_health(&(struct box_lua_script){script, open_libs}, obj, a, out);
}

TEST(a_script_judges)
{
    static const struct {
        const char *script, *status, *message, *deletion;
    } rows[] = {
        {"return {status='Healthy', message='fine'}", "Healthy", "fine", ""},
        {"hs = {}\nif obj.status.ready then hs.status = 'Healthy' end\nreturn hs", "Healthy", "", ""},
        {"return {status='Progressing', message=obj.kind .. ' ' .. obj.spec.n}", "Progressing", "Foo 3", ""},
        {"return {status='Degraded', message=obj.spec.list[2]}", "Degraded", "b", ""},
        {"local n = 0 for i, v in ipairs(obj.spec.list) do n = n + 1 end return {status='Healthy', "
         "message=''..n}",
         "Healthy", "2", ""},
        {"if obj.spec.none == nil then return {status='Healthy'} end", "Healthy", "", ""},
        {"return {status='Progressing', deletionMessage='draining'}", "Progressing", "", "draining"},
        {"return {message='no status'}", "none", "no status", ""},
        {"return {}", "", "", ""},
        {"return nil", "", "", ""},
        {"", "", "", ""},
        {"return 1, {status='Healthy'}", "Healthy", "", ""},
        {"local os = require('os') return {status='Healthy', message=os.date('!%Y', 0)}", "Healthy", "1970",
         ""},
        {"return {status='Healthy', message=tostring(string) .. tostring(math) .. tostring(io) .. "
         "tostring(loadstring)}",
         "Healthy", "nilnilnilnil", ""},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct box_lua_health h;
        CHECK_OK(run(a, rows[i].script, false, &h));
        CHECKF(streq(h.status, rows[i].status) && streq(h.message, rows[i].message) &&
                   streq(h.deletion_message, rows[i].deletion),
               "%s: %s, %s, %s", rows[i].script, h.status, h.message, h.deletion_message);
    }
}

TEST(open_libraries_open_what_computes_and_no_more)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct box_lua_health h;
    CHECK_OK(
        run(a, "return {status='Healthy', message=string.upper(obj.kind) .. math.floor(1.5) .. ('x'):rep(2)}",
            true, &h));
    CHECK_STR(h.message, "FOO1xx");
    CHECK_OK(run(a,
                 "return {status='Healthy', message=tostring(io) .. tostring(os.execute) .. "
                 "tostring(string.dump) .. tostring(debug)}",
                 true, &h));
    CHECK_STR(h.message, "nilnilnilnil");
}

TEST(what_goes_wrong_is_said_in_the_words_of_lua)
{
    static const struct {
        const char *script, *message;
        enum err_code code;
    } rows[] = {
        {"return 'Healthy'", "expect table output from Lua script, not string", ERR_INVALID},
        {"return obj.spec.missing.x", "<string>:1: attempt to index field 'missing' (a nil value)",
         ERR_INVALID},
        {"\n\nerror('no luck')", "<string>:3: no luck", ERR_INVALID},
        {"error({})", "an error object that is no text", ERR_INVALID},
        {"this is not lua", "<string>:1: '=' expected near 'is'", ERR_INVALID},
        {"\x1bLua", "compiled Lua is not accepted", ERR_INVALID},
        {"return require('socket')", "<string>:1: module socket not found", ERR_INVALID},
        {"while true do end", "the script ran longer than 1000 ms", ERR_DEADLINE},
        {"while true do pcall(function() while true do end end) end", "the script ran longer than 1000 ms",
         ERR_DEADLINE},
        {"return setmetatable({x = 1}, {__index = function() while true do end end})", "the script ran longer than 1000 ms",
         ERR_DEADLINE},
        {"local t = {} while true do t[#t + 1] = {} end", "the script used more than 32 MiB of memory",
         ERR_EXHAUSTED},
        {"local s = 'x' while true do s = s .. s end", "the script used more than 32 MiB of memory",
         ERR_EXHAUSTED},
        {"local function f() return 1 + f() end return f()", "stack overflow", ERR_INVALID},
    };
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct box_lua_health h;
        struct err *e = run(a, rows[i].script, false, &h);
        CHECKF(e && e->code == rows[i].code && strstr(e->msg, rows[i].message), "%s: %s", rows[i].script,
               e ? e->msg : "worked");
        err_free(e);
    }
    struct box_lua_health h;
    struct err *e = run(a, "local c = coroutine.wrap(function() while true do end end) c()", true, &h);
    CHECK(e && e->code == ERR_DEADLINE);
    err_free(e);
}

TEST_MAIN
