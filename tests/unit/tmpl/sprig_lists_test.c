/* Sprig's functions of lists: normal, empty, nil and wrong-type cases. */
#include "unit/tmpl/rows.h"

/* As upstream's Sprig answers. */
static const struct row rows[] = {
    {"{{first (list)}}|{{printf \"%#v\" (first (list))}}", "<no value>|<nil>", ""},
    {"{{first (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (first (list 1 2 2 nil \"\" 1))}}", "1|1", ""},
    {"{{first (list nil)}}|{{printf \"%#v\" (first (list nil))}}", "<no value>|<nil>", ""},
    {"{{first nil}}|{{printf \"%#v\" (first nil)}}", "",
     "template: t:1:2: executing \"t\" at <first nil>: error calling first: runtime error: invalid memory "
     "address or nil pointer dereference"},
    {"{{first 5}}|{{printf \"%#v\" (first 5)}}", "",
     "template: t:1:2: executing \"t\" at <first 5>: error calling first: Cannot find first on type int"},
    {"{{first \"str\"}}|{{printf \"%#v\" (first \"str\")}}", "",
     "template: t:1:2: executing \"t\" at <first \"str\">: error calling first: Cannot find first on type "
     "string"},
    {"{{first (dict \"a\" 1)}}|{{printf \"%#v\" (first (dict \"a\" 1))}}", "",
     "template: t:1:2: executing \"t\" at <first (dict \"a\" 1)>: error calling first: Cannot find first on "
     "type map"},
    {"{{first (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (first (splitList \",\" \"a,b,a,\"))}}",
     "a|\"a\"", ""},
    {"{{first (until 3)}}|{{printf \"%#v\" (first (until 3))}}", "0|0", ""},
    {"{{last (list)}}|{{printf \"%#v\" (last (list))}}", "<no value>|<nil>", ""},
    {"{{last (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (last (list 1 2 2 nil \"\" 1))}}", "1|1", ""},
    {"{{last (list nil)}}|{{printf \"%#v\" (last (list nil))}}", "<no value>|<nil>", ""},
    {"{{last nil}}|{{printf \"%#v\" (last nil)}}", "",
     "template: t:1:2: executing \"t\" at <last nil>: error calling last: runtime error: invalid memory "
     "address or nil pointer dereference"},
    {"{{last 5}}|{{printf \"%#v\" (last 5)}}", "",
     "template: t:1:2: executing \"t\" at <last 5>: error calling last: Cannot find last on type int"},
    {"{{last \"str\"}}|{{printf \"%#v\" (last \"str\")}}", "",
     "template: t:1:2: executing \"t\" at <last \"str\">: error calling last: Cannot find last on type "
     "string"},
    {"{{last (dict \"a\" 1)}}|{{printf \"%#v\" (last (dict \"a\" 1))}}", "",
     "template: t:1:2: executing \"t\" at <last (dict \"a\" 1)>: error calling last: Cannot find last on "
     "type map"},
    {"{{last (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (last (splitList \",\" \"a,b,a,\"))}}", "|\"\"",
     ""},
    {"{{last (until 3)}}|{{printf \"%#v\" (last (until 3))}}", "2|2", ""},
    {"{{rest (list)}}|{{printf \"%#v\" (rest (list))}}", "[]|[]interface {}(nil)", ""},
    {"{{rest (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (rest (list 1 2 2 nil \"\" 1))}}",
     "[2 2 <nil>  1]|[]interface {}{2, 2, interface {}(nil), \"\", 1}", ""},
    {"{{rest (list nil)}}|{{printf \"%#v\" (rest (list nil))}}", "[]|[]interface {}{}", ""},
    {"{{rest nil}}|{{printf \"%#v\" (rest nil)}}", "",
     "template: t:1:2: executing \"t\" at <rest nil>: error calling rest: runtime error: invalid memory "
     "address or nil pointer dereference"},
    {"{{rest 5}}|{{printf \"%#v\" (rest 5)}}", "",
     "template: t:1:2: executing \"t\" at <rest 5>: error calling rest: Cannot find rest on type int"},
    {"{{rest \"str\"}}|{{printf \"%#v\" (rest \"str\")}}", "",
     "template: t:1:2: executing \"t\" at <rest \"str\">: error calling rest: Cannot find rest on type "
     "string"},
    {"{{rest (dict \"a\" 1)}}|{{printf \"%#v\" (rest (dict \"a\" 1))}}", "",
     "template: t:1:2: executing \"t\" at <rest (dict \"a\" 1)>: error calling rest: Cannot find rest on "
     "type map"},
    {"{{rest (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (rest (splitList \",\" \"a,b,a,\"))}}",
     "[b a ]|[]interface {}{\"b\", \"a\", \"\"}", ""},
    {"{{rest (until 3)}}|{{printf \"%#v\" (rest (until 3))}}", "[1 2]|[]interface {}{1, 2}", ""},
    {"{{initial (list)}}|{{printf \"%#v\" (initial (list))}}", "[]|[]interface {}(nil)", ""},
    {"{{initial (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (initial (list 1 2 2 nil \"\" 1))}}",
     "[1 2 2 <nil> ]|[]interface {}{1, 2, 2, interface {}(nil), \"\"}", ""},
    {"{{initial (list nil)}}|{{printf \"%#v\" (initial (list nil))}}", "[]|[]interface {}{}", ""},
    {"{{initial nil}}|{{printf \"%#v\" (initial nil)}}", "",
     "template: t:1:2: executing \"t\" at <initial nil>: error calling initial: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{initial 5}}|{{printf \"%#v\" (initial 5)}}", "",
     "template: t:1:2: executing \"t\" at <initial 5>: error calling initial: Cannot find initial on type "
     "int"},
    {"{{initial \"str\"}}|{{printf \"%#v\" (initial \"str\")}}", "",
     "template: t:1:2: executing \"t\" at <initial \"str\">: error calling initial: Cannot find initial on "
     "type string"},
    {"{{initial (dict \"a\" 1)}}|{{printf \"%#v\" (initial (dict \"a\" 1))}}", "",
     "template: t:1:2: executing \"t\" at <initial (dict \"a\" 1)>: error calling initial: Cannot find "
     "initial on type map"},
    {"{{initial (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (initial (splitList \",\" \"a,b,a,\"))}}",
     "[a b a]|[]interface {}{\"a\", \"b\", \"a\"}", ""},
    {"{{initial (until 3)}}|{{printf \"%#v\" (initial (until 3))}}", "[0 1]|[]interface {}{0, 1}", ""},
    {"{{reverse (list)}}|{{printf \"%#v\" (reverse (list))}}", "[]|[]interface {}{}", ""},
    {"{{reverse (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (reverse (list 1 2 2 nil \"\" 1))}}",
     "[1  <nil> 2 2 1]|[]interface {}{1, \"\", interface {}(nil), 2, 2, 1}", ""},
    {"{{reverse (list nil)}}|{{printf \"%#v\" (reverse (list nil))}}",
     "[<nil>]|[]interface {}{interface {}(nil)}", ""},
    {"{{reverse nil}}|{{printf \"%#v\" (reverse nil)}}", "",
     "template: t:1:2: executing \"t\" at <reverse nil>: error calling reverse: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{reverse 5}}|{{printf \"%#v\" (reverse 5)}}", "",
     "template: t:1:2: executing \"t\" at <reverse 5>: error calling reverse: Cannot find reverse on type "
     "int"},
    {"{{reverse \"str\"}}|{{printf \"%#v\" (reverse \"str\")}}", "",
     "template: t:1:2: executing \"t\" at <reverse \"str\">: error calling reverse: Cannot find reverse on "
     "type string"},
    {"{{reverse (dict \"a\" 1)}}|{{printf \"%#v\" (reverse (dict \"a\" 1))}}", "",
     "template: t:1:2: executing \"t\" at <reverse (dict \"a\" 1)>: error calling reverse: Cannot find "
     "reverse on type map"},
    {"{{reverse (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (reverse (splitList \",\" \"a,b,a,\"))}}",
     "[ a b a]|[]interface {}{\"\", \"a\", \"b\", \"a\"}", ""},
    {"{{reverse (until 3)}}|{{printf \"%#v\" (reverse (until 3))}}", "[2 1 0]|[]interface {}{2, 1, 0}", ""},
    {"{{uniq (list)}}|{{printf \"%#v\" (uniq (list))}}", "[]|[]interface {}{}", ""},
    {"{{uniq (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (uniq (list 1 2 2 nil \"\" 1))}}",
     "[1 2 <nil> ]|[]interface {}{1, 2, interface {}(nil), \"\"}", ""},
    {"{{uniq (list nil)}}|{{printf \"%#v\" (uniq (list nil))}}", "[<nil>]|[]interface {}{interface {}(nil)}",
     ""},
    {"{{uniq nil}}|{{printf \"%#v\" (uniq nil)}}", "",
     "template: t:1:2: executing \"t\" at <uniq nil>: error calling uniq: runtime error: invalid memory "
     "address or nil pointer dereference"},
    {"{{uniq 5}}|{{printf \"%#v\" (uniq 5)}}", "",
     "template: t:1:2: executing \"t\" at <uniq 5>: error calling uniq: Cannot find uniq on type int"},
    {"{{uniq \"str\"}}|{{printf \"%#v\" (uniq \"str\")}}", "",
     "template: t:1:2: executing \"t\" at <uniq \"str\">: error calling uniq: Cannot find uniq on type "
     "string"},
    {"{{uniq (dict \"a\" 1)}}|{{printf \"%#v\" (uniq (dict \"a\" 1))}}", "",
     "template: t:1:2: executing \"t\" at <uniq (dict \"a\" 1)>: error calling uniq: Cannot find uniq on "
     "type map"},
    {"{{uniq (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (uniq (splitList \",\" \"a,b,a,\"))}}",
     "[a b ]|[]interface {}{\"a\", \"b\", \"\"}", ""},
    {"{{uniq (until 3)}}|{{printf \"%#v\" (uniq (until 3))}}", "[0 1 2]|[]interface {}{0, 1, 2}", ""},
    {"{{compact (list)}}|{{printf \"%#v\" (compact (list))}}", "[]|[]interface {}{}", ""},
    {"{{compact (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (compact (list 1 2 2 nil \"\" 1))}}",
     "[1 2 2 1]|[]interface {}{1, 2, 2, 1}", ""},
    {"{{compact (list nil)}}|{{printf \"%#v\" (compact (list nil))}}", "[]|[]interface {}{}", ""},
    {"{{compact nil}}|{{printf \"%#v\" (compact nil)}}", "",
     "template: t:1:2: executing \"t\" at <compact nil>: error calling compact: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{compact 5}}|{{printf \"%#v\" (compact 5)}}", "",
     "template: t:1:2: executing \"t\" at <compact 5>: error calling compact: Cannot compact on type int"},
    {"{{compact \"str\"}}|{{printf \"%#v\" (compact \"str\")}}", "",
     "template: t:1:2: executing \"t\" at <compact \"str\">: error calling compact: Cannot compact on type "
     "string"},
    {"{{compact (dict \"a\" 1)}}|{{printf \"%#v\" (compact (dict \"a\" 1))}}", "",
     "template: t:1:2: executing \"t\" at <compact (dict \"a\" 1)>: error calling compact: Cannot compact on "
     "type map"},
    {"{{compact (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (compact (splitList \",\" \"a,b,a,\"))}}",
     "[a b a]|[]interface {}{\"a\", \"b\", \"a\"}", ""},
    {"{{compact (until 3)}}|{{printf \"%#v\" (compact (until 3))}}", "[1 2]|[]interface {}{1, 2}", ""},
    {"{{sortAlpha (list)}}|{{printf \"%#v\" (sortAlpha (list))}}", "[]|[]string{}", ""},
    {"{{sortAlpha (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (sortAlpha (list 1 2 2 nil \"\" 1))}}",
     "[ 1 1 2 2]|[]string{\"\", \"1\", \"1\", \"2\", \"2\"}", ""},
    {"{{sortAlpha (list nil)}}|{{printf \"%#v\" (sortAlpha (list nil))}}", "[]|[]string{}", ""},
    {"{{sortAlpha nil}}|{{printf \"%#v\" (sortAlpha nil)}}", "[<nil>]|[]string{\"<nil>\"}", ""},
    {"{{sortAlpha 5}}|{{printf \"%#v\" (sortAlpha 5)}}", "[5]|[]string{\"5\"}", ""},
    {"{{sortAlpha \"str\"}}|{{printf \"%#v\" (sortAlpha \"str\")}}", "[str]|[]string{\"str\"}", ""},
    {"{{sortAlpha (dict \"a\" 1)}}|{{printf \"%#v\" (sortAlpha (dict \"a\" 1))}}",
     "[map[a:1]]|[]string{\"map[a:1]\"}", ""},
    {"{{sortAlpha (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (sortAlpha (splitList \",\" \"a,b,a,\"))}}",
     "[ a a b]|[]string{\"\", \"a\", \"a\", \"b\"}", ""},
    {"{{sortAlpha (until 3)}}|{{printf \"%#v\" (sortAlpha (until 3))}}",
     "[0 1 2]|[]string{\"0\", \"1\", \"2\"}", ""},
    {"{{mustFirst (list)}}|{{printf \"%#v\" (mustFirst (list))}}", "<no value>|<nil>", ""},
    {"{{mustFirst (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (mustFirst (list 1 2 2 nil \"\" 1))}}", "1|1",
     ""},
    {"{{mustFirst (list nil)}}|{{printf \"%#v\" (mustFirst (list nil))}}", "<no value>|<nil>", ""},
    {"{{mustFirst nil}}|{{printf \"%#v\" (mustFirst nil)}}", "",
     "template: t:1:2: executing \"t\" at <mustFirst nil>: error calling mustFirst: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{mustFirst 5}}|{{printf \"%#v\" (mustFirst 5)}}", "",
     "template: t:1:2: executing \"t\" at <mustFirst 5>: error calling mustFirst: Cannot find first on type "
     "int"},
    {"{{mustFirst (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (mustFirst (splitList \",\" \"a,b,a,\"))}}",
     "a|\"a\"", ""},
    {"{{mustLast (list)}}|{{printf \"%#v\" (mustLast (list))}}", "<no value>|<nil>", ""},
    {"{{mustLast (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (mustLast (list 1 2 2 nil \"\" 1))}}", "1|1", ""},
    {"{{mustLast (list nil)}}|{{printf \"%#v\" (mustLast (list nil))}}", "<no value>|<nil>", ""},
    {"{{mustLast nil}}|{{printf \"%#v\" (mustLast nil)}}", "",
     "template: t:1:2: executing \"t\" at <mustLast nil>: error calling mustLast: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{mustLast 5}}|{{printf \"%#v\" (mustLast 5)}}", "",
     "template: t:1:2: executing \"t\" at <mustLast 5>: error calling mustLast: Cannot find last on type "
     "int"},
    {"{{mustLast (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (mustLast (splitList \",\" \"a,b,a,\"))}}",
     "|\"\"", ""},
    {"{{mustRest (list)}}|{{printf \"%#v\" (mustRest (list))}}", "[]|[]interface {}(nil)", ""},
    {"{{mustRest (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (mustRest (list 1 2 2 nil \"\" 1))}}",
     "[2 2 <nil>  1]|[]interface {}{2, 2, interface {}(nil), \"\", 1}", ""},
    {"{{mustRest (list nil)}}|{{printf \"%#v\" (mustRest (list nil))}}", "[]|[]interface {}{}", ""},
    {"{{mustRest nil}}|{{printf \"%#v\" (mustRest nil)}}", "",
     "template: t:1:2: executing \"t\" at <mustRest nil>: error calling mustRest: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{mustRest 5}}|{{printf \"%#v\" (mustRest 5)}}", "",
     "template: t:1:2: executing \"t\" at <mustRest 5>: error calling mustRest: Cannot find rest on type "
     "int"},
    {"{{mustRest (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (mustRest (splitList \",\" \"a,b,a,\"))}}",
     "[b a ]|[]interface {}{\"b\", \"a\", \"\"}", ""},
    {"{{mustInitial (list)}}|{{printf \"%#v\" (mustInitial (list))}}", "[]|[]interface {}(nil)", ""},
    {"{{mustInitial (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (mustInitial (list 1 2 2 nil \"\" 1))}}",
     "[1 2 2 <nil> ]|[]interface {}{1, 2, 2, interface {}(nil), \"\"}", ""},
    {"{{mustInitial (list nil)}}|{{printf \"%#v\" (mustInitial (list nil))}}", "[]|[]interface {}{}", ""},
    {"{{mustInitial nil}}|{{printf \"%#v\" (mustInitial nil)}}", "",
     "template: t:1:2: executing \"t\" at <mustInitial nil>: error calling mustInitial: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{mustInitial 5}}|{{printf \"%#v\" (mustInitial 5)}}", "",
     "template: t:1:2: executing \"t\" at <mustInitial 5>: error calling mustInitial: Cannot find initial on "
     "type int"},
    {"{{mustInitial (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (mustInitial (splitList \",\" "
     "\"a,b,a,\"))}}",
     "[a b a]|[]interface {}{\"a\", \"b\", \"a\"}", ""},
    {"{{mustReverse (list)}}|{{printf \"%#v\" (mustReverse (list))}}", "[]|[]interface {}{}", ""},
    {"{{mustReverse (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (mustReverse (list 1 2 2 nil \"\" 1))}}",
     "[1  <nil> 2 2 1]|[]interface {}{1, \"\", interface {}(nil), 2, 2, 1}", ""},
    {"{{mustReverse (list nil)}}|{{printf \"%#v\" (mustReverse (list nil))}}",
     "[<nil>]|[]interface {}{interface {}(nil)}", ""},
    {"{{mustReverse nil}}|{{printf \"%#v\" (mustReverse nil)}}", "",
     "template: t:1:2: executing \"t\" at <mustReverse nil>: error calling mustReverse: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{mustReverse 5}}|{{printf \"%#v\" (mustReverse 5)}}", "",
     "template: t:1:2: executing \"t\" at <mustReverse 5>: error calling mustReverse: Cannot find reverse on "
     "type int"},
    {"{{mustReverse (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (mustReverse (splitList \",\" "
     "\"a,b,a,\"))}}",
     "[ a b a]|[]interface {}{\"\", \"a\", \"b\", \"a\"}", ""},
    {"{{mustUniq (list)}}|{{printf \"%#v\" (mustUniq (list))}}", "[]|[]interface {}{}", ""},
    {"{{mustUniq (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (mustUniq (list 1 2 2 nil \"\" 1))}}",
     "[1 2 <nil> ]|[]interface {}{1, 2, interface {}(nil), \"\"}", ""},
    {"{{mustUniq (list nil)}}|{{printf \"%#v\" (mustUniq (list nil))}}",
     "[<nil>]|[]interface {}{interface {}(nil)}", ""},
    {"{{mustUniq nil}}|{{printf \"%#v\" (mustUniq nil)}}", "",
     "template: t:1:2: executing \"t\" at <mustUniq nil>: error calling mustUniq: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{mustUniq 5}}|{{printf \"%#v\" (mustUniq 5)}}", "",
     "template: t:1:2: executing \"t\" at <mustUniq 5>: error calling mustUniq: Cannot find uniq on type "
     "int"},
    {"{{mustUniq (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (mustUniq (splitList \",\" \"a,b,a,\"))}}",
     "[a b ]|[]interface {}{\"a\", \"b\", \"\"}", ""},
    {"{{mustCompact (list)}}|{{printf \"%#v\" (mustCompact (list))}}", "[]|[]interface {}{}", ""},
    {"{{mustCompact (list 1 2 2 nil \"\" 1)}}|{{printf \"%#v\" (mustCompact (list 1 2 2 nil \"\" 1))}}",
     "[1 2 2 1]|[]interface {}{1, 2, 2, 1}", ""},
    {"{{mustCompact (list nil)}}|{{printf \"%#v\" (mustCompact (list nil))}}", "[]|[]interface {}{}", ""},
    {"{{mustCompact nil}}|{{printf \"%#v\" (mustCompact nil)}}", "",
     "template: t:1:2: executing \"t\" at <mustCompact nil>: error calling mustCompact: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{mustCompact 5}}|{{printf \"%#v\" (mustCompact 5)}}", "",
     "template: t:1:2: executing \"t\" at <mustCompact 5>: error calling mustCompact: Cannot compact on type "
     "int"},
    {"{{mustCompact (splitList \",\" \"a,b,a,\")}}|{{printf \"%#v\" (mustCompact (splitList \",\" "
     "\"a,b,a,\"))}}",
     "[a b a]|[]interface {}{\"a\", \"b\", \"a\"}", ""},
    {"{{printf \"%#v\" (append (list) 9)}}", "[]interface {}{9}", ""},
    {"{{printf \"%#v\" (prepend (list) 9)}}", "[]interface {}{9}", ""},
    {"{{printf \"%#v\" (push (list) nil)}}", "[]interface {}{interface {}(nil)}", ""},
    {"{{printf \"%#v\" (without (list) 1 nil)}}", "[]interface {}{}", ""},
    {"{{printf \"%#v\" (has 2 (list))}}", "false", ""},
    {"{{printf \"%#v\" (has nil (list))}}", "false", ""},
    {"{{printf \"%#v\" (slice (list))}}", "<nil>", ""},
    {"{{printf \"%#v\" (slice (list) 1)}}", "<nil>", ""},
    {"{{printf \"%#v\" (slice (list) 0 1)}}", "<nil>", ""},
    {"{{printf \"%#v\" (chunk 2 (list))}}", "[][]interface {}{}", ""},
    {"{{printf \"%#v\" (concat (list) (list 7))}}", "[]interface {}{7}", ""},
    {"{{printf \"%#v\" (concat (list))}}", "[]interface {}(nil)", ""},
    {"{{printf \"%#v\" (mustAppend (list) 9)}}", "[]interface {}{9}", ""},
    {"{{printf \"%#v\" (mustPrepend (list) 9)}}", "[]interface {}{9}", ""},
    {"{{printf \"%#v\" (mustWithout (list) 1)}}", "[]interface {}{}", ""},
    {"{{printf \"%#v\" (mustHas \"a\" (list))}}", "false", ""},
    {"{{printf \"%#v\" (mustSlice (list) 1)}}", "<nil>", ""},
    {"{{printf \"%#v\" (mustChunk 2 (list))}}", "[][]interface {}{}", ""},
    {"{{printf \"%#v\" (append (list 1 2 2 nil \"\" 1) 9)}}",
     "[]interface {}{1, 2, 2, interface {}(nil), \"\", 1, 9}", ""},
    {"{{printf \"%#v\" (prepend (list 1 2 2 nil \"\" 1) 9)}}",
     "[]interface {}{9, 1, 2, 2, interface {}(nil), \"\", 1}", ""},
    {"{{printf \"%#v\" (push (list 1 2 2 nil \"\" 1) nil)}}",
     "[]interface {}{1, 2, 2, interface {}(nil), \"\", 1, interface {}(nil)}", ""},
    {"{{printf \"%#v\" (without (list 1 2 2 nil \"\" 1) 1 nil)}}", "[]interface {}{2, 2, \"\"}", ""},
    {"{{printf \"%#v\" (has 2 (list 1 2 2 nil \"\" 1))}}", "true", ""},
    {"{{printf \"%#v\" (has nil (list 1 2 2 nil \"\" 1))}}", "true", ""},
    {"{{printf \"%#v\" (slice (list 1 2 2 nil \"\" 1))}}",
     "[]interface {}{1, 2, 2, interface {}(nil), \"\", 1}", ""},
    {"{{printf \"%#v\" (slice (list 1 2 2 nil \"\" 1) 1)}}",
     "[]interface {}{2, 2, interface {}(nil), \"\", 1}", ""},
    {"{{printf \"%#v\" (slice (list 1 2 2 nil \"\" 1) 0 1)}}", "[]interface {}{1}", ""},
    {"{{printf \"%#v\" (chunk 2 (list 1 2 2 nil \"\" 1))}}",
     "[][]interface {}{[]interface {}{1, 2}, []interface {}{2, interface {}(nil)}, []interface {}{\"\", 1}}",
     ""},
    {"{{printf \"%#v\" (concat (list 1 2 2 nil \"\" 1) (list 7))}}",
     "[]interface {}{1, 2, 2, interface {}(nil), \"\", 1, 7}", ""},
    {"{{printf \"%#v\" (concat (list 1 2 2 nil \"\" 1))}}",
     "[]interface {}{1, 2, 2, interface {}(nil), \"\", 1}", ""},
    {"{{printf \"%#v\" (mustAppend (list 1 2 2 nil \"\" 1) 9)}}",
     "[]interface {}{1, 2, 2, interface {}(nil), \"\", 1, 9}", ""},
    {"{{printf \"%#v\" (mustPrepend (list 1 2 2 nil \"\" 1) 9)}}",
     "[]interface {}{9, 1, 2, 2, interface {}(nil), \"\", 1}", ""},
    {"{{printf \"%#v\" (mustWithout (list 1 2 2 nil \"\" 1) 1)}}",
     "[]interface {}{2, 2, interface {}(nil), \"\"}", ""},
    {"{{printf \"%#v\" (mustHas \"a\" (list 1 2 2 nil \"\" 1))}}", "false", ""},
    {"{{printf \"%#v\" (mustSlice (list 1 2 2 nil \"\" 1) 1)}}",
     "[]interface {}{2, 2, interface {}(nil), \"\", 1}", ""},
    {"{{printf \"%#v\" (mustChunk 2 (list 1 2 2 nil \"\" 1))}}",
     "[][]interface {}{[]interface {}{1, 2}, []interface {}{2, interface {}(nil)}, []interface {}{\"\", 1}}",
     ""},
    {"{{printf \"%#v\" (append (list nil) 9)}}", "[]interface {}{interface {}(nil), 9}", ""},
    {"{{printf \"%#v\" (prepend (list nil) 9)}}", "[]interface {}{9, interface {}(nil)}", ""},
    {"{{printf \"%#v\" (push (list nil) nil)}}", "[]interface {}{interface {}(nil), interface {}(nil)}", ""},
    {"{{printf \"%#v\" (without (list nil) 1 nil)}}", "[]interface {}{}", ""},
    {"{{printf \"%#v\" (has 2 (list nil))}}", "false", ""},
    {"{{printf \"%#v\" (has nil (list nil))}}", "true", ""},
    {"{{printf \"%#v\" (slice (list nil))}}", "[]interface {}{interface {}(nil)}", ""},
    {"{{printf \"%#v\" (slice (list nil) 1)}}", "[]interface {}{}", ""},
    {"{{printf \"%#v\" (slice (list nil) 0 1)}}", "[]interface {}{interface {}(nil)}", ""},
    {"{{printf \"%#v\" (chunk 2 (list nil))}}", "[][]interface {}{[]interface {}{interface {}(nil)}}", ""},
    {"{{printf \"%#v\" (concat (list nil) (list 7))}}", "[]interface {}{interface {}(nil), 7}", ""},
    {"{{printf \"%#v\" (concat (list nil))}}", "[]interface {}{interface {}(nil)}", ""},
    {"{{printf \"%#v\" (mustAppend (list nil) 9)}}", "[]interface {}{interface {}(nil), 9}", ""},
    {"{{printf \"%#v\" (mustPrepend (list nil) 9)}}", "[]interface {}{9, interface {}(nil)}", ""},
    {"{{printf \"%#v\" (mustWithout (list nil) 1)}}", "[]interface {}{interface {}(nil)}", ""},
    {"{{printf \"%#v\" (mustHas \"a\" (list nil))}}", "false", ""},
    {"{{printf \"%#v\" (mustSlice (list nil) 1)}}", "[]interface {}{}", ""},
    {"{{printf \"%#v\" (mustChunk 2 (list nil))}}", "[][]interface {}{[]interface {}{interface {}(nil)}}",
     ""},
    {"{{printf \"%#v\" (append nil 9)}}", "",
     "template: t:1:16: executing \"t\" at <append nil 9>: error calling append: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (prepend nil 9)}}", "",
     "template: t:1:16: executing \"t\" at <prepend nil 9>: error calling prepend: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (push nil nil)}}", "",
     "template: t:1:16: executing \"t\" at <push nil nil>: error calling push: runtime error: invalid memory "
     "address or nil pointer dereference"},
    {"{{printf \"%#v\" (without nil 1 nil)}}", "",
     "template: t:1:16: executing \"t\" at <without nil 1 nil>: error calling without: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (has 2 nil)}}", "false", ""},
    {"{{printf \"%#v\" (has nil nil)}}", "false", ""},
    {"{{printf \"%#v\" (slice nil)}}", "",
     "template: t:1:16: executing \"t\" at <slice nil>: error calling slice: runtime error: invalid memory "
     "address or nil pointer dereference"},
    {"{{printf \"%#v\" (slice nil 1)}}", "",
     "template: t:1:16: executing \"t\" at <slice nil 1>: error calling slice: runtime error: invalid memory "
     "address or nil pointer dereference"},
    {"{{printf \"%#v\" (slice nil 0 1)}}", "",
     "template: t:1:16: executing \"t\" at <slice nil 0 1>: error calling slice: runtime error: invalid "
     "memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (chunk 2 nil)}}", "",
     "template: t:1:16: executing \"t\" at <chunk 2 nil>: error calling chunk: runtime error: invalid memory "
     "address or nil pointer dereference"},
    {"{{printf \"%#v\" (concat nil (list 7))}}", "",
     "template: t:1:16: executing \"t\" at <concat nil (list 7)>: error calling concat: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (concat nil)}}", "",
     "template: t:1:16: executing \"t\" at <concat nil>: error calling concat: runtime error: invalid memory "
     "address or nil pointer dereference"},
    {"{{printf \"%#v\" (mustAppend nil 9)}}", "",
     "template: t:1:16: executing \"t\" at <mustAppend nil 9>: error calling mustAppend: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (mustPrepend nil 9)}}", "",
     "template: t:1:16: executing \"t\" at <mustPrepend nil 9>: error calling mustPrepend: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (mustWithout nil 1)}}", "",
     "template: t:1:16: executing \"t\" at <mustWithout nil 1>: error calling mustWithout: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (mustHas \"a\" nil)}}", "false", ""},
    {"{{printf \"%#v\" (mustSlice nil 1)}}", "",
     "template: t:1:16: executing \"t\" at <mustSlice nil 1>: error calling mustSlice: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (mustChunk 2 nil)}}", "",
     "template: t:1:16: executing \"t\" at <mustChunk 2 nil>: error calling mustChunk: runtime error: "
     "invalid memory address or nil pointer dereference"},
    {"{{printf \"%#v\" (append 5 9)}}", "",
     "template: t:1:16: executing \"t\" at <append 5 9>: error calling append: Cannot push on type int"},
    {"{{printf \"%#v\" (prepend 5 9)}}", "",
     "template: t:1:16: executing \"t\" at <prepend 5 9>: error calling prepend: Cannot prepend on type int"},
    {"{{printf \"%#v\" (push 5 nil)}}", "",
     "template: t:1:16: executing \"t\" at <push 5 nil>: error calling push: Cannot push on type int"},
    {"{{printf \"%#v\" (without 5 1 nil)}}", "",
     "template: t:1:16: executing \"t\" at <without 5 1 nil>: error calling without: Cannot find without on "
     "type int"},
    {"{{printf \"%#v\" (has 2 5)}}", "",
     "template: t:1:16: executing \"t\" at <has 2 5>: error calling has: Cannot find has on type int"},
    {"{{printf \"%#v\" (has nil 5)}}", "",
     "template: t:1:16: executing \"t\" at <has nil 5>: error calling has: Cannot find has on type int"},
    {"{{printf \"%#v\" (slice 5)}}", "",
     "template: t:1:16: executing \"t\" at <slice 5>: error calling slice: list should be type of slice or "
     "array but int"},
    {"{{printf \"%#v\" (slice 5 1)}}", "",
     "template: t:1:16: executing \"t\" at <slice 5 1>: error calling slice: list should be type of slice or "
     "array but int"},
    {"{{printf \"%#v\" (slice 5 0 1)}}", "",
     "template: t:1:16: executing \"t\" at <slice 5 0 1>: error calling slice: list should be type of slice "
     "or array but int"},
    {"{{printf \"%#v\" (chunk 2 5)}}", "",
     "template: t:1:16: executing \"t\" at <chunk 2 5>: error calling chunk: Cannot chunk type int"},
    {"{{printf \"%#v\" (concat 5 (list 7))}}", "",
     "template: t:1:16: executing \"t\" at <concat 5 (list 7)>: error calling concat: Cannot concat type int "
     "as list"},
    {"{{printf \"%#v\" (concat 5)}}", "",
     "template: t:1:16: executing \"t\" at <concat 5>: error calling concat: Cannot concat type int as list"},
    {"{{printf \"%#v\" (mustAppend 5 9)}}", "",
     "template: t:1:16: executing \"t\" at <mustAppend 5 9>: error calling mustAppend: Cannot push on type "
     "int"},
    {"{{printf \"%#v\" (mustPrepend 5 9)}}", "",
     "template: t:1:16: executing \"t\" at <mustPrepend 5 9>: error calling mustPrepend: Cannot prepend on "
     "type int"},
    {"{{printf \"%#v\" (mustWithout 5 1)}}", "",
     "template: t:1:16: executing \"t\" at <mustWithout 5 1>: error calling mustWithout: Cannot find without "
     "on type int"},
    {"{{printf \"%#v\" (mustHas \"a\" 5)}}", "",
     "template: t:1:16: executing \"t\" at <mustHas \"a\" 5>: error calling mustHas: Cannot find has on type "
     "int"},
    {"{{printf \"%#v\" (mustSlice 5 1)}}", "",
     "template: t:1:16: executing \"t\" at <mustSlice 5 1>: error calling mustSlice: list should be type of "
     "slice or array but int"},
    {"{{printf \"%#v\" (mustChunk 2 5)}}", "",
     "template: t:1:16: executing \"t\" at <mustChunk 2 5>: error calling mustChunk: Cannot chunk type int"},
    {"{{printf \"%#v\" (append \"str\" 9)}}", "",
     "template: t:1:16: executing \"t\" at <append \"str\" 9>: error calling append: Cannot push on type "
     "string"},
    {"{{printf \"%#v\" (prepend \"str\" 9)}}", "",
     "template: t:1:16: executing \"t\" at <prepend \"str\" 9>: error calling prepend: Cannot prepend on "
     "type string"},
    {"{{printf \"%#v\" (push \"str\" nil)}}", "",
     "template: t:1:16: executing \"t\" at <push \"str\" nil>: error calling push: Cannot push on type "
     "string"},
    {"{{printf \"%#v\" (without \"str\" 1 nil)}}", "",
     "template: t:1:16: executing \"t\" at <without \"str\" 1 nil>: error calling without: Cannot find "
     "without on type string"},
    {"{{printf \"%#v\" (has 2 \"str\")}}", "",
     "template: t:1:16: executing \"t\" at <has 2 \"str\">: error calling has: Cannot find has on type "
     "string"},
    {"{{printf \"%#v\" (has nil \"str\")}}", "",
     "template: t:1:16: executing \"t\" at <has nil \"str\">: error calling has: Cannot find has on type "
     "string"},
    {"{{printf \"%#v\" (slice \"str\")}}", "",
     "template: t:1:16: executing \"t\" at <slice \"str\">: error calling slice: list should be type of "
     "slice or array but string"},
    {"{{printf \"%#v\" (slice \"str\" 1)}}", "",
     "template: t:1:16: executing \"t\" at <slice \"str\" 1>: error calling slice: list should be type of "
     "slice or array but string"},
    {"{{printf \"%#v\" (slice \"str\" 0 1)}}", "",
     "template: t:1:16: executing \"t\" at <slice \"str\" 0 1>: error calling slice: list should be type of "
     "slice or array but string"},
    {"{{printf \"%#v\" (chunk 2 \"str\")}}", "",
     "template: t:1:16: executing \"t\" at <chunk 2 \"str\">: error calling chunk: Cannot chunk type string"},
    {"{{printf \"%#v\" (concat \"str\" (list 7))}}", "",
     "template: t:1:16: executing \"t\" at <concat \"str\" (list 7)>: error calling concat: Cannot concat "
     "type string as list"},
    {"{{printf \"%#v\" (concat \"str\")}}", "",
     "template: t:1:16: executing \"t\" at <concat \"str\">: error calling concat: Cannot concat type string "
     "as list"},
    {"{{printf \"%#v\" (mustAppend \"str\" 9)}}", "",
     "template: t:1:16: executing \"t\" at <mustAppend \"str\" 9>: error calling mustAppend: Cannot push on "
     "type string"},
    {"{{printf \"%#v\" (mustPrepend \"str\" 9)}}", "",
     "template: t:1:16: executing \"t\" at <mustPrepend \"str\" 9>: error calling mustPrepend: Cannot "
     "prepend on type string"},
    {"{{printf \"%#v\" (mustWithout \"str\" 1)}}", "",
     "template: t:1:16: executing \"t\" at <mustWithout \"str\" 1>: error calling mustWithout: Cannot find "
     "without on type string"},
    {"{{printf \"%#v\" (mustHas \"a\" \"str\")}}", "",
     "template: t:1:16: executing \"t\" at <mustHas \"a\" \"str\">: error calling mustHas: Cannot find has "
     "on type string"},
    {"{{printf \"%#v\" (mustSlice \"str\" 1)}}", "",
     "template: t:1:16: executing \"t\" at <mustSlice \"str\" 1>: error calling mustSlice: list should be "
     "type of slice or array but string"},
    {"{{printf \"%#v\" (mustChunk 2 \"str\")}}", "",
     "template: t:1:16: executing \"t\" at <mustChunk 2 \"str\">: error calling mustChunk: Cannot chunk type "
     "string"},
    {"{{printf \"%#v\" (append (dict \"a\" 1) 9)}}", "",
     "template: t:1:16: executing \"t\" at <append (dict \"a\" 1) 9>: error calling append: Cannot push on "
     "type map"},
    {"{{printf \"%#v\" (prepend (dict \"a\" 1) 9)}}", "",
     "template: t:1:16: executing \"t\" at <prepend (dict \"a\" 1) 9>: error calling prepend: Cannot prepend "
     "on type map"},
    {"{{printf \"%#v\" (push (dict \"a\" 1) nil)}}", "",
     "template: t:1:16: executing \"t\" at <push (dict \"a\" 1) nil>: error calling push: Cannot push on "
     "type map"},
    {"{{printf \"%#v\" (without (dict \"a\" 1) 1 nil)}}", "",
     "template: t:1:16: executing \"t\" at <without (dict \"a\" 1) 1 nil>: error calling without: Cannot "
     "find without on type map"},
    {"{{printf \"%#v\" (has 2 (dict \"a\" 1))}}", "",
     "template: t:1:16: executing \"t\" at <has 2 (dict \"a\" 1)>: error calling has: Cannot find has on "
     "type map"},
    {"{{printf \"%#v\" (has nil (dict \"a\" 1))}}", "",
     "template: t:1:16: executing \"t\" at <has nil (dict \"a\" 1)>: error calling has: Cannot find has on "
     "type map"},
    {"{{printf \"%#v\" (slice (dict \"a\" 1))}}", "",
     "template: t:1:16: executing \"t\" at <slice (dict \"a\" 1)>: error calling slice: list should be type "
     "of slice or array but map"},
    {"{{printf \"%#v\" (slice (dict \"a\" 1) 1)}}", "",
     "template: t:1:16: executing \"t\" at <slice (dict \"a\" 1) 1>: error calling slice: list should be "
     "type of slice or array but map"},
    {"{{printf \"%#v\" (slice (dict \"a\" 1) 0 1)}}", "",
     "template: t:1:16: executing \"t\" at <slice (dict \"a\" 1) 0 1>: error calling slice: list should be "
     "type of slice or array but map"},
    {"{{printf \"%#v\" (chunk 2 (dict \"a\" 1))}}", "",
     "template: t:1:16: executing \"t\" at <chunk 2 (dict \"a\" 1)>: error calling chunk: Cannot chunk type "
     "map"},
    {"{{printf \"%#v\" (concat (dict \"a\" 1) (list 7))}}", "",
     "template: t:1:16: executing \"t\" at <concat (dict \"a\" 1) (list 7)>: error calling concat: Cannot "
     "concat type map as list"},
    {"{{printf \"%#v\" (concat (dict \"a\" 1))}}", "",
     "template: t:1:16: executing \"t\" at <concat (dict \"a\" 1)>: error calling concat: Cannot concat type "
     "map as list"},
    {"{{printf \"%#v\" (append (splitList \",\" \"a,b,a,\") 9)}}",
     "[]interface {}{\"a\", \"b\", \"a\", \"\", 9}", ""},
    {"{{printf \"%#v\" (prepend (splitList \",\" \"a,b,a,\") 9)}}",
     "[]interface {}{9, \"a\", \"b\", \"a\", \"\"}", ""},
    {"{{printf \"%#v\" (push (splitList \",\" \"a,b,a,\") nil)}}",
     "[]interface {}{\"a\", \"b\", \"a\", \"\", interface {}(nil)}", ""},
    {"{{printf \"%#v\" (without (splitList \",\" \"a,b,a,\") 1 nil)}}",
     "[]interface {}{\"a\", \"b\", \"a\", \"\"}", ""},
    {"{{printf \"%#v\" (has 2 (splitList \",\" \"a,b,a,\"))}}", "false", ""},
    {"{{printf \"%#v\" (has nil (splitList \",\" \"a,b,a,\"))}}", "false", ""},
    {"{{printf \"%#v\" (slice (splitList \",\" \"a,b,a,\"))}}", "[]string{\"a\", \"b\", \"a\", \"\"}", ""},
    {"{{printf \"%#v\" (slice (splitList \",\" \"a,b,a,\") 1)}}", "[]string{\"b\", \"a\", \"\"}", ""},
    {"{{printf \"%#v\" (slice (splitList \",\" \"a,b,a,\") 0 1)}}", "[]string{\"a\"}", ""},
    {"{{printf \"%#v\" (chunk 2 (splitList \",\" \"a,b,a,\"))}}",
     "[][]interface {}{[]interface {}{\"a\", \"b\"}, []interface {}{\"a\", \"\"}}", ""},
    {"{{printf \"%#v\" (concat (splitList \",\" \"a,b,a,\") (list 7))}}",
     "[]interface {}{\"a\", \"b\", \"a\", \"\", 7}", ""},
    {"{{printf \"%#v\" (concat (splitList \",\" \"a,b,a,\"))}}", "[]interface {}{\"a\", \"b\", \"a\", \"\"}",
     ""},
    {"{{printf \"%#v\" (mustAppend (splitList \",\" \"a,b,a,\") 9)}}",
     "[]interface {}{\"a\", \"b\", \"a\", \"\", 9}", ""},
    {"{{printf \"%#v\" (mustPrepend (splitList \",\" \"a,b,a,\") 9)}}",
     "[]interface {}{9, \"a\", \"b\", \"a\", \"\"}", ""},
    {"{{printf \"%#v\" (mustWithout (splitList \",\" \"a,b,a,\") 1)}}",
     "[]interface {}{\"a\", \"b\", \"a\", \"\"}", ""},
    {"{{printf \"%#v\" (mustHas \"a\" (splitList \",\" \"a,b,a,\"))}}", "true", ""},
    {"{{printf \"%#v\" (mustSlice (splitList \",\" \"a,b,a,\") 1)}}", "[]string{\"b\", \"a\", \"\"}", ""},
    {"{{printf \"%#v\" (mustChunk 2 (splitList \",\" \"a,b,a,\"))}}",
     "[][]interface {}{[]interface {}{\"a\", \"b\"}, []interface {}{\"a\", \"\"}}", ""},
    {"{{printf \"%#v\" (append (until 3) 9)}}", "[]interface {}{0, 1, 2, 9}", ""},
    {"{{printf \"%#v\" (prepend (until 3) 9)}}", "[]interface {}{9, 0, 1, 2}", ""},
    {"{{printf \"%#v\" (push (until 3) nil)}}", "[]interface {}{0, 1, 2, interface {}(nil)}", ""},
    {"{{printf \"%#v\" (without (until 3) 1 nil)}}", "[]interface {}{0, 2}", ""},
    {"{{printf \"%#v\" (has 2 (until 3))}}", "true", ""},
    {"{{printf \"%#v\" (has nil (until 3))}}", "false", ""},
    {"{{printf \"%#v\" (slice (until 3))}}", "[]int{0, 1, 2}", ""},
    {"{{printf \"%#v\" (slice (until 3) 1)}}", "[]int{1, 2}", ""},
    {"{{printf \"%#v\" (slice (until 3) 0 1)}}", "[]int{0}", ""},
    {"{{printf \"%#v\" (chunk 2 (until 3))}}", "[][]interface {}{[]interface {}{0, 1}, []interface {}{2}}",
     ""},
    {"{{printf \"%#v\" (concat (until 3) (list 7))}}", "[]interface {}{0, 1, 2, 7}", ""},
    {"{{printf \"%#v\" (concat (until 3))}}", "[]interface {}{0, 1, 2}", ""},
    {"{{list}}{{list 1 \"a\" nil}}{{tuple 1 2}}", "[][1 a <nil>][1 2]", ""},
    {"{{concat}}|{{printf \"%#v\" (concat)}}", "[]|[]interface {}(nil)", ""},
    {"{{concat (list 1) (list 2) (list)}}", "[1 2]", ""},
    {"{{concat (list 1) \"a\"}}", "",
     "template: t:1:2: executing \"t\" at <concat (list 1) \"a\">: error calling concat: Cannot concat type "
     "string as list"},
    {"{{chunk 0 (list 1)}}", "",
     "template: t:1:2: executing \"t\" at <chunk 0 (list 1)>: error calling chunk: runtime error: makeslice: "
     "len out of range"},
    {"{{chunk 3 (list 1 2 3 4)}}|{{chunk 1 (list)}}", "[[1 2 3] [4]]|[]", ""},
    {"{{chunk -1 (list 1)}}", "",
     "template: t:1:2: executing \"t\" at <chunk -1 (list 1)>: error calling chunk: runtime error: "
     "makeslice: len out of range"},
    {"{{slice (list 1 2 3) 2 1}}", "",
     "template: t:1:2: executing \"t\" at <slice (list 1 2 3) 2 1>: error calling slice: "
     "reflect.Value.Slice: slice index out of bounds"},
    {"{{slice (list 1 2 3) 9}}", "",
     "template: t:1:2: executing \"t\" at <slice (list 1 2 3) 9>: error calling slice: reflect.Value.Slice: "
     "slice index out of bounds"},
    {"{{slice (list 1 2 3) 1 9}}", "",
     "template: t:1:2: executing \"t\" at <slice (list 1 2 3) 1 9>: error calling slice: "
     "reflect.Value.Slice: slice index out of bounds"},
    {"{{slice (list 1 2 3) -1}}", "",
     "template: t:1:2: executing \"t\" at <slice (list 1 2 3) -1>: error calling slice: reflect.Value.Slice: "
     "slice index out of bounds"},
    {"{{slice (list 1 2) \"1\"}}", "[2]", ""},
    {"{{slice (list 1 2) 0 1 2}}", "[1]", ""},
    {"{{slice (list 1 2 3) 1.0 2.9}}", "[2]", ""},
    {"{{slice (list) 0}}|{{printf \"%#v\" (slice (list))}}", "<no value>|<nil>", ""},
    {"{{has 1 (list 1.0)}}{{has (list 1) (list (list 1))}}", "falsetrue", ""},
    {"{{uniq (list (list 1) (list 1) (dict) (dict))}}", "[[1] map[]]", ""},
    {"{{without (list 1 2) }}", "[1 2]", ""},
    {"{{append}}", "",
     "template: t:1:2: executing \"t\" at <append>: wrong number of args for append: want 2 got 0"},
    {"{{$a := list 1}}{{$b := append $a 2}}{{$c := append $a 3}}{{$a}}{{$b}}{{$c}}", "[1][1 2][1 3]", ""},
    {"{{compact (list 0 \"\" nil false (list) (dict) 1)}}", "[1]", ""},
    {"{{range $i, $e := (until 5)}}{{$i}}{{$e}}{{end}}", "0011223344", ""},
    {"{{first \"abc\"}}", "",
     "template: t:1:2: executing \"t\" at <first \"abc\">: error calling first: Cannot find first on type "
     "string"},
    {"{{has \"a\" \"abc\"}}", "",
     "template: t:1:2: executing \"t\" at <has \"a\" \"abc\">: error calling has: Cannot find has on type "
     "string"},
    {"{{reverse (until 4)}}{{rest (until 3)}}{{initial (until 3)}}", "[3 2 1 0][1 2][0 1]", ""},
    {"{{ append (until 2) \"a\" | printf \"%#v\"}}", "[]interface {}{0, 1, \"a\"}", ""},
    {"{{ prepend (splitList \",\" \"a,b\") 1 | printf \"%#v\"}}", "[]interface {}{1, \"a\", \"b\"}", ""},
};

TEST(lists_as_in_sprig)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, rows, ARRAY_LEN(rows), "{}", TMPL_MISSING_DEFAULT);
}

TEST_MAIN
