/* Sprig's functions of maps, defaults, kinds and types; what merges share. */
#include "unit/tmpl/rows.h"

/* As upstream's Sprig answers. */
static const struct row rows[] = {
    {"{{dict}}{{dict \"a\" 1}}{{dict \"a\" 1 \"b\"}}{{dict 1 2 nil 3 true 4 1.5 5}}",
     "map[]map[a:1]map[a:1 b:]map[1:2 1.5:5 <nil>:3 true:4]", ""},
    {"{{get (dict \"a\" 1) \"a\"}}{{get (dict) \"x\"}}{{get (dict \"a\" nil) \"a\"}}|{{printf \"%#v\" (get "
     "(dict) \"x\")}}",
     "1<no value>|\"\"", ""},
    {"{{$d := dict}}{{$_ := set $d \"a\" 1}}{{$d}}{{set $d \"b\" nil}}", "map[a:1]map[a:1 b:<nil>]", ""},
    {"{{set nil \"a\" 1}}", "",
     "template: t:1:2: executing \"t\" at <set nil \"a\" 1>: error calling set: assignment to entry in nil "
     "map"},
    {"{{set (.missing) \"a\" 1}}", "",
     "template: t:1:2: executing \"t\" at <set (.missing) \"a\" 1>: error calling set: assignment to entry "
     "in nil map"},
    {"{{unset (dict \"a\" 1 \"b\" 2) \"a\"}}{{unset (dict) \"x\"}}", "map[b:2]map[]", ""},
    {"{{hasKey (dict \"a\" nil) \"a\"}}{{hasKey (dict) \"a\"}}", "truefalse", ""},
    {"{{hasKey nil \"a\"}}", "false", ""},
    {"{{hasKey .x \"a\"}}", "false", ""},
    {"{{get nil \"a\"}}", "", ""},
    {"{{unset nil \"a\"}}", "map[]", ""},
    {"{{pluck \"a\" (dict \"a\" 1) (dict \"b\" 2) (dict \"a\" nil)}}|{{pluck \"a\"}}", "[1 <nil>]|[]", ""},
    {"{{keys (dict \"a\" 1)}}{{keys (dict)}}{{keys}}|{{keys (dict \"a\" 1) (dict \"b\" 1)|sortAlpha}}",
     "[a][][]|[a b]", ""},
    {"{{values (dict \"a\" 1)}}{{values (dict)}}", "[1][]", ""},
    {"{{pick (dict \"a\" 1 \"b\" 2) \"a\" \"z\"}}{{omit (dict \"a\" 1 \"b\" 2) \"a\" \"z\"}}{{pick (dict)}}",
     "map[a:1]map[b:2]map[]", ""},
    {"{{dig \"a\" \"b\" \"d\" (dict \"a\" (dict \"b\" 1))}}{{dig \"a\" \"x\" \"d\" (dict \"a\" (dict \"b\" "
     "1))}}{{dig \"a\" \"d\" (dict \"a\" nil)}}{{dig \"x\" \"d\" (dict)}}",
     "1d<no value>d", ""},
    {"{{dig \"a\" \"b\" \"d\" (dict \"a\" 1)}}", "",
     "template: t:1:2: executing \"t\" at <dig \"a\" \"b\" \"d\" (dict \"a\" 1)>: error calling dig: "
     "interface conversion: interface {} is int, not map[string]interface {}"},
    {"{{dig \"a\" \"b\" \"d\" (dict \"a\" nil)}}", "",
     "template: t:1:2: executing \"t\" at <dig \"a\" \"b\" \"d\" (dict \"a\" nil)>: error calling dig: "
     "interface conversion: interface {} is nil, not map[string]interface {}"},
    {"{{dig \"a\" \"d\" nil}}", "",
     "template: t:1:2: executing \"t\" at <dig \"a\" \"d\" nil>: error calling dig: interface conversion: "
     "interface {} is nil, not map[string]interface {}"},
    {"{{dig \"a\" (dict)}}", "",
     "template: t:1:2: executing \"t\" at <dig \"a\" (dict)>: error calling dig: dig needs at least three "
     "arguments"},
    {"{{dig (dict)}}", "",
     "template: t:1:2: executing \"t\" at <dig (dict)>: error calling dig: dig needs at least three "
     "arguments"},
    {"{{dig}}", "",
     "template: t:1:2: executing \"t\" at <dig>: error calling dig: dig needs at least three arguments"},
    {"{{dig \"a\" 1 5}}", "",
     "template: t:1:2: executing \"t\" at <dig \"a\" 1 5>: error calling dig: interface conversion: "
     "interface {} is int, not map[string]interface {}"},
    {"{{dig 1 2 (dict)}}", "",
     "template: t:1:2: executing \"t\" at <dig 1 2 (dict)>: error calling dig: interface conversion: "
     "interface {} is int, not string"},
    {"{{dig \"a\" \"d\" (list)}}", "",
     "template: t:1:2: executing \"t\" at <dig \"a\" \"d\" (list)>: error calling dig: interface conversion: "
     "interface {} is []interface {}, not map[string]interface {}"},
    {"{{dict \"a\" (dict \"b\" 1) | dig \"a\" \"b\" \"d\"}}", "1", ""},
    {"{{dig \"a\" \"b\" \"d\" (dict \"a\" (split \",\" \"x\"))}}", "",
     "template: t:1:2: executing \"t\" at <dig \"a\" \"b\" \"d\" (dict \"a\" (split \",\" \"x\"))>: error "
     "calling dig: interface conversion: interface {} is map[string]string, not map[string]interface {}"},
    {"{{$d := dict \"a\" (dict \"x\" 1)}}{{$e := merge $d (dict \"a\" (dict \"x\" 2 \"y\" 3) \"b\" "
     "4)}}{{$d}}{{$e}}",
     "map[a:map[x:1 y:3] b:4]map[a:map[x:1 y:3] b:4]", ""},
    {"{{$d := dict \"a\" (dict \"x\" 1)}}{{$e := mergeOverwrite $d (dict \"a\" (dict \"x\" 2 \"y\" 3) \"b\" "
     "4)}}{{$d}}",
     "map[a:map[x:2 y:3] b:4]", ""},
    {"{{merge (dict \"a\" 0 \"b\" \"\" \"c\" false \"d\" (list) \"e\" (dict) \"f\" nil) (dict \"a\" 1 \"b\" "
     "\"x\" \"c\" true \"d\" (list 1) \"e\" (dict \"z\" 1) \"f\" 5)}}",
     "map[a:1 b:x c:true d:[1] e:map[z:1] f:5]", ""},
    {"{{mergeOverwrite (dict \"a\" 1 \"b\" \"x\" \"c\" true \"d\" (list 1) \"e\" (dict \"z\" 1) \"f\" 5 "
     "\"g\" 1) (dict \"a\" 0 \"b\" \"\" \"c\" false \"d\" (list) \"e\" (dict) \"f\" nil)}}",
     "map[a:0 b: c:false d:[] e:map[z:1] f:<nil> g:1]", ""},
    {"{{merge (dict \"a\" 1) (dict \"a\" (dict \"b\" 1))}}{{merge (dict \"a\" (dict \"b\" 1)) (dict \"a\" "
     "1)}}{{merge (dict \"a\" (dict \"b\" 1)) (dict \"a\" nil)}}",
     "map[a:1]map[a:map[b:1]]map[a:map[b:1]]", ""},
    {"{{mergeOverwrite (dict \"a\" 1) (dict \"a\" (dict \"b\" 1))}}{{mergeOverwrite (dict \"a\" (dict \"b\" "
     "1)) (dict \"a\" 1)}}{{mergeOverwrite (dict \"a\" (dict \"b\" 1)) (dict \"a\" nil)}}",
     "map[a:map[b:1]]map[a:1]map[a:<nil>]", ""},
    {"{{mergeOverwrite (dict \"a\" (dict \"b\" 1)) (dict \"a\" (list 1))}}{{mergeOverwrite (dict \"a\" (list "
     "1 2)) (dict \"a\" (list 3))}}{{merge (dict \"a\" (list 1 2)) (dict \"a\" (list 3))}}",
     "map[a:[1]]map[a:[3]]map[a:[1 2]]", ""},
    {"{{$s := dict \"n\" (dict \"k\" 1)}}{{$d := merge dict $s}}{{$_ := set $d.n \"k\" 2}}{{$s}}",
     "map[n:map[k:2]]", ""},
    {"{{$s := dict \"n\" (dict \"k\" 1)}}{{$d := merge (dict \"n\" (dict)) $s}}{{$_ := set $d.n \"k\" "
     "2}}{{$s}}",
     "map[n:map[k:1]]", ""},
    {"{{$s := dict \"n\" (dict \"k\" 1)}}{{$d := merge (dict \"n\" (dict \"z\" 1)) $s}}{{$_ := set $d.n "
     "\"k\" 2}}{{$s}}{{$d}}",
     "map[n:map[k:1]]map[n:map[k:2 z:1]]", ""},
    {"{{$s := dict \"n\" (dict \"k\" 1)}}{{$d := mergeOverwrite (dict \"n\" (dict)) $s}}{{$_ := set $d.n "
     "\"k\" 2}}{{$s}}",
     "map[n:map[k:1]]", ""},
    {"{{$s1 := dict \"n\" (dict \"k\" 1)}}{{$s2 := dict \"n\" (dict \"j\" 2)}}{{$d := merge dict $s1 "
     "$s2}}{{$s1}}{{$d}}",
     "map[n:map[j:2 k:1]]map[n:map[j:2 k:1]]", ""},
    {"{{$s1 := dict \"n\" (dict \"k\" 1)}}{{$s2 := dict \"n\" (dict \"k\" 5 \"j\" 2)}}{{$d := mergeOverwrite "
     "dict $s1 $s2}}{{$s1}}{{$d}}",
     "map[n:map[j:2 k:5]]map[n:map[j:2 k:5]]", ""},
    {"{{merge (dict \"a\" 1) (dict \"b\" 2) (dict \"b\" 3 \"c\" 4)}}{{mergeOverwrite (dict \"a\" 1) (dict "
     "\"b\" 2) (dict \"b\" 3 \"c\" 4)}}",
     "map[a:1 b:2 c:4]map[a:1 b:3 c:4]", ""},
    {"{{merge nil (dict \"a\" 1)}}", "map[a:1]", ""},
    {"{{merge (dict \"a\" 1) nil}}", "map[a:1]", ""},
    {"{{merge (dict \"a\" 1)}}", "map[a:1]", ""},
    {"{{mustMerge (dict \"a\" 1) (dict \"a\" (dict \"b\" 1))}}", "map[a:1]", ""},
    {"{{mustMergeOverwrite (dict \"a\" 1) (dict \"a\" (dict \"b\" 1))}}", "map[a:map[b:1]]", ""},
    {"{{merge (dict \"a\" \"x\") (dict \"a\" 1)}}{{mergeOverwrite (dict \"a\" \"x\") (dict \"a\" 1)}}",
     "map[a:x]map[a:1]", ""},
    {"{{merge (dict \"a\" (dict \"b\" (dict \"c\" 1))) (dict \"a\" (dict \"b\" (dict \"d\" 2) \"e\" 3))}}",
     "map[a:map[b:map[c:1 d:2] e:3]]", ""},
    {"{{mergeOverwrite (dict \"a\" (dict \"b\" (dict \"c\" 1))) (dict \"a\" (dict \"b\" (dict \"c\" 0 \"d\" "
     "\"\") \"e\" nil))}}",
     "map[a:map[b:map[c:0 d:] e:<nil>]]", ""},
    {"{{mergeOverwrite (dict \"a\" (dict \"b\" 1) \"c\" 2) (dict \"a\" (dict))}}", "map[a:map[b:1] c:2]", ""},
    {"{{mergeOverwrite (dict \"a\" (list 1) \"b\" \"x\") (dict \"a\" nil \"b\" nil \"c\" nil)}}",
     "map[a:<nil> b:<nil> c:<nil>]", ""},
    {"{{merge (dict \"a\" (list 1) \"b\" \"x\") (dict \"a\" nil \"b\" nil \"c\" nil)}}", "map[a:[1] b:x]",
     ""},
    {"{{merge (dict \"a\" (split \",\" \"x\")) (dict \"a\" (dict \"b\" 1))}}", "",
     "template: t:1:2: executing \"t\" at <merge (dict \"a\" (split \",\" \"x\")) (dict \"a\" (dict \"b\" "
     "1))>: error calling merge: reflect.Value.SetMapIndex: value of type interface {} is not assignable to "
     "type string"},
    {"{{merge (dict \"a\" (dict \"b\" 1)) (dict \"a\" (split \",\" \"x\"))}}", "map[a:map[_0:x b:1]]", ""},
    {"{{mergeOverwrite (dict \"a\" (dict \"b\" 1)) (dict \"a\" (split \",\" \"x\"))}}",
     "map[a:map[_0:x b:1]]", ""},
    {"{{merge (dict \"a\" (dict)) (dict \"a\" (split \",\" \"x\"))}}", "map[a:map[_0:x]]", ""},
    {"{{mergeOverwrite (dict \"a\" (list 1)) (dict \"a\" (splitList \",\" \"x\"))}}", "map[a:[x]]", ""},
    {"{{merge (dict \"a\" (list)) (dict \"a\" (splitList \",\" \"x\"))}}", "map[a:[x]]", ""},
    {"{{merge (dict \"a\" (list)) (dict \"a\" \"x\")}}", "map[a:x]", ""},
    {"{{mergeOverwrite (dict \"a\" (dict \"b\" 2)) (dict \"a\" \"x\")}}", "map[a:x]", ""},
    {"{{mustMergeOverwrite (dict \"a\" (dict \"b\" 2)) (dict \"a\" \"x\")}}", "map[a:x]", ""},
    {"{{mustMergeOverwrite (dict \"a\" (list 2)) (dict \"a\" (dict \"q\" 1))}}", "map[a:map[q:1]]", ""},
    {"{{mustMergeOverwrite (dict \"a\" (dict \"b\" (dict))) (dict \"a\" (dict \"b\" (dict \"c\" 1)))}}",
     "map[a:map[b:map[c:1]]]", ""},
    {"{{$s := dict \"n\" (dict \"k\" 1)}}{{$d := mergeOverwrite (dict \"n\" 5) $s}}{{$_ := set $d.n \"k\" "
     "2}}{{$s}}",
     "map[n:map[k:2]]", ""},
    {"{{$a := dict \"l\" (list 1) \"m\" (dict \"k\" 1)}}{{$b := deepCopy $a}}{{$_ := set $b.m \"k\" "
     "2}}{{$a}}{{$b}}{{deepCopy nil}}{{deepCopy 1}}{{deepCopy (splitList \",\" \"a\") | typeOf}}",
     "map[l:[1] m:map[k:1]]map[l:[1] m:map[k:2]]",
     "template: t:1:103: executing \"t\" at <deepCopy nil>: error calling deepCopy: reflect: call of "
     "reflect.Value.Type on zero Value"},
    {"{{mustDeepCopy (dict \"a\" nil)}}{{mustDeepCopy nil}}", "map[a:<nil>]",
     "template: t:1:33: executing \"t\" at <mustDeepCopy nil>: error calling mustDeepCopy: reflect: call of "
     "reflect.Value.Type on zero Value"},
    {"{{$d := dict \"a\" (dict)}}{{$x := $d.a}}{{$_ := set $x \"k\" 1}}{{$d}}", "map[a:map[k:1]]", ""},
    {"{{$d := dict \"a\" 1 \"b\" 2}}{{range $k, $v := $d}}{{$_ := set $d \"c\" 3}}{{$_ := unset $d "
     "\"b\"}}{{$k}}={{$v}},{{end}}{{$d}}",
     "a=1,b=2,map[a:1 c:3]", ""},
    {"{{$x := set (dict \"a\" 1) \"a\" 2}}{{$x.a}}", "2", ""},
    {"{{(dict \"a\" (dict \"b\" \"c\")).a.b}}", "c", ""},
    {"{{keys (dict \"b\" 1 \"a\" 2) | sortAlpha}}{{len (dict \"a\" 1)}}", "[a b]1", ""},
    {"{{default \"d\" nil}}{{default \"d\" \"\"}}{{default \"d\" 0}}{{default \"d\" false}}{{default \"d\" "
     "\"x\"}}{{default \"d\" (list)}}{{default \"d\" (dict)}}{{default \"d\" 1 2}}{{default \"d\"}}{{default "
     "nil \"\"}}",
     "ddddxdd1d<no value>", ""},
    {"{{empty nil}}{{empty \"\"}}{{empty 0}}{{empty 1}}{{empty (list)}}{{empty (list 1)}}{{empty "
     "(dict)}}{{empty false}}{{empty 0.0}}{{empty true}}",
     "truetruetruefalsetruefalsetruetruetruefalse", ""},
    {"{{coalesce nil \"\" 0 \"x\"}}{{coalesce}}{{coalesce nil}}", "x<no value><no value>", ""},
    {"{{all 1 2}}{{all 1 0}}{{all}}{{any 0 1}}{{any 0}}{{any}}", "truefalsetruetruefalsefalse", ""},
    {"{{ternary 1 2 true}}{{false | ternary 1 2}}", "12", ""},
    {"{{ternary 1 2 \"a\"}}", "", "template: t:1:14: executing \"t\" at <\"a\">: expected bool; found \"a\""},
    {"{{fail \"boom\"}}", "",
     "template: t:1:2: executing \"t\" at <fail \"boom\">: error calling fail: boom"},
    {"{{hello}}", "Hello!", ""},
    {"{{kindOf nil}} {{kindOf 1}} {{kindOf \"a\"}} {{kindOf 1.5}} {{kindOf true}} {{kindOf (list)}} {{kindOf "
     "(dict)}}",
     "invalid int string float64 bool slice map", ""},
    {"{{typeOf nil}} {{typeOf 1}} {{typeOf (list)}} {{typeOf (splitList \",\" \"a\")}} {{typeOf (dict)}} "
     "{{typeOf (split \",\" \"a\")}} {{typeOf 1.5}} {{typeOf true}} {{typeOf \"a\"}}",
     "<nil> int []interface {} []string map[string]interface {} map[string]string float64 bool string", ""},
    {"{{kindIs \"int\" 1}}{{typeIs \"string\" \"a\"}}{{typeIsLike \"string\" 1}}{{kindIs \"invalid\" "
     "nil}}{{typeIs \"<nil>\" nil}}{{kindIs \"map\" (dict)}}",
     "truetruefalsetruetruetrue", ""},
    {"{{deepEqual 1 1}}{{deepEqual 1 1.0}}{{deepEqual (list 1) (list 1)}}{{deepEqual (list) nil}}{{deepEqual "
     "(dict \"a\" (list)) (dict \"a\" (list))}}{{deepEqual nil nil}}",
     "truefalsetruefalsetruetrue", ""},
    {"{{kindOf}}", "",
     "template: t:1:2: executing \"t\" at <kindOf>: wrong number of args for kindOf: want 1 got 0"},
    {"{{default}}", "",
     "template: t:1:2: executing \"t\" at <default>: wrong number of args for default: want at least 1 got "
     "0"},
    {"{{empty}}", "",
     "template: t:1:2: executing \"t\" at <empty>: wrong number of args for empty: want 1 got 0"},
    {"{{empty (.missing)}}{{default \"z\" (.missing)}}{{default \"z\" .missing}}{{.missing | default \"q\"}}",
     "truezzq", ""},
    {"{{ternary nil 1 true}}", "<no value>", ""},
};

TEST(dicts_as_in_sprig)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, rows, ARRAY_LEN(rows), "{}", TMPL_MISSING_DEFAULT);
}

TEST_MAIN
