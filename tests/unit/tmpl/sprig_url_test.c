/* urlParse and urlJoin as net/url has them; nothing is resolved. */
#include "unit/tmpl/rows.h"

/* As upstream's Sprig answers. */
static const struct row rows[] = {
    {"{{urlParse \"http://user:pw@example.com:8080/a/b%20c?x=1&y=2#frag\"}}",
     "map[fragment:frag host:example.com:8080 hostname:example.com opaque: path:/a/b c query:x=1&y=2 "
     "scheme:http userinfo:user:pw]",
     ""},
    {"{{urlParse \"https://example.com\"}}",
     "map[fragment: host:example.com hostname:example.com opaque: path: query: scheme:https userinfo:]", ""},
    {"{{urlParse \"mailto:a@b.c\"}}",
     "map[fragment: host: hostname: opaque:a@b.c path: query: scheme:mailto userinfo:]", ""},
    {"{{urlParse \"/rel/path?q\"}}",
     "map[fragment: host: hostname: opaque: path:/rel/path query:q scheme: userinfo:]", ""},
    {"{{urlParse \"\"}}", "map[fragment: host: hostname: opaque: path: query: scheme: userinfo:]", ""},
    {"{{urlParse \"http://[::1]:80/x\"}}",
     "map[fragment: host:[::1]:80 hostname:::1 opaque: path:/x query: scheme:http userinfo:]", ""},
    {"{{urlParse \"http://[::1\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"http://[::1\">: error calling urlParse: unable to "
     "parse url: parse \"http://[::1\": missing ']' in host"},
    {"{{urlParse \"%zz\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"%zz\">: error calling urlParse: unable to parse url: "
     "parse \"%zz\": invalid URL escape \"%zz\""},
    {"{{urlParse \"http://a b/\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"http://a b/\">: error calling urlParse: unable to "
     "parse url: parse \"http://a b/\": invalid character \" \" in host name"},
    {"{{urlParse \":x\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \":x\">: error calling urlParse: unable to parse url: "
     "parse \":x\": missing protocol scheme"},
    {"{{urlParse \"http://h:port/\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"http://h:port/\">: error calling urlParse: unable to "
     "parse url: parse \"http://h:port/\": invalid port \":port\" after host"},
    {"{{urlParse \"HTTP://Ex.com/%41\"}}",
     "map[fragment: host:Ex.com hostname:Ex.com opaque: path:/A query: scheme:http userinfo:]", ""},
    {"{{urlParse \"http://u@h\"}}",
     "map[fragment: host:h hostname:h opaque: path: query: scheme:http userinfo:u]", ""},
    {"{{urlParse \"http://u:@h/\"}}",
     "map[fragment: host:h hostname:h opaque: path:/ query: scheme:http userinfo:u:]", ""},
    {"{{urlParse \"//host/p\"}}",
     "map[fragment: host:host hostname:host opaque: path:/p query: scheme: userinfo:]", ""},
    {"{{urlParse \"a:b:c\"}}", "map[fragment: host: hostname: opaque:b:c path: query: scheme:a userinfo:]",
     ""},
    {"{{urlParse \"http://h/a%2Fb\"}}",
     "map[fragment: host:h hostname:h opaque: path:/a/b query: scheme:http userinfo:]", ""},
    {"{{urlParse \"http://h?\"}}",
     "map[fragment: host:h hostname:h opaque: path: query: scheme:http userinfo:]", ""},
    {"{{urlParse \"http://h#\"}}",
     "map[fragment: host:h hostname:h opaque: path: query: scheme:http userinfo:]", ""},
    {"{{urlParse \"http://h/#a%20b\"}}",
     "map[fragment:a b host:h hostname:h opaque: path:/ query: scheme:http userinfo:]", ""},
    {"{{urlParse \"x:/a\"}}", "map[fragment: host: hostname: opaque: path:/a query: scheme:x userinfo:]", ""},
    {"{{urlParse \"1http://a\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"1http://a\">: error calling urlParse: unable to parse "
     "url: parse \"1http://a\": first path segment in URL cannot contain colon"},
    {"{{urlParse \"http://h/\\u007f\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"http://h/\\u007f\">: error calling urlParse: unable to "
     "parse url: parse \"http://h/\\x7f\": net/url: invalid control character in URL"},
    {"{{urlParse \"tcp://0.0.0.0:123\"}}",
     "map[fragment: host:0.0.0.0:123 hostname:0.0.0.0 opaque: path: query: scheme:tcp userinfo:]", ""},
    {"{{urlParse \"http://us%20er:p%40w@h\"}}",
     "map[fragment: host:h hostname:h opaque: path: query: scheme:http userinfo:us%20er:p%40w]", ""},
    {"{{urlParse \"http://h/%\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"http://h/%\">: error calling urlParse: unable to parse "
     "url: parse \"http://h/%\": invalid URL escape \"%\""},
    {"{{urlParse \"http://%41.com/\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"http://%41.com/\">: error calling urlParse: unable to "
     "parse url: parse \"http://%41.com/\": invalid URL escape \"%41\""},
    {"{{urlParse \"http://h%zz/\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"http://h%zz/\">: error calling urlParse: unable to "
     "parse url: parse \"http://h%zz/\": invalid URL escape \"%zz\""},
    {"{{urlParse \"a/b:c\"}}", "map[fragment: host: hostname: opaque: path:a/b:c query: scheme: userinfo:]",
     ""},
    {"{{urlParse \"a b\"}}", "map[fragment: host: hostname: opaque: path:a b query: scheme: userinfo:]", ""},
    {"{{urlParse \"*\"}}", "map[fragment: host: hostname: opaque: path:* query: scheme: userinfo:]", ""},
    {"{{urlParse \"http://h:80\"}}",
     "map[fragment: host:h:80 hostname:h opaque: path: query: scheme:http userinfo:]", ""},
    {"{{urlParse \"http://h:\"}}",
     "map[fragment: host:h: hostname:h opaque: path: query: scheme:http userinfo:]", ""},
    {"{{urlParse \"git@github.com:a/b\"}}", "",
     "template: t:1:2: executing \"t\" at <urlParse \"git@github.com:a/b\">: error calling urlParse: unable "
     "to parse url: parse \"git@github.com:a/b\": first path segment in URL cannot contain colon"},
    {"{{urlParse \"http://\303\251.com/\303\251\"}}",
     "map[fragment: host:\303\251.com hostname:\303\251.com opaque: path:/\303\251 query: scheme:http "
     "userinfo:]",
     ""},
    {"{{urlParse \"http://u:p@\"}}",
     "map[fragment: host: hostname: opaque: path: query: scheme:http userinfo:u:p]", ""},
    {"{{urlParse \"file:///etc/x\"}}",
     "map[fragment: host: hostname: opaque: path:/etc/x query: scheme:file userinfo:]", ""},
    {"{{urlJoin (dict \"scheme\" \"http\" \"host\" \"h:80\" \"path\" \"/a b\" \"query\" \"x=1\" \"fragment\" "
     "\"f g\" \"userinfo\" \"u:p\")}}",
     "http://u:p@h:80/a%20b?x=1#f%20g", ""},
    {"{{urlJoin (dict \"scheme\" \"http\" \"host\" \"h\")}}", "http://h", ""},
    {"{{urlJoin (dict \"path\" \"a/b\")}}", "a/b", ""},
    {"{{urlJoin (dict)}}", "", ""},
    {"{{urlJoin (dict \"scheme\" \"mailto\" \"opaque\" \"a@b\")}}", "mailto:a@b", ""},
    {"{{urlJoin (dict \"host\" \"h\" \"path\" \"p\")}}", "//h/p", ""},
    {"{{urlJoin (dict \"scheme\" 5)}}", "",
     "template: t:1:2: executing \"t\" at <urlJoin (dict \"scheme\" 5)>: error calling urlJoin: unable to "
     "parse scheme key, must be of type string, but int found"},
    {"{{urlJoin nil}}", "", ""},
    {"{{urlJoin (urlParse \"http://user:pw@example.com:8080/a/b%20c?x=1#frag\")}}",
     "http://user:pw@example.com:8080/a/b%20c?x=1#frag", ""},
    {"{{urlJoin (dict \"scheme\" \"http\" \"host\" \"h\" \"path\" \"/\303\251?#%;=:@&+$,\")}}",
     "http://h/%C3%A9%3F%23%25;=:@&+$,", ""},
    {"{{urlJoin (dict \"userinfo\" \"us er:p@w\" \"host\" \"h\")}}", "",
     "template: t:1:2: executing \"t\" at <urlJoin (dict \"userinfo\" \"us er:p@w\" \"host\" \"h\")>: error "
     "calling urlJoin: unable to parse userinfo in dict: parse \"proto://us er:p@w@host\": net/url: invalid "
     "userinfo"},
    {"{{urlJoin (dict \"path\" \"a:b\")}}", "./a:b", ""},
    {"{{urlJoin (dict \"path\" \"//a\")}}", "//a", ""},
    {"{{urlJoin (dict \"scheme\" \"x\" \"path\" \"//a\")}}", "x:////a", ""},
    {"{{urlJoin (dict \"scheme\" \"s\" \"host\" \"\" \"path\" \"/p\")}}", "s:///p", ""},
    {"{{urlJoin (dict \"fragment\" \"a?b/c\\\"<>\")}}", "#a?b/c%22%3C%3E", ""},
    {"{{urlJoin (dict \"host\" \"a b<>\")}}", "//a%20b<>", ""},
    {"{{urlJoin (dict \"query\" \"a b\")}}", "?a b", ""},
    {"{{urlJoin (urlParse \"http://h/a%2Fb\")}}", "http://h/a/b", ""},
    {"{{urlJoin (dict \"scheme\" \"http\" \"host\" \"[::1]:80\")}}", "http://[::1]:80", ""},
    {"{{urlJoin (dict \"userinfo\" \"u\")}}", "//u@", ""},
    {"{{urlJoin (dict \"userinfo\" \"%zz\" \"host\" \"h\")}}", "",
     "template: t:1:2: executing \"t\" at <urlJoin (dict \"userinfo\" \"%zz\" \"host\" \"h\")>: error "
     "calling urlJoin: unable to parse userinfo in dict: parse \"proto://%zz@host\": invalid URL escape "
     "\"%zz\""},
};

TEST(urls_as_in_sprig)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, rows, ARRAY_LEN(rows), "{}", TMPL_MISSING_DEFAULT);
}

TEST(no_host_is_looked_up)
{
    static const struct row none[] = {{"{{getHostByName `a.example`}}|", "|", ""}};
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, none, ARRAY_LEN(none), "null", TMPL_MISSING_DEFAULT);
}

TEST_MAIN
