/* printf: verbs, flags, widths, indexes, and the texts for what is wrong. */
#include "unit/tmpl/rows.h"

static const char data[] =
    "{\"s\": \"str\", \"n\": 80, \"big\": 1234567, \"f\": 1.5, \"b\": true, \"z\": 0, \"e\": \"\", \"nil\": "
    "null, \"l\": [1, \"b\", null, {\"k\": \"v\", \"n\": null}], \"el\": [], \"m\": {\"a\": 1, \"b\": "
    "{\"c\": \"x\", \"nul\": null}}, \"em\": {}, \"ml\": [{\"x\": 1}, {\"x\": 2}, {}]}";

static const struct row rows[] = {
    {"{{printf \"%s-%d\" \"a\" 3}}", "a-3", ""},
    {"{{printf \"%v\" .missing}}", "<nil>", ""},
    {"{{printf \"%s\" .nil}}{{printf \"%d\" nil}}{{printf \"%v\" (.missing)}}", "%!s(<nil>)%!d(<nil>)<nil>",
     ""},
    {"{{.missing | printf \"%v\"}}", "<nil>", ""},
    {"{{printf \"%s\"}}", "%!s(MISSING)", ""},
    {"{{printf \"%\"}}", "%!(NOVERB)", ""},
    {"{{printf \"%y\" 1}}", "%!y(int=1)", ""},
    {"{{printf \"%!\"}}", "%!!(MISSING)", ""},
    {"{{printf \"%[2]d %[1]d\" 1 2}}", "2 1", ""},
    {"{{printf \"%[3]d\" 1}}", "%!d(BADINDEX)", ""},
    {"{{printf \"%[x]d\" 1}}", "%!d(BADINDEX)", ""},
    {"{{printf \"%[1\" 1}}", "%!(NOVERB)", ""},
    {"{{printf \"%*d|%-*d|\" 5 1 5 2}}", "    1|2    |", ""},
    {"{{printf \"%.*f\" 2 3.14159}}", "3.14", ""},
    {"{{printf \"%*d\" \"a\" 1}}", "%!(BADWIDTH)1", ""},
    {"{{printf \"%[1]*d\" 5}}", "%!d(MISSING)", ""},
    {"{{printf \"%.[2]*f\" 1.0 2}}", "%!f(MISSING)", ""},
    {"{{printf \"%-10s|%10s|%010d|%+d|%x\" \"ab\" \"cd\" 42 42 255}}",
     "ab        |        cd|0000000042|+42|ff", ""},
    {"{{printf \"%5.1f|%-8.3f|%08.3f|%+.2e|%g\" 3.14159 2.5 -1.5 12345.678 1e-7}}",
     "  3.1|2.500   |-001.500|+1.23e+04|1e-07", ""},
    {"{{printf \"%t %v\" true false}}", "true false", ""},
    {"{{printf \"%q %q %x\" \"a\\nb\" 65 \"hi\"}}", "\"a\\nb\" 'A' 6869", ""},
    {"{{printf \"%6.2f%%\" 12.3456}}", " 12.35%", ""},
    {"{{printf \"%c%c\" 65 8364}}", "A\342\202\254", ""},
    {"{{printf \"%U %#U\" 8364 8364}}", "U+20AC U+20AC '\342\202\254'", ""},
    {"{{printf \"%b %o %O %#o %#x %#b\" 5 8 8 8 255 5}}", "101 10 0o10 010 0xff 0b101", ""},
    {"{{printf \"%T %T %T %T %T %T %T\" 1 1.0 \"s\" true nil .l .m}}",
     "int float64 string bool <nil> []interface {} map[string]interface {}", ""},
    {"{{printf \"%v %v\" .l .m}}", "[1 b <nil> map[k:v n:<nil>]] map[a:1 b:map[c:x nul:<nil>]]", ""},
    {"{{printf \"%s\" 3}}", "%!s(int=3)", ""},
    {"{{printf \"%d\" \"a\"}}", "%!d(string=a)", ""},
    {"{{printf \"%d\" 1.5}}", "%!d(float64=1.5)", ""},
    {"{{printf \"%s\" true}}", "%!s(bool=true)", ""},
    {"{{printf \"%x\" -255}}", "-ff", ""},
    {"{{printf \"%X\" \"hello\"}}", "68656C6C6F", ""},
    {"{{printf \"%#v\" .l}}",
     "[]interface {}{1, \"b\", interface {}(nil), map[string]interface {}{\"k\":\"v\", \"n\":interface "
     "{}(nil)}}",
     ""},
    {"{{printf \"%05s|%-05s|%.2s|%.0s\" \"a\" \"b\" \"h\303\251llo\" \"x\"}}", "0000a|b    |h\303\251|", ""},
    {"{{printf \"%+v\" .m}}", "map[a:1 b:map[c:x nul:<nil>]]", ""},
    {"{{printf \"%06d|%+06d|% 06d|%-6d|\" -42 42 42 42}}", "-00042|+00042| 00042|42    |", ""},
    {"{{printf \"%.3d|%8.3d|%-8.3d|%08.3d\" 5 5 5 5}}", "005|     005|005     |     005", ""},
    {"{{printf \"%w\" 1}}", "%!w(int=1)", ""},
    {"{{printf \"%v\" 1e100}} {{1e100}} {{1e20}} {{1e21}} {{123456789.125}} {{0.000001}} {{0.0001}} "
     "{{100000.0}} {{1000000.0}} {{0.1}} {{1e-7}} {{5e-324}} {{1.7976931348623157e308}} {{4.35}} {{0.3}} "
     "{{5.684341886080802e-14}} {{9007199254740993.0}}",
     "1e+100 1e+100 1e+20 1e+21 1.23456789125e+08 1e-06 0.0001 100000 1e+06 0.1 1e-07 5e-324 "
     "1.7976931348623157e+308 4.35 0.3 5.684341886080802e-14 9.007199254740992e+15",
     ""},
    {"{{printf \"%s\" (index .l 9)}}", "",
     "template: t:1:15: executing \"t\" at <index .l 9>: error calling index: index out of range: 9"},
    {"{{printf \"%s\"   (  index .l    9 ) | print}}", "",
     "template: t:1:19: executing \"t\" at <index .l 9>: error calling index: index out of range: 9"},
    {"{{ .m.b.c | printf \"%s\" | index .l }}", "",
     "template: t:1:26: executing \"t\" at <index .l>: error calling index: cannot index slice/array with "
     "type string"},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" 42 42 42 42 42 42 42 42}}",
     "42 42 42 int %!t(int=42) 42 101010 52", ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" 42 42 42 42 42 42 42 42}}",
     "0o52 2a 2A * '*' U+002A %!e(int=42) %!E(int=42)", ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" 42 42 42 42 42 42 42 42}}",
     "%!f(int=42) %!F(int=42) %!g(int=42) %!G(int=42) %!s(int=42)       42 42      | 00000042", ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" 42 42 42 42 42 42 42 42}}",
     "+42  42 0x2a 052 %!f(int=42) %!f(int=     042) %!f(int=042     )| %!e(int=+42)", ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" 42 42 42 42 42 42 42 42}}",
     "%!g(int=042) %!g(int=0000000042) %!f(int=42) %!g(int=42) '*' '*'  2a  0x2a", ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" 42 42 42 42 42 42 42 42}}",
     "%!s(int=042) %!t(int=   42) 00042 %!s(int=    42)| %!g(int=042) 42 42 00042", ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" 42 42 42 42 42 42 42 42}}",
     "%!f(int=     +42) 2a 2a     *| U+002A '*' %!z(int=42) 00101010 +2a", ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" 42 42 42 42 42 42}}",
     "0b101010       42                  '*'| '*'                 | 00000000000000000'*' '*'", ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" -42 -42 -42 -42 -42 -42 -42 -42}}",
     "-42 -42 -42 int %!t(int=-42) -42 -101010 -52", ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" -42 -42 -42 -42 -42 -42 -42 -42}}",
     "-0o52 -2a -2A \357\277\275 '\357\277\275' U+FFFFFFFFFFFFFFD6 %!e(int=-42) %!E(int=-42)", ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" -42 -42 -42 -42 -42 -42 -42 -42}}",
     "%!f(int=-42) %!F(int=-42) %!g(int=-42) %!G(int=-42) %!s(int=-42)      -42 -42     | -0000042", ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" -42 -42 -42 -42 -42 -42 -42 -42}}",
     "-42 -42 -0x2a -052 %!f(int=-42) %!f(int=    -042) %!f(int=-042    )| %!e(int=-42)", ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" -42 -42 -42 -42 -42 -42 -42 -42}}",
     "%!g(int=-042) %!g(int=-0000000042) %!f(int=-42) %!g(int=-42) '\\ufffd' '\357\277\275' -2a -0x2a", ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" -42 -42 -42 -42 -42 -42 -42 -42}}",
     "%!s(int=-042) %!t(int=  -42) -00042 %!s(int=   -42)| %!g(int=-042) -42 -42 -0042", ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" -42 -42 -42 -42 -42 -42 -42 -42}}",
     "%!f(int=     -42) -2a -2a     \357\277\275| U+FFFFFFFFFFFFFFD6 %!z(int=-42) -0101010 -2a", ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" -42 -42 -42 -42 -42 -42}}",
     "-0b101010      -42                  '\357\277\275'| '\357\277\275'                 | "
     "00000000000000000'\357\277\275' '\357\277\275'",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\"}}",
     "hi hi \"hi\" string %!t(string=hi) %!d(string=hi) %!b(string=hi) %!o(string=hi)", ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\"}}",
     "%!O(string=hi) 6869 6869 %!c(string=hi) \"hi\" %!U(string=hi) %!e(string=hi) %!E(string=hi)", ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\"}}",
     "%!f(string=hi) %!F(string=hi) %!g(string=hi) %!G(string=hi) hi       hi hi      | 000000hi", ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" "
     "\"hi\"}}",
     "%!d(string=hi) %!d(string=hi) 0x6869 %!o(string=hi) %!f(string=hi) %!f(string=      hi) %!f(string=hi  "
     "    )| %!e(string=h)",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" "
     "\"hi\"}}",
     "%!g(string=hi) %!g(string=hi) %!f(string=) %!g(string=hi) \"hi\" `hi` 68 69 0x68 0x69", ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" "
     "\"hi\"}}",
     "hi %!t(string=   hi) %!d(string=hi)     hi| %!g(string=hi) \"hi\" hi %!d(string=000hi)", ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" "
     "\"hi\"}}",
     "%!f(string=000000hi) 6869 6869 %!c(string=   hi)| %!U(string=hi) %!z(string=hi) %!b(string=000000hi) "
     "6869",
     ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\" \"hi\"}}",
     "%!b(string=hi) %!d(string=      hi)                 \"hi\"| \"hi\"                | "
     "0000000000000000\"hi\" \"h\"",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" "
     "\"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\"}}",
     "\303\251\n \303\251\n \"\303\251\\n\" string %!t(string=\303\251\n) %!d(string=\303\251\n) "
     "%!b(string=\303\251\n) %!o(string=\303\251\n)",
     ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" "
     "\"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\"}}",
     "%!O(string=\303\251\n) c3a90a C3A90A %!c(string=\303\251\n) \"\303\251\\n\" %!U(string=\303\251\n) "
     "%!e(string=\303\251\n) %!E(string=\303\251\n)",
     ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" "
     "\"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\"}}",
     "%!f(string=\303\251\n) %!F(string=\303\251\n) %!g(string=\303\251\n) %!G(string=\303\251\n) \303\251\n "
     "      \303\251\n \303\251\n      | 000000\303\251\n",
     ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" "
     "\"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\"}}",
     "%!d(string=\303\251\n) %!d(string=\303\251\n) 0xc3a90a %!o(string=\303\251\n) %!f(string=\303\251\n) "
     "%!f(string=      \303\251\n) %!f(string=\303\251\n      )| %!e(string=\303\251)",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" "
     "\"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\"}}",
     "%!g(string=\303\251\n) %!g(string=\303\251\n) %!f(string=) %!g(string=\303\251\n) \"\\u00e9\\n\" "
     "\"\303\251\\n\" c3 a9 0a 0xc3 0xa9 0x0a",
     ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" "
     "\"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\"}}",
     "\303\251\n %!t(string=   \303\251\n) %!d(string=\303\251\n)     \303\251\n| %!g(string=\303\251\n) "
     "\"\303\251\\n\" \303\251\n %!d(string=000\303\251\n)",
     ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" "
     "\"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\"}}",
     "%!f(string=000000\303\251\n) c3a90a c3a9 %!c(string=   \303\251\n)| %!U(string=\303\251\n) "
     "%!z(string=\303\251\n) %!b(string=000000\303\251\n) c3a90a",
     ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" \"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\" "
     "\"\303\251\\n\" \"\303\251\\n\" \"\303\251\\n\"}}",
     "%!b(string=\303\251\n) %!d(string=      \303\251\n)                \"\303\251\\n\"| \"\303\251\\n\"    "
     "           | 000000000000000\"\303\251\\n\" \"\303\251\"",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" 1.5 1.5 1.5 1.5 1.5 1.5 1.5 1.5}}",
     "1.5 1.5 1.5 float64 %!t(float64=1.5) %!d(float64=1.5) 6755399441055744p-52 %!o(float64=1.5)", ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" 1.5 1.5 1.5 1.5 1.5 1.5 1.5 1.5}}",
     "%!O(float64=1.5) 0x1.8p+00 0X1.8P+00 %!c(float64=1.5) %!q(float64=1.5) %!U(float64=1.5) 1.500000e+00 "
     "1.500000E+00",
     ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" 1.5 1.5 1.5 1.5 1.5 1.5 1.5 1.5}}",
     "1.500000 1.500000 1.5 1.5 %!s(float64=1.5)      1.5 1.5     | 000001.5", ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" 1.5 1.5 1.5 1.5 1.5 1.5 1.5 1.5}}",
     "%!d(float64=+1.5) %!d(float64= 1.5) 0x1.8000p+00 %!o(float64=1.50000) 1.50    1.500 1.500   | +1.5e+00",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" 1.5 1.5 1.5 1.5 1.5 1.5 1.5 1.5}}",
     "1.5 1.5 2 1.50000 %!q(float64=+1.5) %!q(float64=1.50000)  0x1.8p+00  0x1.8000p+00", ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" 1.5 1.5 1.5 1.5 1.5 1.5 1.5 1.5}}",
     "%!s(float64=1.5) %!t(float64=  1.5) %!d(float64=1.5) %!s(float64=   1.5)| 1.50 1.5 1.5 "
     "%!d(float64=001.5)",
     ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" 1.5 1.5 1.5 1.5 1.5 1.5 1.5 1.5}}",
     "+0001.50 0x1.8p+00 0x1.80p+00 %!c(float64=  1.5)| %!U(float64=1.50000) %!z(float64=1.5) "
     "6755399441055744p-52 +0x1.8p+00",
     ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" 1.5 1.5 1.5 1.5 1.5 1.5}}",
     "6755399441055744p-52 %!d(float64=     1.5) %!q(float64=                 1.5)| %!q(float64=1.5          "
     "       )| %!q(float64=000000000000000001.5) %!q(float64=2)",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75}}",
     "-2.75 -2.75 -2.75 float64 %!t(float64=-2.75) %!d(float64=-2.75) -6192449487634432p-51 "
     "%!o(float64=-2.75)",
     ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75}}",
     "%!O(float64=-2.75) -0x1.6p+01 -0X1.6P+01 %!c(float64=-2.75) %!q(float64=-2.75) %!U(float64=-2.75) "
     "-2.750000e+00 -2.750000E+00",
     ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75}}",
     "-2.750000 -2.750000 -2.75 -2.75 %!s(float64=-2.75)    -2.75 -2.75   | -0002.75", ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 "
     "-2.75}}",
     "%!d(float64=-2.75) %!d(float64=-2.75) -0x1.6000p+01 %!o(float64=-2.75000) -2.75   -2.750 -2.750  | "
     "-2.8e+00",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75}}",
     "-2.75 -2.75 -3 -2.75000 %!q(float64=-2.75) %!q(float64=-2.75000) -0x1.6p+01 -0x1.6000p+01", ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75}}",
     "%!s(float64=-2.75) %!t(float64=-2.75) %!d(float64=-2.75) %!s(float64=  -2.8)| -2.75 -2.75 -2.75 "
     "%!d(float64=-2.75)",
     ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75 -2.75}}",
     "-0002.75 -0x1.6p+01 -0x1.60p+01 %!c(float64=-2.75)| %!U(float64=-2.75000) %!z(float64=-2.75) "
     "-6192449487634432p-51 -0x1.6p+01",
     ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" -2.75 -2.75 -2.75 -2.75 -2.75 -2.75}}",
     "-6192449487634432p-51 %!d(float64=   -2.75) %!q(float64=               -2.75)| %!q(float64=-2.75       "
     "        )| %!q(float64=-0000000000000002.75) %!q(float64=-3)",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" 1e6 1e6 1e6 1e6 1e6 1e6 1e6 1e6}}",
     "1e+06 1e+06 1e+06 float64 %!t(float64=1e+06) %!d(float64=1e+06) 8589934592000000p-33 "
     "%!o(float64=1e+06)",
     ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" 1e6 1e6 1e6 1e6 1e6 1e6 1e6 1e6}}",
     "%!O(float64=1e+06) 0x1.e848p+19 0X1.E848P+19 %!c(float64=1e+06) %!q(float64=1e+06) %!U(float64=1e+06) "
     "1.000000e+06 1.000000E+06",
     ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" 1e6 1e6 1e6 1e6 1e6 1e6 1e6 1e6}}",
     "1000000.000000 1000000.000000 1e+06 1E+06 %!s(float64=1e+06)    1e+06 1e+06   | 0001e+06", ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" 1e6 1e6 1e6 1e6 1e6 1e6 1e6 1e6}}",
     "%!d(float64=+1e+06) %!d(float64= 1e+06) 0x1.e848p+19 %!o(float64=1.00000e+06) 1000000.00 1000000.000 "
     "1000000.000| +1.0e+06",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" 1e6 1e6 1e6 1e6 1e6 1e6 1e6 1e6}}",
     "1e+06 1000000 1000000 1.00000e+06 %!q(float64=+1e+06) %!q(float64=1.00000e+06)  0x1.e848p+19  "
     "0x1.e848p+19",
     ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" 1e6 1e6 1e6 1e6 1e6 1e6 1e6 1e6}}",
     "%!s(float64=1e+06) %!t(float64=1e+06) %!d(float64=1e+06) %!s(float64= 1e+06)| 1.00e+06 1e+06 1e+06 "
     "%!d(float64=1e+06)",
     ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" 1e6 1e6 1e6 1e6 1e6 1e6 1e6 1e6}}",
     "+1000000.00 0x1.e848p+19 0x1.e8p+19 %!c(float64=1e+06)| %!U(float64=1.00000e+06) %!z(float64=1e+06) "
     "8589934592000000p-33 +0x1.e848p+19",
     ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" 1e6 1e6 1e6 1e6 1e6 1e6}}",
     "8589934592000000p-33 %!d(float64=   1e+06) %!q(float64=               1e+06)| %!q(float64=1e+06        "
     "       )| %!q(float64=0000000000000001e+06) %!q(float64=1e+06)",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0}}",
     "0 0 0 float64 %!t(float64=0) %!d(float64=0) 0p-1074 %!o(float64=0)", ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0}}",
     "%!O(float64=0) 0x0p+00 0X0P+00 %!c(float64=0) %!q(float64=0) %!U(float64=0) 0.000000e+00 0.000000E+00",
     ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0}}",
     "0.000000 0.000000 0 0 %!s(float64=0)        0 0       | 00000000", ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0}}",
     "%!d(float64=+0) %!d(float64= 0) 0x0.0000p+00 %!o(float64=0.00000) 0.00    0.000 0.000   | +0.0e+00",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0}}",
     "0 0 0 0.00000 %!q(float64=+0) %!q(float64=0.00000)  0x0p+00  0x0.0000p+00", ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0}}",
     "%!s(float64=0) %!t(float64=    0) %!d(float64=0) %!s(float64=     0)| 0.00 0 0 %!d(float64=00000)", ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0}}",
     "+0000.00 0x0p+00 0x0.00p+00 %!c(float64=    0)| %!U(float64=0.00000) %!z(float64=0) 00p-1074 +0x0p+00",
     ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" 0.0 0.0 0.0 0.0 0.0 0.0}}",
     "0p-1074 %!d(float64=       0) %!q(float64=                   0)| %!q(float64=0                   )| "
     "%!q(float64=00000000000000000000) %!q(float64=0)",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" true true true true true true true true}}",
     "true true true bool true %!d(bool=true) %!b(bool=true) %!o(bool=true)", ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" true true true true true true true true}}",
     "%!O(bool=true) %!x(bool=true) %!X(bool=true) %!c(bool=true) %!q(bool=true) %!U(bool=true) "
     "%!e(bool=true) %!E(bool=true)",
     ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" true true true true true true true true}}",
     "%!f(bool=true) %!F(bool=true) %!g(bool=true) %!G(bool=true) %!s(bool=true)     true true    | 0000true",
     ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" true true true true true true true true}}",
     "%!d(bool=true) %!d(bool=true) %!x(bool=true) %!o(bool=true) %!f(bool=true) %!f(bool=    true) "
     "%!f(bool=true    )| %!e(bool=true)",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" true true true true true true true true}}",
     "%!g(bool=true) %!g(bool=true) %!f(bool=true) %!g(bool=true) %!q(bool=true) %!q(bool=true) "
     "%!x(bool=true) %!x(bool=true)",
     ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" true true true true true true true true}}",
     "%!s(bool=true)  true %!d(bool=true) %!s(bool=  true)| %!g(bool=true) true true %!d(bool=0true)", ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" true true true true true true true true}}",
     "%!f(bool=0000true) %!x(bool=true) %!x(bool=true) %!c(bool= true)| %!U(bool=true) %!z(bool=true) "
     "%!b(bool=0000true) %!x(bool=true)",
     ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" true true true true true true}}",
     "%!b(bool=true) %!d(bool=    true) %!q(bool=                true)| %!q(bool=true                )| "
     "%!q(bool=0000000000000000true) %!q(bool=true)",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" nil nil nil nil nil nil nil nil}}",
     "<nil> <nil> <nil> <nil> %!t(<nil>) %!d(<nil>) %!b(<nil>) %!o(<nil>)", ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" nil nil nil nil nil nil nil nil}}",
     "%!O(<nil>) %!x(<nil>) %!X(<nil>) %!c(<nil>) %!q(<nil>) %!U(<nil>) %!e(<nil>) %!E(<nil>)", ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" nil nil nil nil nil nil nil nil}}",
     "%!f(<nil>) %!F(<nil>) %!g(<nil>) %!G(<nil>) %!s(<nil>)    <nil> <nil>   | 000<nil>", ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" nil nil nil nil nil nil nil nil}}",
     "%!d(<nil>) %!d(<nil>) %!x(<nil>) %!o(<nil>) %!f(<nil>) %!f(<nil>) %!f(<nil>)| %!e(<nil>)", ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" nil nil nil nil nil nil nil nil}}",
     "%!g(<nil>) %!g(<nil>) %!f(<nil>) %!g(<nil>) %!q(<nil>) %!q(<nil>) %!x(<nil>) %!x(<nil>)", ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" nil nil nil nil nil nil nil nil}}",
     "%!s(<nil>) %!t(<nil>) %!d(<nil>) %!s(<nil>)| %!g(<nil>) <nil> <nil> %!d(<nil>)", ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" nil nil nil nil nil nil nil nil}}",
     "%!f(<nil>) %!x(<nil>) %!x(<nil>) %!c(<nil>)| %!U(<nil>) %!z(<nil>) %!b(<nil>) %!x(<nil>)", ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" nil nil nil nil nil nil}}",
     "%!b(<nil>) %!d(<nil>) %!q(<nil>)| %!q(<nil>)| %!q(<nil>) %!q(<nil>)", ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" .l .l .l .l .l .l .l .l}}",
     "[1 b <nil> map[k:v n:<nil>]] [1 b <nil> map[k:v n:<nil>]] []interface {}{1, \"b\", interface {}(nil), "
     "map[string]interface {}{\"k\":\"v\", \"n\":interface {}(nil)}} []interface {} [%!t(float64=1) "
     "%!t(string=b) <nil> map[%!t(string=k):%!t(string=v) %!t(string=n):<nil>]] [%!d(float64=1) "
     "%!d(string=b) <nil> map[%!d(string=k):%!d(string=v) %!d(string=n):<nil>]] [4503599627370496p-52 "
     "%!b(string=b) <nil> map[%!b(string=k):%!b(string=v) %!b(string=n):<nil>]] [%!o(float64=1) "
     "%!o(string=b) <nil> map[%!o(string=k):%!o(string=v) %!o(string=n):<nil>]]",
     ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" .l .l .l .l .l .l .l .l}}",
     "[%!O(float64=1) %!O(string=b) <nil> map[%!O(string=k):%!O(string=v) %!O(string=n):<nil>]] [0x1p+00 62 "
     "<nil> map[6b:76 6e:<nil>]] [0X1P+00 62 <nil> map[6B:76 6E:<nil>]] [%!c(float64=1) %!c(string=b) <nil> "
     "map[%!c(string=k):%!c(string=v) %!c(string=n):<nil>]] [%!q(float64=1) \"b\" <nil> map[\"k\":\"v\" "
     "\"n\":<nil>]] [%!U(float64=1) %!U(string=b) <nil> map[%!U(string=k):%!U(string=v) "
     "%!U(string=n):<nil>]] [1.000000e+00 %!e(string=b) <nil> map[%!e(string=k):%!e(string=v) "
     "%!e(string=n):<nil>]] [1.000000E+00 %!E(string=b) <nil> map[%!E(string=k):%!E(string=v) "
     "%!E(string=n):<nil>]]",
     ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" .l .l .l .l .l .l .l .l}}",
     "[1.000000 %!f(string=b) <nil> map[%!f(string=k):%!f(string=v) %!f(string=n):<nil>]] [1.000000 "
     "%!F(string=b) <nil> map[%!F(string=k):%!F(string=v) %!F(string=n):<nil>]] [1 %!g(string=b) <nil> "
     "map[%!g(string=k):%!g(string=v) %!g(string=n):<nil>]] [1 %!G(string=b) <nil> "
     "map[%!G(string=k):%!G(string=v) %!G(string=n):<nil>]] [%!s(float64=1) b <nil> map[k:v n:<nil>]] [      "
     " 1        b <nil> map[       k:       v        n:<nil>]] [1        b        <nil> map[k       :v       "
     " n       :<nil>]]| [00000001 0000000b <nil> map[0000000k:0000000v 0000000n:<nil>]]",
     ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" .l .l .l .l .l .l .l .l}}",
     "[%!d(float64=+1) %!d(string=b) <nil> map[%!d(string=k):%!d(string=v) %!d(string=n):<nil>]] "
     "[%!d(float64= 1) %!d(string=b) <nil> map[%!d(string=k):%!d(string=v) %!d(string=n):<nil>]] "
     "[0x1.0000p+00 0x62 <nil> map[0x6b:0x76 0x6e:<nil>]] [%!o(float64=1.00000) %!o(string=b) <nil> "
     "map[%!o(string=k):%!o(string=v) %!o(string=n):<nil>]] [1.00 %!f(string=b) <nil> "
     "map[%!f(string=k):%!f(string=v) %!f(string=n):<nil>]] [   1.000 %!f(string=       b) <nil> "
     "map[%!f(string=       k):%!f(string=       v) %!f(string=       n):<nil>]] [1.000    %!f(string=b      "
     " ) <nil> map[%!f(string=k       ):%!f(string=v       ) %!f(string=n       ):<nil>]]| [+1.0e+00 "
     "%!e(string=b) <nil> map[%!e(string=k):%!e(string=v) %!e(string=n):<nil>]]",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" .l .l .l .l .l .l .l .l}}",
     "[1 %!g(string=b) <nil> map[%!g(string=k):%!g(string=v) %!g(string=n):<nil>]] [1 %!g(string=b) <nil> "
     "map[%!g(string=k):%!g(string=v) %!g(string=n):<nil>]] [1 %!f(string=) <nil> "
     "map[%!f(string=):%!f(string=) %!f(string=):<nil>]] [1.00000 %!g(string=b) <nil> "
     "map[%!g(string=k):%!g(string=v) %!g(string=n):<nil>]] [%!q(float64=+1) \"b\" <nil> map[\"k\":\"v\" "
     "\"n\":<nil>]] [%!q(float64=1.00000) `b` <nil> map[`k`:`v` `n`:<nil>]] [ 0x1p+00 62 <nil> map[6b:76 "
     "6e:<nil>]] [ 0x1.0000p+00 0x62 <nil> map[0x6b:0x76 0x6e:<nil>]]",
     ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" .l .l .l .l .l .l .l .l}}",
     "[%!s(float64=1) b <nil> map[k:v n:<nil>]] [%!t(float64=    1) %!t(string=    b) <nil> map[%!t(string=  "
     "  k):%!t(string=    v) %!t(string=    n):<nil>]] [%!d(float64=1) %!d(string=b) <nil> "
     "map[%!d(string=k):%!d(string=v) %!d(string=n):<nil>]] [%!s(float64=     1)      b <nil> map[     k:    "
     " v      n:<nil>]]| [1.00 %!g(string=b) <nil> map[%!g(string=k):%!g(string=v) %!g(string=n):<nil>]] "
     "[]interface {}{1, \"b\", interface {}(nil), map[string]interface {}{\"k\":\"v\", \"n\":interface "
     "{}(nil)}} [1 b <nil> map[k:v n:<nil>]] [%!d(float64=00001) %!d(string=0000b) <nil> "
     "map[%!d(string=0000k):%!d(string=0000v) %!d(string=0000n):<nil>]]",
     ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" .l .l .l .l .l .l .l .l}}",
     "[+0001.00 %!f(string=0000000b) <nil> map[%!f(string=0000000k):%!f(string=0000000v) "
     "%!f(string=0000000n):<nil>]] [0x1p+00 62 <nil> map[6b:76 6e:<nil>]] [0x1.00p+00 62 <nil> map[6b:76 "
     "6e:<nil>]] [%!c(float64=    1) %!c(string=    b) <nil> map[%!c(string=    k):%!c(string=    v) "
     "%!c(string=    n):<nil>]]| [%!U(float64=1.00000) %!U(string=b) <nil> map[%!U(string=k):%!U(string=v) "
     "%!U(string=n):<nil>]] [%!z(float64=1) %!z(string=b) <nil> map[%!z(string=k):%!z(string=v) "
     "%!z(string=n):<nil>]] [4503599627370496p-52 %!b(string=0000000b) <nil> "
     "map[%!b(string=0000000k):%!b(string=0000000v) %!b(string=0000000n):<nil>]] [+0x1p+00 62 <nil> "
     "map[6b:76 6e:<nil>]]",
     ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" .l .l .l .l .l .l}}",
     "[4503599627370496p-52 %!b(string=b) <nil> map[%!b(string=k):%!b(string=v) %!b(string=n):<nil>]] "
     "[%!d(float64=       1) %!d(string=       b) <nil> map[%!d(string=       k):%!d(string=       v) "
     "%!d(string=       n):<nil>]] [%!q(float64=                   1)                  \"b\" <nil> map[      "
     "           \"k\":                 \"v\"                  \"n\":<nil>]]| [%!q(float64=1                 "
     "  ) \"b\"                  <nil> map[\"k\"                 :\"v\"                  \"n\"               "
     "  :<nil>]]| [%!q(float64=00000000000000000001) 00000000000000000\"b\" <nil> "
     "map[00000000000000000\"k\":00000000000000000\"v\" 00000000000000000\"n\":<nil>]] [%!q(float64=1) \"b\" "
     "<nil> map[\"k\":\"v\" \"n\":<nil>]]",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" .m .m .m .m .m .m .m .m}}",
     "map[a:1 b:map[c:x nul:<nil>]] map[a:1 b:map[c:x nul:<nil>]] map[string]interface {}{\"a\":1, "
     "\"b\":map[string]interface {}{\"c\":\"x\", \"nul\":interface {}(nil)}} map[string]interface {} "
     "map[%!t(string=a):%!t(float64=1) %!t(string=b):map[%!t(string=c):%!t(string=x) %!t(string=nul):<nil>]] "
     "map[%!d(string=a):%!d(float64=1) %!d(string=b):map[%!d(string=c):%!d(string=x) %!d(string=nul):<nil>]] "
     "map[%!b(string=a):4503599627370496p-52 %!b(string=b):map[%!b(string=c):%!b(string=x) "
     "%!b(string=nul):<nil>]] map[%!o(string=a):%!o(float64=1) %!o(string=b):map[%!o(string=c):%!o(string=x) "
     "%!o(string=nul):<nil>]]",
     ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" .m .m .m .m .m .m .m .m}}",
     "map[%!O(string=a):%!O(float64=1) %!O(string=b):map[%!O(string=c):%!O(string=x) %!O(string=nul):<nil>]] "
     "map[61:0x1p+00 62:map[63:78 6e756c:<nil>]] map[61:0X1P+00 62:map[63:78 6E756C:<nil>]] "
     "map[%!c(string=a):%!c(float64=1) %!c(string=b):map[%!c(string=c):%!c(string=x) %!c(string=nul):<nil>]] "
     "map[\"a\":%!q(float64=1) \"b\":map[\"c\":\"x\" \"nul\":<nil>]] map[%!U(string=a):%!U(float64=1) "
     "%!U(string=b):map[%!U(string=c):%!U(string=x) %!U(string=nul):<nil>]] map[%!e(string=a):1.000000e+00 "
     "%!e(string=b):map[%!e(string=c):%!e(string=x) %!e(string=nul):<nil>]] map[%!E(string=a):1.000000E+00 "
     "%!E(string=b):map[%!E(string=c):%!E(string=x) %!E(string=nul):<nil>]]",
     ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" .m .m .m .m .m .m .m .m}}",
     "map[%!f(string=a):1.000000 %!f(string=b):map[%!f(string=c):%!f(string=x) %!f(string=nul):<nil>]] "
     "map[%!F(string=a):1.000000 %!F(string=b):map[%!F(string=c):%!F(string=x) %!F(string=nul):<nil>]] "
     "map[%!g(string=a):1 %!g(string=b):map[%!g(string=c):%!g(string=x) %!g(string=nul):<nil>]] "
     "map[%!G(string=a):1 %!G(string=b):map[%!G(string=c):%!G(string=x) %!G(string=nul):<nil>]] "
     "map[a:%!s(float64=1) b:map[c:x nul:<nil>]] map[       a:       1        b:map[       c:       x      "
     "nul:<nil>]] map[a       :1        b       :map[c       :x        nul     :<nil>]]| "
     "map[0000000a:00000001 0000000b:map[0000000c:0000000x 00000nul:<nil>]]",
     ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" .m .m .m .m .m .m .m .m}}",
     "map[%!d(string=a):%!d(float64=+1) %!d(string=b):map[%!d(string=c):%!d(string=x) "
     "%!d(string=nul):<nil>]] map[%!d(string=a):%!d(float64= 1) "
     "%!d(string=b):map[%!d(string=c):%!d(string=x) %!d(string=nul):<nil>]] map[0x61:0x1.0000p+00 "
     "0x62:map[0x63:0x78 0x6e756c:<nil>]] map[%!o(string=a):%!o(float64=1.00000) "
     "%!o(string=b):map[%!o(string=c):%!o(string=x) %!o(string=nul):<nil>]] map[%!f(string=a):1.00 "
     "%!f(string=b):map[%!f(string=c):%!f(string=x) %!f(string=nu):<nil>]] map[%!f(string=       a):   1.000 "
     "%!f(string=       b):map[%!f(string=       c):%!f(string=       x) %!f(string=     nul):<nil>]] "
     "map[%!f(string=a       ):1.000    %!f(string=b       ):map[%!f(string=c       ):%!f(string=x       ) "
     "%!f(string=nul     ):<nil>]]| map[%!e(string=a):+1.0e+00 %!e(string=b):map[%!e(string=c):%!e(string=x) "
     "%!e(string=n):<nil>]]",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" .m .m .m .m .m .m .m .m}}",
     "map[%!g(string=a):1 %!g(string=b):map[%!g(string=c):%!g(string=x) %!g(string=nul):<nil>]] "
     "map[%!g(string=a):1 %!g(string=b):map[%!g(string=c):%!g(string=x) %!g(string=nul):<nil>]] "
     "map[%!f(string=):1 %!f(string=):map[%!f(string=):%!f(string=) %!f(string=):<nil>]] "
     "map[%!g(string=a):1.00000 %!g(string=b):map[%!g(string=c):%!g(string=x) %!g(string=nul):<nil>]] "
     "map[\"a\":%!q(float64=+1) \"b\":map[\"c\":\"x\" \"nul\":<nil>]] map[`a`:%!q(float64=1.00000) "
     "`b`:map[`c`:`x` `nul`:<nil>]] map[61: 0x1p+00 62:map[63:78 6e 75 6c:<nil>]] map[0x61: 0x1.0000p+00 "
     "0x62:map[0x63:0x78 0x6e 0x75 0x6c:<nil>]]",
     ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" .m .m .m .m .m .m .m .m}}",
     "map[a:%!s(float64=1) b:map[c:x nul:<nil>]] map[%!t(string=    a):%!t(float64=    1) %!t(string=    "
     "b):map[%!t(string=    c):%!t(string=    x) %!t(string=  nul):<nil>]] map[%!d(string=a):%!d(float64=1) "
     "%!d(string=b):map[%!d(string=c):%!d(string=x) %!d(string=nul):<nil>]] map[     a:%!s(float64=     1)   "
     "   b:map[     c:     x     nu:<nil>]]| map[%!g(string=a):1.00 "
     "%!g(string=b):map[%!g(string=c):%!g(string=x) %!g(string=nul):<nil>]] map[string]interface {}{\"a\":1, "
     "\"b\":map[string]interface {}{\"c\":\"x\", \"nul\":interface {}(nil)}} map[a:1 b:map[c:x nul:<nil>]] "
     "map[%!d(string=0000a):%!d(float64=00001) %!d(string=0000b):map[%!d(string=0000c):%!d(string=0000x) "
     "%!d(string=00nul):<nil>]]",
     ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" .m .m .m .m .m .m .m .m}}",
     "map[%!f(string=0000000a):+0001.00 %!f(string=0000000b):map[%!f(string=0000000c):%!f(string=0000000x) "
     "%!f(string=000000nu):<nil>]] map[61:0x1p+00 62:map[63:78 6e756c:<nil>]] map[61:0x1.00p+00 62:map[63:78 "
     "6e75:<nil>]] map[%!c(string=    a):%!c(float64=    1) %!c(string=    b):map[%!c(string=    "
     "c):%!c(string=    x) %!c(string=  nul):<nil>]]| map[%!U(string=a):%!U(float64=1.00000) "
     "%!U(string=b):map[%!U(string=c):%!U(string=x) %!U(string=nul):<nil>]] map[%!z(string=a):%!z(float64=1) "
     "%!z(string=b):map[%!z(string=c):%!z(string=x) %!z(string=nul):<nil>]] "
     "map[%!b(string=0000000a):4503599627370496p-52 "
     "%!b(string=0000000b):map[%!b(string=0000000c):%!b(string=0000000x) %!b(string=00000nul):<nil>]] "
     "map[61:+0x1p+00 62:map[63:78 6e756c:<nil>]]",
     ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" .m .m .m .m .m .m}}",
     "map[%!b(string=a):4503599627370496p-52 %!b(string=b):map[%!b(string=c):%!b(string=x) "
     "%!b(string=nul):<nil>]] map[%!d(string=       a):%!d(float64=       1) %!d(string=       "
     "b):map[%!d(string=       c):%!d(string=       x) %!d(string=     nul):<nil>]] map[                 "
     "\"a\":%!q(float64=                   1)                  \"b\":map[                 \"c\":             "
     "    \"x\"                \"nul\":<nil>]]| map[\"a\"                 :%!q(float64=1                   ) "
     "\"b\"                 :map[\"c\"                 :\"x\"                  \"nul\"               "
     ":<nil>]]| map[00000000000000000\"a\":%!q(float64=00000000000000000001) "
     "00000000000000000\"b\":map[00000000000000000\"c\":00000000000000000\"x\" "
     "000000000000000\"nul\":<nil>]] map[\"a\":%!q(float64=1) \"b\":map[\"c\":\"x\" \"n\":<nil>]]",
     ""},
    {"{{printf \"%v %+v %#v %T %t %d %b %o\" .e .e .e .e .e .e .e .e}}",
     "  \"\" string %!t(string=) %!d(string=) %!b(string=) %!o(string=)", ""},
    {"{{printf \"%O %x %X %c %q %U %e %E\" .e .e .e .e .e .e .e .e}}",
     "%!O(string=)   %!c(string=) \"\" %!U(string=) %!e(string=) %!E(string=)", ""},
    {"{{printf \"%f %F %g %G %s %8v %-8v| %08v\" .e .e .e .e .e .e .e .e}}",
     "%!f(string=) %!F(string=) %!g(string=) %!G(string=)                   | 00000000", ""},
    {"{{printf \"%+d % d %#x %#o %.2f %8.3f %-8.3f| %+.1e\" .e .e .e .e .e .e .e .e}}",
     "%!d(string=) %!d(string=)  %!o(string=) %!f(string=) %!f(string=        ) %!f(string=        )| "
     "%!e(string=)",
     ""},
    {"{{printf \"%.3g %.10g %.0f %#g %+q %#q % x %# x\" .e .e .e .e .e .e .e .e}}",
     "%!g(string=) %!g(string=) %!f(string=) %!g(string=) \"\" ``  ", ""},
    {"{{printf \"%.3s %5t %.5d %6.2s| %#.3g %#v %+v %05d\" .e .e .e .e .e .e .e .e}}",
     " %!t(string=     ) %!d(string=)       | %!g(string=) \"\"  %!d(string=00000)", ""},
    {"{{printf \"%+08.2f %x %.2x %5c| %#U %z %08b %+x\" .e .e .e .e .e .e .e .e}}",
     "%!f(string=00000000)   %!c(string=     )| %!U(string=) %!z(string=) %!b(string=00000000) ", ""},
    {"{{printf \"%#b % 8d %20q| %-20q| %020q %.1q\" .e .e .e .e .e .e}}",
     "%!b(string=) %!d(string=        )                   \"\"| \"\"                  | "
     "000000000000000000\"\" \"\"",
     ""},
};

TEST(printf_prints_as_in_go)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    rows_check(funcs, rows, ARRAY_LEN(rows), data, TMPL_MISSING_ZERO);
}

TEST_MAIN
