/* Codecs: JSON as encoding/json writes it and what it says of what it refuses, YAML as sigs.k8s.io/yaml, TOML
 * as BurntSushi's. */
#include "unit/tmpl/rows.h"

static const char data[] =
    "{\"v\": {\"port\": 80, \"big\": 1000000, \"f\": 0.5, \"g\": 1234567.5, \"h\": 1e+21, \"b\": true, "
    "\"n\": null, \"s\": \"x\", \"e\": \"\", \"l\": [1, \"a\", null, {\"k\": \"v\", \"z\": []}], \"m\": "
    "{\"b\": 1, \"a\": {\"c\": \"yes\"}}, \"em\": {}, \"el\": []}, \"str\": \"- foo\", \"ml\": \"a\\nb\\n\", "
    "\"s2\": \"a: b\", \"html\": \"<a>&\\u2028\"}";

/* As Helm's functions answer. */
static const struct row rows[] = {
    {"{{toYaml .v}}",
     "b: true\nbig: 1000000\ne: \"\"\nel: []\nem: {}\nf: 0.5\ng: 1.2345675e+06\nh: 1e+21\nl:\n- 1\n- a\n- "
     "null\n- k: v\n  z: []\nm:\n  a:\n    c: \"yes\"\n  b: 1\n\"n\": null\nport: 80\ns: x",
     ""},
    {"{{toJson .v}}|{{toPrettyJson .v}}|{{toRawJson .v}}",
     "{\"b\":true,\"big\":1000000,\"e\":\"\",\"el\":[],\"em\":{},\"f\":0.5,\"g\":1234567.5,\"h\":1e+21,\"l\":"
     "[1,\"a\",null,{\"k\":\"v\",\"z\":[]}],\"m\":{\"a\":{\"c\":\"yes\"},\"b\":1},\"n\":null,\"port\":80,"
     "\"s\":\"x\"}|{\n  \"b\": true,\n  \"big\": 1000000,\n  \"e\": \"\",\n  \"el\": [],\n  \"em\": {},\n  "
     "\"f\": 0.5,\n  \"g\": 1234567.5,\n  \"h\": 1e+21,\n  \"l\": [\n    1,\n    \"a\",\n    null,\n    {\n  "
     "    \"k\": \"v\",\n      \"z\": []\n    }\n  ],\n  \"m\": {\n    \"a\": {\n      \"c\": \"yes\"\n    "
     "},\n    \"b\": 1\n  },\n  \"n\": null,\n  \"port\": 80,\n  \"s\": "
     "\"x\"\n}|{\"b\":true,\"big\":1000000,\"e\":\"\",\"el\":[],\"em\":{},\"f\":0.5,\"g\":1234567.5,\"h\":1e+"
     "21,\"l\":[1,\"a\",null,{\"k\":\"v\",\"z\":[]}],\"m\":{\"a\":{\"c\":\"yes\"},\"b\":1},\"n\":null,"
     "\"port\":80,\"s\":\"x\"}",
     ""},
    {"{{toYaml .str}}", "'- foo'", ""},
    {"{{toJson .str}}|{{toPrettyJson .str}}|{{toRawJson .str}}", "\"- foo\"|\"- foo\"|\"- foo\"", ""},
    {"{{toYaml .ml}}", "|\n  a\n  b", ""},
    {"{{toJson .ml}}|{{toPrettyJson .ml}}|{{toRawJson .ml}}", "\"a\\nb\\n\"|\"a\\nb\\n\"|\"a\\nb\\n\"", ""},
    {"{{toYaml .s2}}", "'a: b'", ""},
    {"{{toJson .s2}}|{{toPrettyJson .s2}}|{{toRawJson .s2}}", "\"a: b\"|\"a: b\"|\"a: b\"", ""},
    {"{{toYaml nil}}", "null", ""},
    {"{{toJson nil}}|{{toPrettyJson nil}}|{{toRawJson nil}}", "null|null|null", ""},
    {"{{toYaml 1}}", "1", ""},
    {"{{toJson 1}}|{{toPrettyJson 1}}|{{toRawJson 1}}", "1|1|1", ""},
    {"{{toYaml 1.5}}", "1.5", ""},
    {"{{toJson 1.5}}|{{toPrettyJson 1.5}}|{{toRawJson 1.5}}", "1.5|1.5|1.5", ""},
    {"{{toYaml true}}", "true", ""},
    {"{{toJson true}}|{{toPrettyJson true}}|{{toRawJson true}}", "true|true|true", ""},
    {"{{toYaml \"x\"}}", "x", ""},
    {"{{toJson \"x\"}}|{{toPrettyJson \"x\"}}|{{toRawJson \"x\"}}", "\"x\"|\"x\"|\"x\"", ""},
    {"{{toYaml \"\"}}", "\"\"", ""},
    {"{{toJson \"\"}}|{{toPrettyJson \"\"}}|{{toRawJson \"\"}}", "\"\"|\"\"|\"\"", ""},
    {"{{toYaml (list)}}", "[]", ""},
    {"{{toJson (list)}}|{{toPrettyJson (list)}}|{{toRawJson (list)}}", "[]|[]|[]", ""},
    {"{{toYaml (dict)}}", "{}", ""},
    {"{{toJson (dict)}}|{{toPrettyJson (dict)}}|{{toRawJson (dict)}}", "{}|{}|{}", ""},
    {"{{toYaml (list 1 \"a\" nil)}}", "- 1\n- a\n- null", ""},
    {"{{toJson (list 1 \"a\" nil)}}|{{toPrettyJson (list 1 \"a\" nil)}}|{{toRawJson (list 1 \"a\" nil)}}",
     "[1,\"a\",null]|[\n  1,\n  \"a\",\n  null\n]|[1,\"a\",null]", ""},
    {"{{toYaml (dict \"a\" 1 \"b\" (dict \"c\" \"d\"))}}", "a: 1\nb:\n  c: d", ""},
    {"{{toJson (dict \"a\" 1 \"b\" (dict \"c\" \"d\"))}}|{{toPrettyJson (dict \"a\" 1 \"b\" (dict \"c\" "
     "\"d\"))}}|{{toRawJson (dict \"a\" 1 \"b\" (dict \"c\" \"d\"))}}",
     "{\"a\":1,\"b\":{\"c\":\"d\"}}|{\n  \"a\": 1,\n  \"b\": {\n    \"c\": \"d\"\n  "
     "}\n}|{\"a\":1,\"b\":{\"c\":\"d\"}}",
     ""},
    {"{{toYaml (splitList \",\" \"a,b\")}}", "- a\n- b", ""},
    {"{{toJson (splitList \",\" \"a,b\")}}|{{toPrettyJson (splitList \",\" \"a,b\")}}|{{toRawJson (splitList "
     "\",\" \"a,b\")}}",
     "[\"a\",\"b\"]|[\n  \"a\",\n  \"b\"\n]|[\"a\",\"b\"]", ""},
    {"{{toYaml (until 3)}}", "- 0\n- 1\n- 2", ""},
    {"{{toJson (until 3)}}|{{toPrettyJson (until 3)}}|{{toRawJson (until 3)}}",
     "[0,1,2]|[\n  0,\n  1,\n  2\n]|[0,1,2]", ""},
    {"{{toYaml .v.h}}", "1e+21", ""},
    {"{{toJson .v.h}}|{{toPrettyJson .v.h}}|{{toRawJson .v.h}}", "1e+21|1e+21|1e+21", ""},
    {"{{toYaml 1e6}}", "1000000", ""},
    {"{{toJson 1e6}}|{{toPrettyJson 1e6}}|{{toRawJson 1e6}}", "1000000|1000000|1000000", ""},
    {"{{toYaml 1e20}}", "1e+20", ""},
    {"{{toJson 1e20}}|{{toPrettyJson 1e20}}|{{toRawJson 1e20}}",
     "100000000000000000000|100000000000000000000|100000000000000000000", ""},
    {"{{toYaml 1e21}}", "1e+21", ""},
    {"{{toJson 1e21}}|{{toPrettyJson 1e21}}|{{toRawJson 1e21}}", "1e+21|1e+21|1e+21", ""},
    {"{{toYaml 1e-7}}", "1e-07", ""},
    {"{{toJson 1e-7}}|{{toPrettyJson 1e-7}}|{{toRawJson 1e-7}}", "1e-7|1e-7|1e-7", ""},
    {"{{toYaml 100000000.0}}", "100000000", ""},
    {"{{toJson 100000000.0}}|{{toPrettyJson 100000000.0}}|{{toRawJson 100000000.0}}",
     "100000000|100000000|100000000", ""},
    {"{{toYaml 0.1}}", "0.1", ""},
    {"{{toJson 0.1}}|{{toPrettyJson 0.1}}|{{toRawJson 0.1}}", "0.1|0.1|0.1", ""},
    {"{{toYaml 123456789012.0}}", "123456789012", ""},
    {"{{toJson 123456789012.0}}|{{toPrettyJson 123456789012.0}}|{{toRawJson 123456789012.0}}",
     "123456789012|123456789012|123456789012", ""},
    {"{{toYaml \"yes\"}}", "\"yes\"", ""},
    {"{{toJson \"yes\"}}|{{toPrettyJson \"yes\"}}|{{toRawJson \"yes\"}}", "\"yes\"|\"yes\"|\"yes\"", ""},
    {"{{toYaml \"1e3\"}}", "\"1e3\"", ""},
    {"{{toJson \"1e3\"}}|{{toPrettyJson \"1e3\"}}|{{toRawJson \"1e3\"}}", "\"1e3\"|\"1e3\"|\"1e3\"", ""},
    {"{{toYaml \"0x1f\"}}", "\"0x1f\"", ""},
    {"{{toJson \"0x1f\"}}|{{toPrettyJson \"0x1f\"}}|{{toRawJson \"0x1f\"}}", "\"0x1f\"|\"0x1f\"|\"0x1f\"",
     ""},
    {"{{toYaml \"a\\nb\"}}", "|-\n  a\n  b", ""},
    {"{{toJson \"a\\nb\"}}|{{toPrettyJson \"a\\nb\"}}|{{toRawJson \"a\\nb\"}}",
     "\"a\\nb\"|\"a\\nb\"|\"a\\nb\"", ""},
    {"{{toYaml \"a\\nb\\n\"}}", "|\n  a\n  b", ""},
    {"{{toJson \"a\\nb\\n\"}}|{{toPrettyJson \"a\\nb\\n\"}}|{{toRawJson \"a\\nb\\n\"}}",
     "\"a\\nb\\n\"|\"a\\nb\\n\"|\"a\\nb\\n\"", ""},
    {"{{toYaml \"\\nlead\"}}", "|2-\n\n  lead", ""},
    {"{{toJson \"\\nlead\"}}|{{toPrettyJson \"\\nlead\"}}|{{toRawJson \"\\nlead\"}}",
     "\"\\nlead\"|\"\\nlead\"|\"\\nlead\"", ""},
    {"{{toYaml \"tr \"}}", "'tr '", ""},
    {"{{toJson \"tr \"}}|{{toPrettyJson \"tr \"}}|{{toRawJson \"tr \"}}", "\"tr \"|\"tr \"|\"tr \"", ""},
    {"{{toYaml \"a\\tb\"}}", "\"a\\tb\"", ""},
    {"{{toJson \"a\\tb\"}}|{{toPrettyJson \"a\\tb\"}}|{{toRawJson \"a\\tb\"}}",
     "\"a\\tb\"|\"a\\tb\"|\"a\\tb\"", ""},
    {"{{toYaml \"\303\251\360\237\230\200\"}}", "\"\303\251\\U0001F600\"", ""},
    {"{{toJson \"\303\251\360\237\230\200\"}}|{{toPrettyJson \"\303\251\360\237\230\200\"}}|{{toRawJson "
     "\"\303\251\360\237\230\200\"}}",
     "\"\303\251\360\237\230\200\"|\"\303\251\360\237\230\200\"|\"\303\251\360\237\230\200\"", ""},
    {"{{toJson (b64dec \"/w==\")}}|{{toPrettyJson (b64dec \"/w==\")}}|{{toRawJson (b64dec \"/w==\")}}",
     "\"\\ufffd\"|\"\\ufffd\"|\"\\ufffd\"", ""},
    {"{{toYaml (rest (list))}}", "null", ""},
    {"{{toJson (rest (list))}}|{{toPrettyJson (rest (list))}}|{{toRawJson (rest (list))}}", "null|null|null",
     ""},
    {"{{toYaml (dict \"k\" (rest (list)))}}", "k: null", ""},
    {"{{toJson (dict \"k\" (rest (list)))}}|{{toPrettyJson (dict \"k\" (rest (list)))}}|{{toRawJson (dict "
     "\"k\" (rest (list)))}}",
     "{\"k\":null}|{\n  \"k\": null\n}|{\"k\":null}", ""},
    {"{{toYaml (dict \"a2\" 1 \"a10\" 2 \"A\" 3 \"_z\" 4 \"0\" 5 \"a-b\" 6 \"aB\" 7)}}",
     "_z: 4\n\"0\": 5\nA: 3\na-b: 6\na2: 1\na10: 2\naB: 7", ""},
    {"{{toJson (dict \"a2\" 1 \"a10\" 2 \"A\" 3 \"_z\" 4 \"0\" 5 \"a-b\" 6 \"aB\" 7)}}|{{toPrettyJson (dict "
     "\"a2\" 1 \"a10\" 2 \"A\" 3 \"_z\" 4 \"0\" 5 \"a-b\" 6 \"aB\" 7)}}|{{toRawJson (dict \"a2\" 1 \"a10\" 2 "
     "\"A\" 3 \"_z\" 4 \"0\" 5 \"a-b\" 6 \"aB\" 7)}}",
     "{\"0\":5,\"A\":3,\"_z\":4,\"a-b\":6,\"a10\":2,\"a2\":1,\"aB\":7}|{\n  \"0\": 5,\n  \"A\": 3,\n  "
     "\"_z\": 4,\n  \"a-b\": 6,\n  \"a10\": 2,\n  \"a2\": 1,\n  \"aB\": "
     "7\n}|{\"0\":5,\"A\":3,\"_z\":4,\"a-b\":6,\"a10\":2,\"a2\":1,\"aB\":7}",
     ""},
    {"{{toYaml (list (list 1 (list 2)) (dict \"k\" (list (dict))))}}", "- - 1\n  - - 2\n- k:\n  - {}", ""},
    {"{{toJson (list (list 1 (list 2)) (dict \"k\" (list (dict))))}}|{{toPrettyJson (list (list 1 (list 2)) "
     "(dict \"k\" (list (dict))))}}|{{toRawJson (list (list 1 (list 2)) (dict \"k\" (list (dict))))}}",
     "[[1,[2]],{\"k\":[{}]}]|[\n  [\n    1,\n    [\n      2\n    ]\n  ],\n  {\n    \"k\": [\n      {}\n    "
     "]\n  }\n]|[[1,[2]],{\"k\":[{}]}]",
     ""},
    {"{{toYaml \"null\"}}", "\"null\"", ""},
    {"{{toJson \"null\"}}|{{toPrettyJson \"null\"}}|{{toRawJson \"null\"}}", "\"null\"|\"null\"|\"null\"",
     ""},
    {"{{toYaml \"~\"}}", "\"~\"", ""},
    {"{{toJson \"~\"}}|{{toPrettyJson \"~\"}}|{{toRawJson \"~\"}}", "\"~\"|\"~\"|\"~\"", ""},
    {"{{toYaml \"2020-01-01\"}}", "\"2020-01-01\"", ""},
    {"{{toJson \"2020-01-01\"}}|{{toPrettyJson \"2020-01-01\"}}|{{toRawJson \"2020-01-01\"}}",
     "\"2020-01-01\"|\"2020-01-01\"|\"2020-01-01\"", ""},
    {"{{toYaml \"1:20\"}}", "\"1:20\"", ""},
    {"{{toJson \"1:20\"}}|{{toPrettyJson \"1:20\"}}|{{toRawJson \"1:20\"}}", "\"1:20\"|\"1:20\"|\"1:20\"",
     ""},
    {"{{toYaml \"#c\"}}", "'#c'", ""},
    {"{{toJson \"#c\"}}|{{toPrettyJson \"#c\"}}|{{toRawJson \"#c\"}}", "\"#c\"|\"#c\"|\"#c\"", ""},
    {"{{toYaml \"it's\"}}", "it's", ""},
    {"{{toJson \"it's\"}}|{{toPrettyJson \"it's\"}}|{{toRawJson \"it's\"}}", "\"it's\"|\"it's\"|\"it's\"",
     ""},
    {"{{toYaml \"say \\\"hi\\\"\"}}", "say \"hi\"", ""},
    {"{{toJson \"say \\\"hi\\\"\"}}|{{toPrettyJson \"say \\\"hi\\\"\"}}|{{toRawJson \"say \\\"hi\\\"\"}}",
     "\"say \\\"hi\\\"\"|\"say \\\"hi\\\"\"|\"say \\\"hi\\\"\"", ""},
    {"{{toYaml (int64 5)}}", "5", ""},
    {"{{toJson (int64 5)}}|{{toPrettyJson (int64 5)}}|{{toRawJson (int64 5)}}", "5|5|5", ""},
    {"{{toYaml (div 7 2)}}", "3", ""},
    {"{{toJson (div 7 2)}}|{{toPrettyJson (div 7 2)}}|{{toRawJson (div 7 2)}}", "3|3|3", ""},
    {"{{toYaml (split \",\" \"a,b\")}}", "_0: a\n_1: b", ""},
    {"{{toJson (split \",\" \"a,b\")}}|{{toPrettyJson (split \",\" \"a,b\")}}|{{toRawJson (split \",\" "
     "\"a,b\")}}",
     "{\"_0\":\"a\",\"_1\":\"b\"}|{\n  \"_0\": \"a\",\n  \"_1\": \"b\"\n}|{\"_0\":\"a\",\"_1\":\"b\"}", ""},
    {"{{toYaml (dict \"a\" \"x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x "
     "x x x x x x x x x x x x x x x\")}}",
     "a: x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x\n  x x x x x x x x "
     "x x x x x x x",
     ""},
    {"{{toJson (dict \"a\" \"x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x "
     "x x x x x x x x x x x x x x x\")}}|{{toPrettyJson (dict \"a\" \"x x x x x x x x x x x x x x x x x x x "
     "x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x\")}}|{{toRawJson (dict \"a\" "
     "\"x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x "
     "x x x x x\")}}",
     "{\"a\":\"x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x "
     "x x x x x x x x\"}|{\n  \"a\": \"x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x "
     "x x x x x x x x x x x x x x x x x x x x\"\n}|{\"a\":\"x x x x x x x x x x x x x x x x x x x x x x x x "
     "x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x\"}",
     ""},
    {"{{toYaml (list \"a\\n  b\" \"  a\\nb\" \"a \\nb\" \"trail\\n\\n\")}}",
     "- |-\n  a\n    b\n- |2-\n    a\n  b\n- \"a \\nb\"\n- |+\n  trail\n", ""},
    {"{{toJson (list \"a\\n  b\" \"  a\\nb\" \"a \\nb\" \"trail\\n\\n\")}}|{{toPrettyJson (list \"a\\n  b\" "
     "\"  a\\nb\" \"a \\nb\" \"trail\\n\\n\")}}|{{toRawJson (list \"a\\n  b\" \"  a\\nb\" \"a \\nb\" "
     "\"trail\\n\\n\")}}",
     "[\"a\\n  b\",\"  a\\nb\",\"a \\nb\",\"trail\\n\\n\"]|[\n  \"a\\n  b\",\n  \"  a\\nb\",\n  \"a "
     "\\nb\",\n  \"trail\\n\\n\"\n]|[\"a\\n  b\",\"  a\\nb\",\"a \\nb\",\"trail\\n\\n\"]",
     ""},
    {"{{toYaml (dict \"a\" \"\" \"b\" \" \" \"c\" \"-\" \"d\" \"- x\" \"e\" \"?\" \"f\" \":\" \"g\" \"a:\" "
     "\"h\" \"a #b\" \"i\" \"@x\" \"j\" \"%x\" \"k\" \"!x\" \"l\" \"&a\" \"m\" \"*a\" \"n\" \"{\" \"o\" "
     "\"[\" \"p\" \"=\" \"q\" \"<<\" \"r\" \"|\" \"s\" \">\" \"t\" \"`\" \"u\" \",\" \"v\" \"'\" \"w\" "
     "\"\\\"\" )}}",
     "a: \"\"\nb: ' '\nc: '-'\nd: '- x'\ne: '?'\nf: ':'\ng: 'a:'\nh: 'a #b'\ni: '@x'\nj: '%x'\nk: '!x'\nl: "
     "'&a'\nm: '*a'\n\"n\": '{'\no: '['\np: =\nq: <<\nr: '|'\ns: '>'\nt: '`'\nu: ','\nv: ''''\nw: '\"'",
     ""},
    {"{{toJson (dict \"a\" \"\" \"b\" \" \" \"c\" \"-\" \"d\" \"- x\" \"e\" \"?\" \"f\" \":\" \"g\" \"a:\" "
     "\"h\" \"a #b\" \"i\" \"@x\" \"j\" \"%x\" \"k\" \"!x\" \"l\" \"&a\" \"m\" \"*a\" \"n\" \"{\" \"o\" "
     "\"[\" \"p\" \"=\" \"q\" \"<<\" \"r\" \"|\" \"s\" \">\" \"t\" \"`\" \"u\" \",\" \"v\" \"'\" \"w\" "
     "\"\\\"\" )}}|{{toPrettyJson (dict \"a\" \"\" \"b\" \" \" \"c\" \"-\" \"d\" \"- x\" \"e\" \"?\" \"f\" "
     "\":\" \"g\" \"a:\" \"h\" \"a #b\" \"i\" \"@x\" \"j\" \"%x\" \"k\" \"!x\" \"l\" \"&a\" \"m\" \"*a\" "
     "\"n\" \"{\" \"o\" \"[\" \"p\" \"=\" \"q\" \"<<\" \"r\" \"|\" \"s\" \">\" \"t\" \"`\" \"u\" \",\" \"v\" "
     "\"'\" \"w\" \"\\\"\" )}}|{{toRawJson (dict \"a\" \"\" \"b\" \" \" \"c\" \"-\" \"d\" \"- x\" \"e\" "
     "\"?\" \"f\" \":\" \"g\" \"a:\" \"h\" \"a #b\" \"i\" \"@x\" \"j\" \"%x\" \"k\" \"!x\" \"l\" \"&a\" "
     "\"m\" \"*a\" \"n\" \"{\" \"o\" \"[\" \"p\" \"=\" \"q\" \"<<\" \"r\" \"|\" \"s\" \">\" \"t\" \"`\" "
     "\"u\" \",\" \"v\" \"'\" \"w\" \"\\\"\" )}}",
     "{\"a\":\"\",\"b\":\" \",\"c\":\"-\",\"d\":\"- x\",\"e\":\"?\",\"f\":\":\",\"g\":\"a:\",\"h\":\"a "
     "#b\",\"i\":\"@x\",\"j\":\"%x\",\"k\":\"!x\",\"l\":\"\\u0026a\",\"m\":\"*a\",\"n\":\"{\",\"o\":\"[\","
     "\"p\":\"=\",\"q\":\"\\u003c\\u003c\",\"r\":\"|\",\"s\":\"\\u003e\",\"t\":\"`\",\"u\":\",\",\"v\":\"'\","
     "\"w\":\"\\\"\"}|{\n  \"a\": \"\",\n  \"b\": \" \",\n  \"c\": \"-\",\n  \"d\": \"- x\",\n  \"e\": "
     "\"?\",\n  \"f\": \":\",\n  \"g\": \"a:\",\n  \"h\": \"a #b\",\n  \"i\": \"@x\",\n  \"j\": \"%x\",\n  "
     "\"k\": \"!x\",\n  \"l\": \"\\u0026a\",\n  \"m\": \"*a\",\n  \"n\": \"{\",\n  \"o\": \"[\",\n  \"p\": "
     "\"=\",\n  \"q\": \"\\u003c\\u003c\",\n  \"r\": \"|\",\n  \"s\": \"\\u003e\",\n  \"t\": \"`\",\n  "
     "\"u\": \",\",\n  \"v\": \"'\",\n  \"w\": \"\\\"\"\n}|{\"a\":\"\",\"b\":\" \",\"c\":\"-\",\"d\":\"- "
     "x\",\"e\":\"?\",\"f\":\":\",\"g\":\"a:\",\"h\":\"a "
     "#b\",\"i\":\"@x\",\"j\":\"%x\",\"k\":\"!x\",\"l\":\"&a\",\"m\":\"*a\",\"n\":\"{\",\"o\":\"[\",\"p\":\"="
     "\",\"q\":\"<<\",\"r\":\"|\",\"s\":\">\",\"t\":\"`\",\"u\":\",\",\"v\":\"'\",\"w\":\"\\\"\"}",
     ""},
    {"{{mustToJson (dict \"a\" 1)}}{{mustToYaml (list 1)}}", "{\"a\":1}- 1", ""},
    {"{{fromYaml \"a: 1\\nb: [x, {y: z}]\"}}", "map[a:1 b:[x map[true:z]]]", ""},
    {"{{(fromYaml \"a: {b: c}\").a.b}}", "c", ""},
    {"{{fromYaml \"\"}}|{{fromYaml \"# c\"}}|{{fromYaml \"null\"}}|{{fromYaml \"a: b\\n---\\nc: d\"}}",
     "map[]|map[]|map[]|map[a:b]", ""},
    {"{{fromYaml \"- a\"}}",
     "map[Error:error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of "
     "type map[string]interface {}]",
     ""},
    {"{{fromYaml \"x\"}}",
     "map[Error:error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of "
     "type map[string]interface {}]",
     ""},
    {"{{fromYaml \"5\"}}",
     "map[Error:error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go value of "
     "type map[string]interface {}]",
     ""},
    {"{{fromYaml \"true\"}}",
     "map[Error:error unmarshaling JSON: while decoding JSON: json: cannot unmarshal bool into Go value of "
     "type map[string]interface {}]",
     ""},
    {"{{fromYaml \"a: b: c\"}}",
     "map[Error:error converting YAML to JSON: yaml: mapping values are not allowed in this context]", ""},
    {"{{fromYaml \"a: [1\"}}",
     "map[Error:error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']']", ""},
    {"{{fromYaml \"\\ta: b\"}}",
     "map[Error:error converting YAML to JSON: yaml: found character that cannot start any token]", ""},
    {"{{fromYaml \"a: yes\\nb: 0755\\nc: 1_000\\nd: 1e3\\ne: .inf\"}}",
     "map[Error:error converting YAML to JSON: json: unsupported value: +Inf]", ""},
    {"{{fromYaml \"a: yes\\nb: 0755\\nc: 1_000\\nd: 1e3\\ne: 2001-01-01\\nf: ~\\ng: 0x1F\"}}",
     "map[a:true b:493 c:1000 d:1000 e:2001-01-01 f:<nil> g:31]", ""},
    {"{{fromYamlArray \"- a\\n- {b: 1}\"}}{{fromYamlArray \"\"}}", "[a map[b:1]][]", ""},
    {"{{fromYamlArray \"a: b\"}}",
     "[error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go value of type "
     "[]interface {}]",
     ""},
    {"{{fromYamlArray \"x\"}}",
     "[error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type "
     "[]interface {}]",
     ""},
    {"{{fromYamlArray \"[1\"}}",
     "[error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']']", ""},
    {"{{fromJson \"{\\\"a\\\":1,\\\"b\\\":[true,null,\\\"x\\\"]}\"}}", "map[a:1 b:[true <nil> x]]", ""},
    {"{{fromJson \"\"}}", "map[Error:unexpected end of JSON input]", ""},
    {"{{fromJson \"null\" | toJson}}{{fromJson \"{}\"}}", "nullmap[]", ""},
    {"{{fromJson \"[1]\"}}",
     "map[Error:json: cannot unmarshal array into Go value of type map[string]interface {}]", ""},
    {"{{fromJson \"5\"}}",
     "map[Error:json: cannot unmarshal number into Go value of type map[string]interface {}]", ""},
    {"{{fromJson \"\\\"a\\\"\"}}",
     "map[Error:json: cannot unmarshal string into Go value of type map[string]interface {}]", ""},
    {"{{fromJson \"true\"}}",
     "map[Error:json: cannot unmarshal bool into Go value of type map[string]interface {}]", ""},
    {"{{fromJsonArray \"[1,\\\"a\\\"]\"}}{{fromJsonArray \"null\" | toJson}}", "[1 a]null", ""},
    {"{{fromJsonArray \"{}\"}}", "[json: cannot unmarshal object into Go value of type []interface {}]", ""},
    {"{{fromJsonArray \"\"}}", "[unexpected end of JSON input]", ""},
    {"{{fromYaml nil}}", "", "template: t:1:11: executing \"t\" at <nil>: cannot assign nil to string"},
    {"{{fromYaml 5}}", "", "template: t:1:11: executing \"t\" at <5>: expected string; found 5"},
    {"{{fromYaml .v}}", "",
     "template: t:1:11: executing \"t\" at <.v>: wrong type for value; expected string; got "
     "map[string]interface {}"},
    {"{{toYaml}}", "",
     "template: t:1:2: executing \"t\" at <toYaml>: wrong number of args for toYaml: want 1 got 0"},
    {"{{toJson 1 2}}", "",
     "template: t:1:2: executing \"t\" at <toJson>: wrong number of args for toJson: want 1 got 2"},
    {"{{mustFromJson \"[1,{\\\"a\\\":null}]\"}}{{mustFromJson \"5\"}}{{mustFromJson \"null\"}}",
     "[1 map[a:<nil>]]5<no value>", ""},
    {"{{mustToPrettyJson (dict \"a\" (list))}}{{mustToRawJson \"<\"}}", "{\n  \"a\": []\n}\"<\"", ""},
    {"{{toYaml .v | nindent 2}}",
     "\n  b: true\n  big: 1000000\n  e: \"\"\n  el: []\n  em: {}\n  f: 0.5\n  g: 1.2345675e+06\n  h: 1e+21\n "
     " l:\n  - 1\n  - a\n  - null\n  - k: v\n    z: []\n  m:\n    a:\n      c: \"yes\"\n    b: 1\n  \"n\": "
     "null\n  port: 80\n  s: x",
     ""},
    {"{{.v | toYaml | fromYaml | toJson}}",
     "{\"b\":true,\"big\":1000000,\"e\":\"\",\"el\":[],\"em\":{},\"f\":0.5,\"g\":1234567.5,\"h\":1e+21,\"l\":"
     "[1,\"a\",null,{\"k\":\"v\",\"z\":[]}],\"m\":{\"a\":{\"c\":\"yes\"},\"b\":1},\"n\":null,\"port\":80,"
     "\"s\":\"x\"}",
     ""},
    {"{{toYaml (dict \"a\" (b64enc \"x\"))}}", "a: eA==", ""},
    {"{{toPrettyJson (list)}}{{toPrettyJson (dict)}}{{toPrettyJson (list (dict) (list))}}",
     "[]{}[\n  {},\n  []\n]", ""},
    {"{{(fromJson \"{\\\"a\\\":{\\\"b\\\":\\\"c\\\"}}\").a.b}}", "c", ""},
    {"{{fromYaml \"a: &x 1\\nb: *x\\nc: {<<: {d: 1}}\"}}", "map[a:1 b:1 c:map[d:1]]", ""},
    {"{{(fromYaml \"1: a\\ntrue: b\\n1.5: c\")}}", "map[1:a 1.5:c true:b]", ""},
    {"{{fromJson \"{\"}}", "map[Error:unexpected end of JSON input]", ""},
    {"{{fromJson \"{\\\"a\\\"}\"}}", "map[Error:invalid character '}' after object key]", ""},
    {"{{fromJson \"{a}\"}}", "map[Error:invalid character 'a' looking for beginning of object key string]",
     ""},
    {"{{fromJson \"[1,]\"}}", "map[Error:invalid character ']' looking for beginning of value]", ""},
    {"{{fromJson \"{} x\"}}", "map[Error:invalid character 'x' after top-level value]", ""},
    {"{{fromJson \"nul\"}}", "map[Error:invalid character ' ' in literal null (expecting 'l')]", ""},
    {"{{fromJson \"tru\"}}", "map[Error:invalid character ' ' in literal true (expecting 'e')]", ""},
    {"{{fromJson \"01\"}}", "map[Error:invalid character '1' after top-level value]", ""},
    {"{{fromJson \"-\"}}", "map[Error:invalid character ' ' in numeric literal]", ""},
    {"{{fromJson \"\\\"a\"}}", "map[Error:unexpected end of JSON input]", ""},
    {"{{fromJson \"{\\\"a\\\":1,}\"}}",
     "map[Error:invalid character '}' looking for beginning of object key string]", ""},
    {"{{fromJson \"1.\"}}", "map[Error:invalid character ' ' after decimal point in numeric literal]", ""},
    {"{{fromJson \"1e\"}}", "map[Error:invalid character ' ' in exponent of numeric literal]", ""},
    {"{{fromJson \"\\\"\\\\x\\\"\"}}", "map[Error:invalid character 'x' in string escape code]", ""},
    {"{{fromJson \"\\\"\\n\\\"\"}}", "map[Error:invalid character '\\n' in string literal]", ""},
    {"{{fromJson \"x\"}}", "map[Error:invalid character 'x' looking for beginning of value]", ""},
    {"{{fromJson \"{\\\"a\\\" 1}\"}}", "map[Error:invalid character '1' after object key]", ""},
    {"{{fromJson \"{\\\"a\\\":1 2}\"}}", "map[Error:invalid character '2' after object key:value pair]", ""},
    {"{{fromJson \"[1 2]\"}}", "map[Error:invalid character '2' after array element]", ""},
    {"{{fromJson \"  \"}}", "map[Error:unexpected end of JSON input]", ""},
    {"{{fromJson \"1e999\"}}",
     "map[Error:json: cannot unmarshal number into Go value of type map[string]interface {}]", ""},
    {"{{fromJson \"\\\"\\\\u12\\\"\"}}",
     "map[Error:invalid character '\"' in \\u hexadecimal character escape]", ""},
    {"{{fromJson \"{1:2}\"}}", "map[Error:invalid character '1' looking for beginning of object key string]",
     ""},
    {"{{fromJson \"falze\"}}", "map[Error:invalid character 'z' in literal false (expecting 's')]", ""},
    {"{{fromJson \"{\\\"a\\\":\"}}", "map[Error:unexpected end of JSON input]", ""},
    {"{{fromJson \"\303\251\"}}", "map[Error:invalid character '\303\203' looking for beginning of value]",
     ""},
    {"{{fromJson \"\\u0000\"}}", "map[Error:invalid character '\\x00' looking for beginning of value]", ""},
    {"{{fromJson \"'\"}}", "map[Error:invalid character '\\'' looking for beginning of value]", ""},
    {"{{mustFromJson \"{\"}}", "",
     "template: t:1:2: executing \"t\" at <mustFromJson \"{\">: error calling mustFromJson: unexpected end "
     "of JSON input"},
    {"{{mustFromJson \"\"}}", "",
     "template: t:1:2: executing \"t\" at <mustFromJson \"\">: error calling mustFromJson: unexpected end of "
     "JSON input"},
    {"{{toToml .v}}", "toml: cannot encode array with nil element", ""},
    {"{{toToml (dict \"a\" 1 \"b\" 1.5 \"c\" \"x\" \"d\" true)}}", "a = 1\nb = 1.5\nc = \"x\"\nd = true\n",
     ""},
    {"{{toToml (dict \"port\" 80.0 \"big\" 1e6 \"h\" 1e21 \"i\" 1e-7 \"n\" 0.5)}}",
     "big = 1e+06\nh = 1e+21\ni = 1e-07\nn = 0.5\nport = 80.0\n", ""},
    {"{{toToml (dict \"a\" (dict \"b\" (dict \"c\" 1) \"d\" 2) \"z\" 3)}}",
     "z = 3\n\n[a]\n  d = 2\n  [a.b]\n    c = 1\n", ""},
    {"{{toToml (dict \"l\" (list 1 2 3) \"s\" (list \"a\" \"b\") \"e\" (list) \"m\" (list (list 1 2) (list "
     "\"a\")))}}",
     "e = []\nl = [1, 2, 3]\nm = [[1, 2], [\"a\"]]\ns = [\"a\", \"b\"]\n", ""},
    {"{{toToml (dict \"t\" (list (dict \"a\" 1) (dict \"b\" (dict \"c\" 2))))}}",
     "[[t]]\n  a = 1\n\n[[t]]\n  [t.b]\n    c = 2\n", ""},
    {"{{toToml (dict \"a\" nil \"b\" 1)}}", "b = 1\n", ""},
    {"{{toToml (dict \"a\" (list nil))}}", "toml: cannot encode array with nil element", ""},
    {"{{toToml nil}}", "",
     "template: t:1:2: executing \"t\" at <toToml nil>: error calling toToml: reflect: call of "
     "reflect.Value.Type on zero Value"},
    {"{{toToml 5}}", "5", ""},
    {"{{toToml \"x\"}}", "\"x\"", ""},
    {"{{toToml (list 1)}}", "[1]", ""},
    {"{{toToml (list (dict \"a\" 1))}}", "toml: top-level values must be Go maps or structs", ""},
    {"{{toToml (dict)}}", "", ""},
    {"{{toToml (dict \"a b\" 1 \"\303\251\" 2 \"\" 3 \"a.b\" 4 \"x-y_z\" 5 \"q\\\"\" 6)}}",
     "\"\" = 3\n\"a b\" = 1\n\"a.b\" = 4\n\"q\\\"\" = 6\nx-y_z = 5\n\"\303\251\" = 2\n", ""},
    {"{{toToml (dict \"s\" \"a\\nb\\t\\\"q\\\"\\\\ \303\251 \\u0001 \\u007f\")}}",
     "s = \"a\\nb\\t\\\"q\\\"\\\\ \303\251 \\u0001 \\u007f\"\n", ""},
    {"{{toToml (dict \"s\" (list \"a\" 1))}}", "s = [\"a\", 1]\n", ""},
    {"{{toToml (dict \"s\" (list (dict \"a\" 1) 2))}}", "s = [{a = 1}, 2]\n", ""},
    {"{{toToml (dict \"e\" (dict) \"f\" (dict \"g\" (dict)))}}", "[e]\n\n[f]\n  [f.g]\n", ""},
    {"{{toToml (dict \"x\" (list (dict)))}}", "[[x]]\n", ""},
    {"{{toToml (dict \"a\" (dict \"b\" (list (dict \"c\" 1) (dict \"c\" 2 \"d\" (dict \"e\" 1)))) \"k\" "
     "\"v\")}}",
     "k = \"v\"\n\n[a]\n\n  [[a.b]]\n    c = 1\n\n  [[a.b]]\n    c = 2\n    [a.b.d]\n      e = 1\n", ""},
    {"{{toToml (dict \"a\" (dict \"x y\" (dict \"k\" 1)))}}", "[a]\n  [a.\"x y\"]\n    k = 1\n", ""},
    {"{{toToml (dict \"a\" (splitList \",\" \"x,y\") \"b\" (until 2) \"c\" (split \",\" \"q\"))}}",
     "a = [\"x\", \"y\"]\nb = [0, 1]\n\n[c]\n  _0 = \"q\"\n", ""},
    {"{{toToml (dict \"a\" (list (list (dict \"b\" 1))))}}", "a = [[{b = 1}]]\n", ""},
    {"{{toToml (dict \"v\" (int64 5) \"i\" -3 \"f\" -0.5 \"neg\" -1e10)}}",
     "f = -0.5\ni = -3\nneg = -1e+10\nv = 5\n", ""},
    {"{{mustToToml (dict \"a\" 1)}}", "a = 1\n", ""},
    {"{{mustToToml nil}}", "",
     "template: t:1:2: executing \"t\" at <mustToToml nil>: error calling mustToToml: reflect: call of "
     "reflect.Value.Type on zero Value"},
    {"{{toToml (dict \"b\" (dict \"x\" 1) \"a\" (dict \"y\" 1) \"c\" 1)}}",
     "c = 1\n\n[a]\n  y = 1\n\n[b]\n  x = 1\n", ""},
    {"{{toToml (dict \"nan\" (mulf 1e308 10))}}", "nan = inf\n", ""},
    {"{{toToml (dict \"a\" (list (dict \"z\" 1 \"b\" (list 1)) ) \"b\" (list))}}",
     "b = []\n\n[[a]]\n  b = [1]\n  z = 1\n", ""},
    {"{{fromToml \"a = 1\\nb = \\\"x\\\"\\n[t]\\nc = 1.5\\nd = [1, 2]\\n[[l]]\\ne = true\\n[[l]]\\nf = "
     "false\\n[t.u]\\ng = {x = 1, y.z = 2}\"}}",
     "map[a:1 b:x l:[map[e:true] map[f:false]] t:map[c:1.5 d:[1 2] u:map[g:map[x:1 y:map[z:2]]]]]", ""},
    {"{{fromToml \"\"}}|{{fromToml \"# c\\n\"}}", "map[]|map[]", ""},
    {"{{toJson (fromToml \"a=0x1F\\nb=0o17\\nc=0b11\\nd=1_000\\ne=1e3\\nf=-1.5\\ng=+2\\nh=.5\")}}",
     "{\"Error\":\"toml: line 8 (last key \\\"h\\\"): floats must start with a digit, not '.'\"}", ""},
    {"{{toJson (fromToml \"a=0x1F\\nb=0o17\\nc=0b11\\nd=1_000\\ne=1e3\\nf=-1.5\\ng=+2\\nh=inf\")}}", "", ""},
    {"{{toJson (fromToml "
     "\"a='lit\\\\n'\\nb=\\\"\\\"\\\"multi\\nline\\\"\\\"\\\"\\nc='''raw\\n'''\\nd=\\\"\\\\u00e9\\\\t\\\"\")}"
     "}",
     "{\"a\":\"lit\\\\n\",\"b\":\"multi\\nline\",\"c\":\"raw\\n\",\"d\":\"\303\251\\t\"}", ""},
    {"{{toJson (fromToml \"a.b.c = 1\\n\\\"x y\\\".z = 2\\n[d.\\\"e f\\\"]\\ng=[\\\"a\\\", [1, 2], {k = "
     "\\\"v\\\"}]\\n\")}}",
     "{\"a\":{\"b\":{\"c\":1}},\"d\":{\"e f\":{\"g\":[\"a\",[1,2],{\"k\":\"v\"}]}},\"x y\":{\"z\":2}}", ""},
    {"{{(fromToml \"a = 1\").a | typeOf}} {{(fromToml \"a = 1.0\").a | typeOf}} {{(fromToml \"a = [1]\").a | "
     "typeOf}} {{(fromToml \"[[a]]\").a | typeOf}} {{(fromToml \"a = {}\").a | typeOf}}",
     "int64 float64 []interface {} []map[string]interface {} map[string]interface {}", ""},
    {"{{fromToml \"a = \"}}", "map[Error:toml: line 1 (last key \"a\"): unexpected EOF; expected value]", ""},
    {"{{fromToml \"a\"}}", "map[Error:toml: line 1: unexpected EOF; expected key separator '=']", ""},
    {"{{fromToml \"a = 1\\na = 2\"}}",
     "map[Error:toml: line 2 (last key \"a\"): Key 'a' has already been defined.]", ""},
    {"{{fromToml \"= 1\"}}", "map[Error:toml: line 1: unexpected '=': key name appears blank]", ""},
    {"{{fromToml \"[a\\n\"}}",
     "map[Error:toml: line 2: expected '.' or ']' to end table name, but got '\\n' instead]", ""},
    {"{{fromToml \"a = \\\"x\"}}", "map[Error:toml: line 1 (last key \"a\"): unexpected EOF; expected '\"']",
     ""},
    {"{{fromToml \"[a]\\n[a]\"}}", "map[Error:toml: line 2: Key 'a' has already been defined.]", ""},
    {"{{fromToml \"a = 1\\n[a]\"}}", "map[Error:toml: line 2: Key 'a' has already been defined.]", ""},
    {"{{fromToml \"a = [1,\"}}", "map[Error:toml: line 1 (last key \"a\"): unexpected EOF; expected value]",
     ""},
    {"{{fromToml \"a = tru\"}}",
     "map[Error:toml: line 1 (last key \"a\"): expected value but found \"tru\" instead]", ""},
    {"{{fromToml \"a = 1 b\"}}",
     "map[Error:toml: line 1: expected a top-level item to end with a newline, comment, or EOF, but got 'b' "
     "instead]",
     ""},
    {"{{fromToml 5}}", "", "template: t:1:11: executing \"t\" at <5>: expected string; found 5"},
    {"{{toJson (fromToml \"a = [\\n 1, # c\\n 2,\\n]\\n\")}}", "{\"a\":[1,2]}", ""},
    {"{{toJson (fromToml \"a = \\\"\\\"\\\"\\\\\\n   x \\\\\\n  y\\\"\\\"\\\"\")}}", "{\"a\":\"x y\"}", ""},
};

TEST(codecs_as_in_helm)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    tmpl_funcs_add(funcs, tmpl_helm_codecs.rows, tmpl_helm_codecs.len);
    rows_check(funcs, rows, ARRAY_LEN(rows), data, TMPL_MISSING_ZERO);
}

/* Sprig's own fromJson gives any value, and nothing for what is none. */
TEST(json_as_in_sprig)
{
    static const struct row sprig[] = {
        {"{{fromJson `[1,{\"a\":null}]`}}{{fromJson `5`}}{{fromJson `{`}}", "[1 map[a:<nil>]]5<no value>",
         ""},
        {"{{toRawJson `<\xe2\x80\xa8>`}}{{toJson `<`}}", "\"<\\u2028>\"\"\\u003c\"", ""},
    };
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, sprig, ARRAY_LEN(sprig), "null", TMPL_MISSING_DEFAULT);
}

TEST(pretty_yaml_indents_lists)
{
    static const struct row pretty[] = {
        {"{{toYamlPretty (dict `a` (list 1 (list 2 `x`) (dict `k` `v` `l` (list))) `b` `yes` `c` `a\nb`)}}",
         "a:\n  - 1\n  - - 2\n    - x\n  - k: v\n    l: []\nb: \"yes\"\nc: |-\n  a\n  b", ""},
        {"{{toYamlPretty nil}} {{toYamlPretty (dict)}} {{toYamlPretty (dict `y` (repeat 60 `ab `))}}",
         "null {} \"y\": 'ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab "
         "ab ab ab "
         "ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab '",
         ""},
    };
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    tmpl_funcs_add(funcs, tmpl_helm_codecs.rows, tmpl_helm_codecs.len);
    rows_check(funcs, pretty, ARRAY_LEN(pretty), "null", TMPL_MISSING_DEFAULT);
}

TEST(toml_dates_stay_texts)
{
    static const struct row dates[] = {
        {"{{toJson (fromToml \"a = 1979-05-27T07:32:00Z\\nb = 1979-05-27 07:32:00\\nc = 07:32:00\")}}",
         "{\"a\":\"1979-05-27T07:32:00Z\",\"b\":\"1979-05-27 07:32:00\",\"c\":\"07:32:00\"}", ""},
    };
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    tmpl_funcs_add(funcs, tmpl_helm_codecs.rows, tmpl_helm_codecs.len);
    rows_check(funcs, dates, ARRAY_LEN(dates), "null", TMPL_MISSING_DEFAULT);
}

TEST_MAIN
