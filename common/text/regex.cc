/* text/regex (C++ half) - the only file that sees RE2: compile, one search, names. */
#include <re2/re2.h>

#include <map>
#include <new>
#include <string>

extern "C" {
#include "text/regex.h"
#include "text/regex_syntax.h"
}

struct regex {
    RE2 re;
    std::map<int, std::string> names;

    regex(const re2::StringPiece &pattern, const RE2::Options &options) : re(pattern, options)
    {
    }
};

static re2::StringPiece piece(struct span s)
{
    return re2::StringPiece(s.at ? s.at : "", s.len);
}

/* Go's words for RE2's codes. */
static const char *words(RE2::ErrorCode code)
{
    switch (code) {
    case RE2::ErrorBadEscape:
        return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
        return "invalid character class";
    case RE2::ErrorBadCharRange:
        return "invalid character class range";
    case RE2::ErrorMissingBracket:
        return "missing closing ]";
    case RE2::ErrorMissingParen:
        return "missing closing )";
    case RE2::ErrorUnexpectedParen:
        return "unexpected )";
    case RE2::ErrorTrailingBackslash:
        return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
        return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
        return "invalid repeat count";
    case RE2::ErrorRepeatOp:
        return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
        return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
        return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
        return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
        return "expression too large";
    default:
        return "internal error";
    }
}

extern "C" struct err *regex_compile(struct span pattern, struct regex **out)
{
    struct str rewritten = {};
    *out = NULL;
    struct err *e = regex_rewrite(pattern, &rewritten);
    if (!e) {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(8 << 20);
        struct regex *r = new regex(piece(str_span(&rewritten)), options);
        if (r->re.ok()) {
            r->names = r->re.CapturingGroupNames();
            *out = r;
        } else {
            const std::string &arg = r->re.error_arg();
            e = arg.empty() ? err_new(ERR_INVALID, "error parsing regexp: %s", words(r->re.error_code()))
                            : err_new(ERR_INVALID, "error parsing regexp: %s: `%s`",
                                      words(r->re.error_code()), arg.c_str());
            delete r;
        }
    }
    str_release(&rewritten);
    return e;
}

extern "C" void regex_free(struct regex *r)
{
    delete r;
}

extern "C" void regex_freep(struct regex **r)
{
    delete *r;
    *r = NULL;
}

extern "C" size_t regex_groups(const struct regex *r)
{
    return (size_t)r->re.NumberOfCapturingGroups();
}

extern "C" const char *regex_group_name(const struct regex *r, size_t group)
{
    auto it = r->names.find((int)group);
    return it == r->names.end() ? "" : it->second.c_str();
}

extern "C" bool regex_find(const struct regex *r, struct span text, size_t from, struct span *groups,
                           size_t n)
{
    re2::StringPiece found[REGEX_GROUPS_MAX];
    size_t want = MIN(n, MIN(regex_groups(r) + 1, (size_t)REGEX_GROUPS_MAX));
    if (from > text.len || !r->re.Match(piece(text), from, text.len, RE2::UNANCHORED, found, (int)want))
        return false;
    for (size_t i = 0; i < n; i++) {
        groups[i].at = i < want ? found[i].data() : NULL;
        groups[i].len = i < want ? found[i].size() : 0;
    }
    return true;
}
