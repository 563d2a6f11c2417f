/* Sprig's regular expressions, semantic versions and paths. */
#include "unit/tmpl/rows.h"

/* As upstream's Sprig answers. */
static const struct row rows[] = {
    {"{{regexMatch \"^a\" \"abc\"}}{{regexMatch \"^b\" \"abc\"}}{{regexMatch \"[\" \"x\"}}", "truefalsefalse",
     ""},
    {"{{mustRegexMatch \"[\" \"x\"}}", "",
     "template: t:1:2: executing \"t\" at <mustRegexMatch \"[\" \"x\">: error calling mustRegexMatch: error "
     "parsing regexp: missing closing ]: `[`"},
    {"{{mustRegexMatch \"a+\" \"caat\"}}", "true", ""},
    {"{{regexFind \"[0-9]+\" \"a1b22c333\"}}|{{regexFind \"z\" \"a\"}}|{{regexFind \"\" \"a\"}}", "1||", ""},
    {"{{regexFind \"[\" \"x\"}}", "",
     "template: t:1:2: executing \"t\" at <regexFind \"[\" \"x\">: error calling regexFind: regexp: "
     "Compile(`[`): error parsing regexp: missing closing ]: `[`"},
    {"{{regexFind \"a`[\" \"x\"}}", "",
     "template: t:1:2: executing \"t\" at <regexFind \"a`[\" \"x\">: error calling regexFind: regexp: "
     "Compile(\"a`[\"): error parsing regexp: missing closing ]: `[`"},
    {"{{mustRegexFind \"(\" \"x\"}}", "",
     "template: t:1:2: executing \"t\" at <mustRegexFind \"(\" \"x\">: error calling mustRegexFind: error "
     "parsing regexp: missing closing ): `(`"},
    {"{{regexFindAll \"[0-9]+\" \"a1b22c333\" -1}}{{regexFindAll \"[0-9]+\" \"a1b22c333\" 2}}{{regexFindAll "
     "\"[0-9]+\" \"a1b22c333\" 0}}{{regexFindAll \"z\" \"a\" -1}}|{{regexFindAll \"a*\" \"baac\" -1 | join "
     "\",\"}}|{{regexFindAll \"[0-9]\" \"1\" -1 | typeOf}}",
     "[1 22 333][1 22][][]|,aa,|[]string", ""},
    {"{{regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"${1}W\"}}|{{regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" "
     "\"$1W\"}}|{{regexReplaceAll \"(?P<n>b)\" \"abc\" \"[$n]\"}}|{{regexReplaceAll \"b\" \"abc\" "
     "\"$$\"}}|{{regexReplaceAll \"x*\" \"abc\" \"-\"}}",
     "-W-xxW-|---|a[b]c|a$c|-a-b-c-", ""},
    {"{{regexReplaceAllLiteral \"a(x*)b\" \"-ab-axxb-\" \"${1}\"}}", "-${1}-${1}-", ""},
    {"{{regexSplit \"a\" \"banana\" -1}}|{{regexSplit \"a\" \"banana\" 2}}|{{regexSplit \"a\" \"banana\" "
     "0}}|{{regexSplit \"z+\" \"pizza\" -1 | len}}|{{regexSplit \"\" \"abc\" -1}}|{{regexSplit \"a\" \"\" -1 "
     "| len}}|{{regexSplit \"\" \"\" -1 | len}}|{{regexSplit \"a\" \"a\" -1 | len}}|{{regexSplit \"x*\" "
     "\"axbxc\" -1}}|{{regexSplit \"b\" \"abc\" 1}}|{{regexSplit \",\" \"a,b,\" -1 | len}}",
     "[b n n ]|[b nana]|[]|2|[a b c]|1|0|2|[a b c]|[abc]|3", ""},
    {"{{mustRegexSplit \"[\" \"a\" -1}}", "",
     "template: t:1:2: executing \"t\" at <mustRegexSplit \"[\" \"a\" -1>: error calling mustRegexSplit: "
     "error parsing regexp: missing closing ]: `[`"},
    {"{{regexSplit \"(\" \"a\" -1}}", "",
     "template: t:1:2: executing \"t\" at <regexSplit \"(\" \"a\" -1>: error calling regexSplit: regexp: "
     "Compile(`(`): error parsing regexp: missing closing ): `(`"},
    {"{{mustRegexReplaceAll \"a\" \"banana\" \"o\"}}{{mustRegexReplaceAllLiteral \"a\" \"banana\" "
     "\"$1\"}}{{mustRegexFindAll \"a\" \"banana\" 2}}",
     "bononob$1n$1n$1[a a]", ""},
    {"{{regexQuoteMeta \"a.b*c[d]$^\\\\(x)|?+{}\"}}{{regexQuoteMeta \"\"}}",
     "a\\.b\\*c\\[d\\]\\$\\^\\\\\\(x\\)\\|\\?\\+\\{\\}", ""},
    {"{{regexMatch 5 \"a\"}}", "", "template: t:1:13: executing \"t\" at <5>: expected string; found 5"},
    {"{{regexMatch \"a\" nil}}", "",
     "template: t:1:17: executing \"t\" at <nil>: cannot assign nil to string"},
    {"{{regexMatch \"(?i)yes|true\" \"YES\"}}{{regexMatch \"^([0-9]*\\\\.){3}[0-9]*$\" \"1.2.3.4\"}}",
     "truetrue", ""},
    {"{{regexFind \"a(?=b)\" \"ab\"}}", "",
     "template: t:1:2: executing \"t\" at <regexFind \"a(?=b)\" \"ab\">: error calling regexFind: regexp: "
     "Compile(`a(?=b)`): error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
    {"{{regexFind \"(a)\\\\1\" \"aa\"}}", "",
     "template: t:1:2: executing \"t\" at <regexFind \"(a)\\\\1\" \"aa\">: error calling regexFind: regexp: "
     "Compile(`(a)\\1`): error parsing regexp: invalid escape sequence: `\\1`"},
    {"{{regexMatch \"\\\\d+\" \"\331\243\"}}", "false", ""},
    {"{{semver \"1.2.3-beta.1+meta\"}} {{(semver \"v1.2.3\").Major}} {{(semver \"v1.2.3-rc.1\").Prerelease}} "
     "{{(semver \"1.2.3+m\").Metadata}} {{(semver \"v1.2\").Original}} {{(semver \"v1.2\").String}} {{semver "
     "\"1\"}} {{(semver \"1.2.3\").Minor}}{{(semver \"1.2.3\").Patch}}",
     "1.2.3-beta.1+meta 1 rc.1 m v1.2 1.2.0 1.0.0 23", ""},
    {"{{semver 5}}", "", "template: t:1:9: executing \"t\" at <5>: expected string; found 5"},
    {"{{(semver \"1.2.3\").Compare (semver \"1.2.4\")}}{{(semver \"1.2.3\").LessThan (semver "
     "\"1.2.4\")}}{{(semver \"1.2.3\").GreaterThan (semver \"1.2.4\")}}{{(semver \"1.2.3\").Equal (semver "
     "\"1.2.3\")}}",
     "-1truefalsetrue", ""},
    {"{{(semver \"v1.2.3\").IncPatch}} {{(semver \"v1.2.3-a\").IncPatch}} {{(semver \"1.2.3\").IncMinor}} "
     "{{(semver \"1.2.3\").IncMajor}} {{typeOf (semver \"1.2.3\").IncMajor}} {{(semver "
     "\"v1.2.3\").IncMajor.Original}}",
     "1.2.4 1.2.3 1.3.0 2.0.0 semver.Version ",
     "template: t:1:171: executing \"t\" at <\"v1.2.3\">: can't evaluate field Original in type "
     "semver.Version"},
    {"{{semverCompare \">=1.2\" \"1.3.0\"}}{{semverCompare \"^1.2.0\" \"2.0.0\"}}{{semverCompare \"~1.2\" "
     "\"1.2.9\"}}{{semverCompare \">=1.19-0\" \"v1.27.3-gke.100\"}}{{semverCompare \">=1.19\" "
     "\"v1.27.3-gke.100\"}}{{semverCompare \"1.2 - 1.4\" \"1.3\"}}{{semverCompare \"1.x || 3.x\" \"3.4.5\"}}",
     "truefalsetruetruefalsetruetrue", ""},
    {"{{semverCompare \"x y\" \"1.0.0\"}}", "",
     "template: t:1:2: executing \"t\" at <semverCompare \"x y\" \"1.0.0\">: error calling semverCompare: "
     "improper constraint: \"x y\""},
    {"{{semverCompare \"\" \"1.0.0\"}}", "",
     "template: t:1:2: executing \"t\" at <semverCompare \"\" \"1.0.0\">: error calling semverCompare: "
     "improper constraint: \"\""},
    {"{{toJson (semver \"v1.2.3\")}}{{printf \"%s %v %q\" (semver \"1.0.0\") (semver \"1.0.0\") (semver "
     "\"1.0.0\")}}",
     "\"1.2.3\"1.0.0 1.0.0 \"1.0.0\"", ""},
    {"{{(semver \"1.2.3\").Nope}}", "",
     "template: t:1:10: executing \"t\" at <\"1.2.3\">: can't evaluate field Nope in type *semver.Version"},
    {"{{(semver \"1.2.3\").Major | printf \"%T\"}}", "uint64", ""},
    {"{{eq (semver \"1.0.0\") (semver \"1.0.0\")}}", "false", ""},
    {"{{deepEqual (semver \"1.0.0\") (semver \"1.0.0\")}}", "true", ""},
    {"{{(semver \"1.2.3\").Compare \"1.0.0\"}}", "",
     "template: t:1:27: executing \"t\" at <\"1.0.0\">: can't handle \"1.0.0\" for arg of type "
     "*semver.Version"},
    {"{{kindOf (semver \"1.2.3\")}}{{empty (semver \"0.0.0\")}}{{toString (semver \"01.2.3\")}}",
     "ptrfalse1.2.3", ""},
    {"{{base \"a/b/c.txt\"}}{{dir \"a/b/c\"}}{{clean \"a//b/../c\"}}{{ext \"a.tar.gz\"}}{{isAbs "
     "\"/a\"}}{{isAbs \"a\"}}",
     "c.txta/ba/c.gztruefalse", ""},
    {"{{dir \"\"}}|{{base \"\"}}|{{base \"/\"}}|{{base \"a/\"}}|{{dir \"/\"}}|{{dir \"a\"}}|{{dir "
     "\"/a\"}}|{{dir \"a/b/\"}}|{{clean \"\"}}|{{clean \"/..\"}}|{{clean \"../a\"}}|{{clean "
     "\"a/../..\"}}|{{clean \"/a/./b//c/\"}}|{{ext \"a\"}}|{{ext \".bashrc\"}}|{{ext \"a.b/c\"}}|{{ext "
     "\"a.\"}}",
     ".|.|/|a|/|.|/|a/b|.|/|../a|..|/a/b/c||.bashrc||.", ""},
    {"{{osBase \"a/b\"}}{{osDir \"a/b\"}}{{osClean \"a//b\"}}{{osExt \"x.y\"}}{{osIsAbs \"/\"}}|{{osBase "
     "\"\"}}|{{osDir \"\"}}|{{osDir \"/a/b/\"}}|{{osBase \"//\"}}",
     "baa/b.ytrue|.|.|/a/b|/", ""},
    {"{{base nil}}", "", "template: t:1:7: executing \"t\" at <nil>: cannot assign nil to string"},
    {"{{base 5}}", "", "template: t:1:7: executing \"t\" at <5>: expected string; found 5"},
};

TEST(patterns_versions_and_paths_as_in_sprig)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, rows, ARRAY_LEN(rows), "{}", TMPL_MISSING_DEFAULT);
}

TEST(what_is_no_version)
{
    static const struct row bad[] = {
        {"{{semver \"x\"}}", "",
         "template: t:1:2: executing \"t\" at <semver \"x\">: error calling semver: invalid semantic "
         "version"},
        {"{{semverCompare \">=1\" \"zz\"}}", "",
         "template: t:1:2: executing \"t\" at <semverCompare \">=1\" \"zz\">: error calling semverCompare: "
         "invalid semantic version"},
    };
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, bad, ARRAY_LEN(bad), "null", TMPL_MISSING_DEFAULT);
}

TEST_MAIN
