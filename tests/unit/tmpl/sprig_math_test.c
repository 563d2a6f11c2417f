/* Sprig's numbers: casts, wrap-around, exact decimals, sequences. */
#include "unit/tmpl/rows.h"

/* As upstream's Sprig answers. */
static const struct row rows[] = {
    {"{{int 1}}|{{int64 1}}|{{float64 1}}|{{printf \"%T %T %T\" (int 1) (int64 1) (float64 1)}}|{{toDecimal "
     "1}}",
     "1|1|1|int int64 float64|1", ""},
    {"{{int -7}}|{{int64 -7}}|{{float64 -7}}|{{printf \"%T %T %T\" (int -7) (int64 -7) (float64 "
     "-7)}}|{{toDecimal -7}}",
     "-7|-7|-7|int int64 float64|-7", ""},
    {"{{int 1.9}}|{{int64 1.9}}|{{float64 1.9}}|{{printf \"%T %T %T\" (int 1.9) (int64 1.9) (float64 "
     "1.9)}}|{{toDecimal 1.9}}",
     "1|1|1.9|int int64 float64|0", ""},
    {"{{int -1.9}}|{{int64 -1.9}}|{{float64 -1.9}}|{{printf \"%T %T %T\" (int -1.9) (int64 -1.9) (float64 "
     "-1.9)}}|{{toDecimal -1.9}}",
     "-1|-1|-1.9|int int64 float64|0", ""},
    {"{{int \"12\"}}|{{int64 \"12\"}}|{{float64 \"12\"}}|{{printf \"%T %T %T\" (int \"12\") (int64 \"12\") "
     "(float64 \"12\")}}|{{toDecimal \"12\"}}",
     "12|12|12|int int64 float64|10", ""},
    {"{{int \"0x1F\"}}|{{int64 \"0x1F\"}}|{{float64 \"0x1F\"}}|{{printf \"%T %T %T\" (int \"0x1F\") (int64 "
     "\"0x1F\") (float64 \"0x1F\")}}|{{toDecimal \"0x1F\"}}",
     "31|31|0|int int64 float64|0", ""},
    {"{{int \"010\"}}|{{int64 \"010\"}}|{{float64 \"010\"}}|{{printf \"%T %T %T\" (int \"010\") (int64 "
     "\"010\") (float64 \"010\")}}|{{toDecimal \"010\"}}",
     "8|8|10|int int64 float64|8", ""},
    {"{{int \"08\"}}|{{int64 \"08\"}}|{{float64 \"08\"}}|{{printf \"%T %T %T\" (int \"08\") (int64 \"08\") "
     "(float64 \"08\")}}|{{toDecimal \"08\"}}",
     "0|0|8|int int64 float64|0", ""},
    {"{{int \"1.5\"}}|{{int64 \"1.5\"}}|{{float64 \"1.5\"}}|{{printf \"%T %T %T\" (int \"1.5\") (int64 "
     "\"1.5\") (float64 \"1.5\")}}|{{toDecimal \"1.5\"}}",
     "0|0|1.5|int int64 float64|0", ""},
    {"{{int \"1.0\"}}|{{int64 \"1.0\"}}|{{float64 \"1.0\"}}|{{printf \"%T %T %T\" (int \"1.0\") (int64 "
     "\"1.0\") (float64 \"1.0\")}}|{{toDecimal \"1.0\"}}",
     "1|1|1|int int64 float64|0", ""},
    {"{{int \"1.00\"}}|{{int64 \"1.00\"}}|{{float64 \"1.00\"}}|{{printf \"%T %T %T\" (int \"1.00\") (int64 "
     "\"1.00\") (float64 \"1.00\")}}|{{toDecimal \"1.00\"}}",
     "1|1|1|int int64 float64|0", ""},
    {"{{int \"1.\"}}|{{int64 \"1.\"}}|{{float64 \"1.\"}}|{{printf \"%T %T %T\" (int \"1.\") (int64 \"1.\") "
     "(float64 \"1.\")}}|{{toDecimal \"1.\"}}",
     "0|0|1|int int64 float64|0", ""},
    {"{{int \"-5.0\"}}|{{int64 \"-5.0\"}}|{{float64 \"-5.0\"}}|{{printf \"%T %T %T\" (int \"-5.0\") (int64 "
     "\"-5.0\") (float64 \"-5.0\")}}|{{toDecimal \"-5.0\"}}",
     "-5|-5|-5|int int64 float64|0", ""},
    {"{{int \"\"}}|{{int64 \"\"}}|{{float64 \"\"}}|{{printf \"%T %T %T\" (int \"\") (int64 \"\") (float64 "
     "\"\")}}|{{toDecimal \"\"}}",
     "0|0|0|int int64 float64|0", ""},
    {"{{int \"abc\"}}|{{int64 \"abc\"}}|{{float64 \"abc\"}}|{{printf \"%T %T %T\" (int \"abc\") (int64 "
     "\"abc\") (float64 \"abc\")}}|{{toDecimal \"abc\"}}",
     "0|0|0|int int64 float64|0", ""},
    {"{{int \"1_000\"}}|{{int64 \"1_000\"}}|{{float64 \"1_000\"}}|{{printf \"%T %T %T\" (int \"1_000\") "
     "(int64 \"1_000\") (float64 \"1_000\")}}|{{toDecimal \"1_000\"}}",
     "1000|1000|1000|int int64 float64|0", ""},
    {"{{int \"1e3\"}}|{{int64 \"1e3\"}}|{{float64 \"1e3\"}}|{{printf \"%T %T %T\" (int \"1e3\") (int64 "
     "\"1e3\") (float64 \"1e3\")}}|{{toDecimal \"1e3\"}}",
     "0|0|1000|int int64 float64|0", ""},
    {"{{int true}}|{{int64 true}}|{{float64 true}}|{{printf \"%T %T %T\" (int true) (int64 true) (float64 "
     "true)}}|{{toDecimal true}}",
     "1|1|1|int int64 float64|0", ""},
    {"{{int false}}|{{int64 false}}|{{float64 false}}|{{printf \"%T %T %T\" (int false) (int64 false) "
     "(float64 false)}}|{{toDecimal false}}",
     "0|0|0|int int64 float64|0", ""},
    {"{{int nil}}|{{int64 nil}}|{{float64 nil}}|{{printf \"%T %T %T\" (int nil) (int64 nil) (float64 "
     "nil)}}|{{toDecimal nil}}",
     "0|0|0|int int64 float64|0", ""},
    {"{{int (list 1)}}|{{int64 (list 1)}}|{{float64 (list 1)}}|{{printf \"%T %T %T\" (int (list 1)) (int64 "
     "(list 1)) (float64 (list 1))}}|{{toDecimal (list 1)}}",
     "0|0|0|int int64 float64|0", ""},
    {"{{int 1e30}}|{{int64 1e30}}|{{float64 1e30}}|{{printf \"%T %T %T\" (int 1e30) (int64 1e30) (float64 "
     "1e30)}}|{{toDecimal 1e30}}",
     "-9223372036854775808|-9223372036854775808|1e+30|int int64 float64|0", ""},
    {"{{int \"  5\"}}|{{int64 \"  5\"}}|{{float64 \"  5\"}}|{{printf \"%T %T %T\" (int \"  5\") (int64 \"  "
     "5\") (float64 \"  5\")}}|{{toDecimal \"  5\"}}",
     "0|0|0|int int64 float64|0", ""},
    {"{{int \"0b101\"}}|{{int64 \"0b101\"}}|{{float64 \"0b101\"}}|{{printf \"%T %T %T\" (int \"0b101\") "
     "(int64 \"0b101\") (float64 \"0b101\")}}|{{toDecimal \"0b101\"}}",
     "5|5|0|int int64 float64|0", ""},
    {"{{int \"+5\"}}|{{int64 \"+5\"}}|{{float64 \"+5\"}}|{{printf \"%T %T %T\" (int \"+5\") (int64 \"+5\") "
     "(float64 \"+5\")}}|{{toDecimal \"+5\"}}",
     "5|5|5|int int64 float64|5", ""},
    {"{{int .f}}|{{int64 .f}}|{{float64 .f}}|{{printf \"%T %T %T\" (int .f) (int64 .f) (float64 "
     ".f)}}|{{toDecimal .f}}",
     "80|80|80|int int64 float64|0", ""},
    {"{{int \"9223372036854775808\"}}|{{int64 \"9223372036854775808\"}}|{{float64 "
     "\"9223372036854775808\"}}|{{printf \"%T %T %T\" (int \"9223372036854775808\") (int64 "
     "\"9223372036854775808\") (float64 \"9223372036854775808\")}}|{{toDecimal \"9223372036854775808\"}}",
     "0|0|9.223372036854776e+18|int int64 float64|0", ""},
    {"{{int 'a'}}|{{int64 'a'}}|{{float64 'a'}}|{{printf \"%T %T %T\" (int 'a') (int64 'a') (float64 "
     "'a')}}|{{toDecimal 'a'}}",
     "97|97|97|int int64 float64|0", ""},
    {"{{int (dict)}}|{{int64 (dict)}}|{{float64 (dict)}}|{{printf \"%T %T %T\" (int (dict)) (int64 (dict)) "
     "(float64 (dict))}}|{{toDecimal (dict)}}",
     "0|0|0|int int64 float64|0", ""},
    {"{{int \".0\"}}|{{int64 \".0\"}}|{{float64 \".0\"}}|{{printf \"%T %T %T\" (int \".0\") (int64 \".0\") "
     "(float64 \".0\")}}|{{toDecimal \".0\"}}",
     "0|0|0|int int64 float64|0", ""},
    {"{{int \"0.0\"}}|{{int64 \"0.0\"}}|{{float64 \"0.0\"}}|{{printf \"%T %T %T\" (int \"0.0\") (int64 "
     "\"0.0\") (float64 \"0.0\")}}|{{toDecimal \"0.0\"}}",
     "0|0|0|int int64 float64|0", ""},
    {"{{int \"1.10\"}}|{{int64 \"1.10\"}}|{{float64 \"1.10\"}}|{{printf \"%T %T %T\" (int \"1.10\") (int64 "
     "\"1.10\") (float64 \"1.10\")}}|{{toDecimal \"1.10\"}}",
     "0|0|1.1|int int64 float64|0", ""},
    {"{{atoi \"12\"}}{{atoi \"x\"}}{{atoi \"0x1\"}}{{atoi \"010\"}}{{atoi \"\"}}{{atoi \"-3\"}}", "1200100-3",
     ""},
    {"{{atoi 5}}", "", "template: t:1:7: executing \"t\" at <5>: expected string; found 5"},
    {"{{toDecimal \"777\"}}{{toDecimal 644}}{{toDecimal \"8\"}}{{toDecimal \"0o17\"}}{{toDecimal \" 7\"}}",
     "511420000", ""},
    {"{{add 1 2 3}}{{add}}{{add \"5\" 1.9}}{{printf \"%T\" (add 1)}}|{{add1 5}}{{sub 5 2}}{{mul 2 3 4}}{{mul "
     "2}}{{div 7 2}}{{div -7 2}}{{mod 7 3}}{{mod -7 3}}",
     "606int64|632423-31-1", ""},
    {"{{div 1 0}}", "",
     "template: t:1:2: executing \"t\" at <div 1 0>: error calling div: runtime error: integer divide by "
     "zero"},
    {"{{mod 1 0}}", "",
     "template: t:1:2: executing \"t\" at <mod 1 0>: error calling mod: runtime error: integer divide by "
     "zero"},
    {"{{max 1 5 3}}{{biggest 1 9}}{{min 4 2 8}}{{max 1}}{{min \"3\" 2.5}}", "59212", ""},
    {"{{add 9223372036854775807 1}}", "-9223372036854775808", ""},
    {"{{mul 9223372036854775807 2}}", "-2", ""},
    {"{{div -9223372036854775808 -1}}", "-9223372036854775808", ""},
    {"{{addf 1.5 2.25}}{{addf 0.1 0.2}}{{subf 1 0.9}}{{subf 10 1 2}}{{mulf 1.1 1.1}}{{mulf 1000 1000}}{{divf "
     "1 3}}|{{divf 2 3}}|{{divf 10 4 2}}|{{add1f 1.5}}|{{addf}}{{addf \"1.5\" 1}}",
     "3.750.30.171.211e+060.3333333333333333|0.6666666666666667|1.25|2.5|02.5", ""},
    {"{{divf 1 0}}", "",
     "template: t:1:2: executing \"t\" at <divf 1 0>: error calling divf: decimal division by 0"},
    {"{{maxf 1.5 2}}{{minf 1.5 2}}{{maxf 1}}{{minf -1 -2.5}}", "21.51-2.5", ""},
    {"{{floor 1.9}}{{floor -1.1}}{{ceil 1.1}}{{ceil -1.9}}{{floor \"2.7\"}}{{floor 5}}{{printf \"%T\" (floor "
     "1)}}",
     "1-22-125float64", ""},
    {"{{round 1.2345 2}}|{{round 1.5 0}}|{{round 2.5 0}}|{{round -1.2 0}}|{{round -1.8 0}}|{{round 123.555 "
     "2}}|{{round 1.25 1}}|{{round 1.24 1 0.3}}|{{round 1.24 1 0.9}}|{{round 1234 -2}}|{{round \"3.14159\" "
     "3}}|{{round 0 2}}|{{round -0.5 0}}|{{round 5 1}}",
     "1.23|2|3|-2|-2|123.56|1.3|1.3|1.2|1200|3.142|0|-1|5", ""},
    {"{{round 1.5}}", "",
     "template: t:1:2: executing \"t\" at <round>: wrong number of args for round: want at least 2 got 1"},
    {"{{round 1.5 \"a\"}}", "",
     "template: t:1:12: executing \"t\" at <\"a\">: expected integer; found \"a\""},
    {"{{until 3}}{{until 0}}{{until -3}}|{{until 3 | typeOf}}", "[0 1 2][][0 -1 -2]|[]int", ""},
    {"{{until 1.0}}", "[0]", ""},
    {"{{until (add 1 2)}}", "",
     "template: t:1:15: executing \"t\" at <2>: wrong type for value; expected int; got int64"},
    {"{{untilStep 0 10 3}}{{untilStep 10 0 -3}}{{untilStep 3 6 2}}{{untilStep 0 5 -1}}{{untilStep 5 0 1}}",
     "[0 3 6 9][10 7 4 1][3 5][][]", ""},
    {"{{untilStep 0 5 0}}", "[]", ""},
    {"{{untilStep 5 5 0}}{{untilStep 5 5 1}}", "[][]", ""},
    {"{{seq 5}}|{{seq -3}}|{{seq 0 2}}|{{seq 2 -2}}|{{seq 0 2 10}}|{{seq 0 -2 -5}}|{{seq}}|{{seq 1 2 3 "
     "4}}|{{seq 5 1 2}}|{{seq 0}}|{{seq 1}}|{{seq 10 -3 0}}|{{seq 0 0 5}}|{{seq 3 3}}",
     "1 2 3 4 5|1 0 -1 -2 -3|0 1 2|2 1 0 -1 -2|0 2 4 6 8 10|0 -2 -4||||1 0|1|10 7 4 1||3", ""},
    {"{{seq \"a\"}}", "", "template: t:1:6: executing \"t\" at <\"a\">: expected integer; found \"a\""},
    {"{{add1 nil}}{{add nil nil}}{{sub \"a\" 1}}", "10-1", ""},
    {"{{add}}", "0", ""},
    {"{{sub 1}}", "",
     "template: t:1:2: executing \"t\" at <sub>: wrong number of args for sub: want 2 got 1"},
    {"{{div 1}}", "",
     "template: t:1:2: executing \"t\" at <div>: wrong number of args for div: want 2 got 1"},
    {"{{max}}", "",
     "template: t:1:2: executing \"t\" at <max>: wrong number of args for max: want at least 1 got 0"},
    {"{{mulf 0.1 3}} {{addf 0.1 0.7}} {{subf 0.3 0.1}} {{divf 22 7}} {{divf 1 1e10}} {{mulf 1e10 1e10}} "
     "{{mulf 123456789.123 987654321.987}} {{divf 1 7}} {{divf 100 3}} {{divf 1e-10 3}} {{divf -1 3}} {{addf "
     "1e16 1}} {{addf 1e308 1e308}} {{divf 5 8}} {{mulf 4.35 100}} {{mulf 1.15 100}} {{subf 0.1 0.3}} {{divf "
     "2e20 7}} {{addf 1e-20 1}} {{mulf 1e-10 1e-10}}",
     "0.3 0.8 0.2 3.142857142857143 1e-10 1e+20 1.219326313559686e+17 0.1428571428571429 33.333333333333336 "
     "3.33333e-11 -0.3333333333333333 1e+16 +Inf 0.625 435 115 -0.2 2.8571428571428573e+19 1 1e-20",
     ""},
    {"{{divf 1 3 3}} {{mulf 1.1 1.1 1.1}} {{divf 123456789 1000}} {{addf 5e-324 1}}",
     "0.1111111111111111 1.331 123456.789 1", ""},
};

TEST(numbers_as_in_sprig)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, rows, ARRAY_LEN(rows), "{\"f\": 80.0}", TMPL_MISSING_DEFAULT);
}

TEST_MAIN
