/* Random texts, passwords, keys and certificates. */
#include "crypto/password.h"
#include "crypto/x509.h"
#include "unit/tmpl/rows.h"

/* As upstream's Sprig answers. */
static const struct row rows[] = {
    {"{{randAlphaNum 0}}|", "|", ""},
    {"{{randAlphaNum -1}}", "", ""},
    {"{{randAlphaNum .n}}", "",
     "template: t:1:15: executing \"t\" at <.n>: wrong type for value; expected int; got float64"},
    {"{{randBytes -1}}", "",
     "template: t:1:2: executing \"t\" at <randBytes -1>: error calling randBytes: runtime error: makeslice: "
     "len out of range"},
    {"{{randBytes 0}}", "", ""},
    {"{{shuffle \"\"}}", "", ""},
    {"{{randAlphaNum 5 | len}}{{randAlpha 7 | len}}{{randNumeric 3|len}}{{randAscii 4|len}}{{randBytes "
     "4|len}}{{uuidv4|len}}{{shuffle \"abc\"|len}}",
     "57348363", ""},
    {"{{bcrypt (repeat 73 \"a\")}}",
     "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes", ""},
    {"{{htpasswd \"u:x\" \"p\"}}", "invalid username: u:x", ""},
    {"{{htpasswd \"u\" (repeat 73 \"a\")}}",
     "u:failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes", ""},
    {"{{bcrypt \"a\" | trunc 7}}{{bcrypt \"a\"|len}}", "$2a$10$60", ""},
    {"{{genPrivateKey \"ecdsa\" | trunc 32}}", "-----BEGIN EC PRIVATE KEY-----\nM", ""},
    {"{{genPrivateKey \"ed25519\" | trunc 32}}", "-----BEGIN PRIVATE KEY-----\nMC4C", ""},
    {"{{genPrivateKey \"x\"}}", "Unknown type x", ""},
    {"{{$c := genCA \"a\" 365}}{{trunc 27 $c.Cert}} {{trunc 31 $c.Key}} {{typeOf $c}} {{kindOf $c}}{{$s := "
     "genSignedCert \"b\" (list \"1.2.3.4\") (list \"x.y\") 10 $c}}{{trunc 27 $s.Cert}}",
     "-----BEGIN CERTIFICATE----- -----BEGIN RSA PRIVATE KEY----- sprig.certificate struct-----BEGIN "
     "CERTIFICATE-----",
     ""},
    {"{{(genSelfSignedCertWithKey \"a\" (list \"bad\") nil 1 (genPrivateKey \"ecdsa\")).Cert}}", "",
     "template: t:1:3: executing \"t\" at <genSelfSignedCertWithKey \"a\" (list \"bad\") nil 1 "
     "(genPrivateKey \"ecdsa\")>: error calling genSelfSignedCertWithKey: error parsing ip: bad"},
    {"{{genSelfSignedCertWithKey \"a\" (list 5) nil 1 \"x\"}}", "",
     "template: t:1:2: executing \"t\" at <genSelfSignedCertWithKey \"a\" (list 5) nil 1 \"x\">: error "
     "calling genSelfSignedCertWithKey: parsing private key: no PEM data in input"},
    {"{{genSelfSignedCert \"a\" nil (list 5) 1}}", "",
     "template: t:1:2: executing \"t\" at <genSelfSignedCert \"a\" nil (list 5) 1>: error calling "
     "genSelfSignedCert: error processing alternate dns name: 5 is not a string"},
    {"{{genCA \"a\" \"b\"}}", "",
     "template: t:1:12: executing \"t\" at <\"b\">: expected integer; found \"b\""},
    {"{{genSignedCert \"a\" nil nil 1 \"x\"}}", "",
     "template: t:1:30: executing \"t\" at <\"x\">: can't handle \"x\" for arg of type sprig.certificate"},
    {"{{genSignedCert \"a\" (splitList \",\" \"1.2.3.4\") nil 1 nil}}", "",
     "template: t:1:35: executing \"t\" at <\"1.2.3.4\">: wrong type for value; expected []interface {}; got "
     "[]string"},
    {"{{buildCustomCert \"x\" \"y\"}}", "",
     "template: t:1:2: executing \"t\" at <buildCustomCert \"x\" \"y\">: error calling buildCustomCert: "
     "unable to decode base64 certificate"},
    {"{{buildCustomCert \"eA==\" \"eA==\"}}", "",
     "template: t:1:2: executing \"t\" at <buildCustomCert \"eA==\" \"eA==\">: error calling "
     "buildCustomCert: unable to decode certificate"},
    {"{{genCAWithKey \"a\" 1 \"x\"}}", "",
     "template: t:1:2: executing \"t\" at <genCAWithKey \"a\" 1 \"x\">: error calling genCAWithKey: parsing "
     "private key: no PEM data in input"},
    {"{{genCAWithKey \"a\" 1 (genPrivateKey \"ecdsa\") | typeOf}}", "sprig.certificate", ""},
    {"{{trunc 32 (genCAWithKey \"a\" 1 (genPrivateKey \"ed25519\")).Key}}",
     "-----BEGIN PRIVATE KEY-----\nMC4C", ""},
    {"{{derivePassword 1 \"long\" \"password\" \"user\" \"example.com\"}}", "ZedaFaxcZaso9*", ""},
    {"{{derivePassword 1 \"maximum\" \"password\" \"user\" \"example.com\"}} {{derivePassword 1 \"medium\" "
     "\"password\" \"user\" \"example.com\"}} {{derivePassword 1 \"short\" \"password\" \"user\" "
     "\"example.com\"}} {{derivePassword 1 \"basic\" \"password\" \"user\" \"example.com\"}} "
     "{{derivePassword 1 \"pin\" \"password\" \"user\" \"example.com\"}} {{derivePassword 2 \"long\" "
     "\"password\" \"user\" \"example.com\"}}",
     "pf4zS1LjCg&LjhsZ7T2~ ZedJuz8$ Zed5 pIS54PLs 6685 Fovi2@JifpTupx", ""},
    {"{{derivePassword 1 \"x\" \"password\" \"user\" \"example.com\"}}", "cannot find password template x",
     ""},
    {"{{encryptAES \"key\" \"text\" | decryptAES \"key\"}}|{{encryptAES \"\" \"t\" | decryptAES \"\"}}",
     "text|t", ""},
    {"{{decryptAES \"k\" \"YWJj\"}}", "",
     "template: t:1:2: executing \"t\" at <decryptAES \"k\" \"YWJj\">: error calling decryptAES: runtime "
     "error: slice bounds out of range [:16] with capacity 3"},
    {"{{encryptAES \"\" \"\"}}", "", ""},
    {"{{decryptAES \"secretkey\" \"30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ=\"}}", "plaintext", ""},
    {"{{uuidv4 1}}", "",
     "template: t:1:2: executing \"t\" at <uuidv4>: wrong number of args for uuidv4: want 0 got 1"},
    {"{{$k := genPrivateKey \"ecdsa\"}}{{$c := genCAWithKey \"a\" 9 $k}}{{with buildCustomCert (b64enc "
     "$c.Cert) (b64enc $c.Key)}}{{eq .Cert $c.Cert}}{{end}}{{$s := genSignedCertWithKey \"x\" nil nil 1 $c "
     "$k}}{{kindOf $s.Cert}}",
     "truestring", ""},
    {"{{derivePassword -1 \"long\" \"a\" \"b\" \"c\"}}", "",
     "template: t:1:17: executing \"t\" at <-1>: expected unsigned integer; found -1"},
};

TEST(crypto_as_in_sprig)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    tmpl_sprig_add(funcs);
    rows_check(funcs, rows, ARRAY_LEN(rows), "{\"n\": 5.0}", TMPL_MISSING_DEFAULT);
}

static void run(const char *text, uint64_t seed, struct str *out)
{
    CLEANUP(tmpl_funcs_freep) struct tmpl_funcs *funcs = tmpl_funcs_new();
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    struct clock_fake clock;
    struct rand rand;
    tmpl_sprig_add(funcs);
    clock_fake_init(&clock, 1700000000000);
    rand_seed(&rand, seed);
    struct tmpl_env env = {.arena = a, .clock = &clock.clock, .rand = &rand};
    CLEANUP(mem_freep) char *error = rows_run(&env, funcs, text, tmpl_nil(), out);
    CHECK_STR(error, "");
}

TEST(the_same_seed_gives_the_same_text)
{
    static const char text[] =
        "{{randAlphaNum 20}} {{randAlpha 5}} {{randNumeric 5}} {{randAscii 9}} {{randBytes 9}} {{uuidv4}} "
        "{{shuffle `abcdefgh`}} {{randInt 0 1000000}} {{encryptAES `k` `text`}}";
    CLEANUP(str_release) struct str one = {0}, same = {0}, other = {0};
    run(text, 1, &one);
    run(text, 1, &same);
    run(text, 2, &other);
    CHECK_STR(str_text(&one), str_text(&same));
    CHECK(!streq(str_text(&one), str_text(&other)));
}

TEST(a_certificate_holds_from_the_given_now)
{
    CLEANUP(arena_freep) struct arena *a = arena_new("test");
    CLEANUP(str_release) struct str out = {0};
    struct crypto_cert *c;
    size_t n;
    run("{{$ca := genCA `root` 10}}{{$c := genSignedCert `leaf` (list `10.1.2.3`) (list `a.b`) 2 "
        "$ca}}{{$ca.Cert}}{{$c.Cert}}",
        1, &out);
    CHECK_OK(crypto_certs_parse(a, str_span(&out), &c, &n));
    CHECK_INT(n, 2);
    CHECK(c[0].authority && !c[1].authority);
    CHECK_STR(c[1].issuer, c[0].subject);
    CHECK_STR(c[1].kind, "rsa");
    CHECK_INT(c[1].not_before_ms, 1700000000000);
    CHECK_INT(c[1].not_after_ms, 1700000000000 + 2 * 86400000);
    CHECK(crypto_cert_covers(&c[1], "a.b") && crypto_cert_covers(&c[1], "10.1.2.3"));
}

TEST(passwords_match)
{
    CLEANUP(str_release) struct str out = {0};
    CLEANUP(secret_unrefp) struct secret *password = secret_new("p", 1);
    run("{{htpasswd `u` `p`}}", 1, &out);
    CHECK(starts_with(str_text(&out), "u:$2a$10$"));
    CHECK(crypto_password_matches(password, str_text(&out) + 2));
}

TEST_MAIN
