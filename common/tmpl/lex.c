/* tmpl/lex - a text into tokens, Go's rules to the letter.
 *
 * Outside of actions everything up to the next {{ is one token, without the white space that a trim marker
 * takes; comments are nothing. Inside, white space is a token, since `$x .y` and `$x.y` differ. `start` is
 * where the token that is being read began; the lexer is otherwise only a position. */
#include "tmpl/lex.h"

#include "text/unicode.h"

enum { END = -1, TRIM_LEN = 2 /* "- " and " -" */ };

void lex_init(struct lexer *l, struct arena *a, struct span text)
{
    *l = (struct lexer){.arena = a, .text = text, .line = 1, .start_line = 1};
}

/* What a byte is: white space; of an ASCII word; a digit; what may stand behind a name. */
enum { SPACE = 1, WORD = 2, DIGIT = 4, AFTER_WORD = 8 };
static const unsigned char classes[256] = {
    [' '] = SPACE | AFTER_WORD,
    ['\t'] = SPACE | AFTER_WORD,
    ['\r'] = SPACE | AFTER_WORD,
    ['\n'] = SPACE | AFTER_WORD,
    ['.'] = AFTER_WORD,
    [','] = AFTER_WORD,
    ['|'] = AFTER_WORD,
    [':'] = AFTER_WORD,
    ['('] = AFTER_WORD,
    [')'] = AFTER_WORD,
    ['0' ... '9'] = WORD | DIGIT,
    ['A' ... 'Z'] = WORD,
    ['_'] = WORD,
    ['a' ... 'z'] = WORD,
};

static bool is_space(int c)
{
    return c >= 0 && classes[c] & SPACE;
}

static int byte_at(const struct lexer *l, size_t pos)
{
    return pos < l->text.len ? (unsigned char)l->text.at[pos] : END;
}

static bool at_text(const struct lexer *l, size_t pos, const char *want)
{
    size_t n = strlen(want);
    return l->text.len - MIN(pos, l->text.len) >= n && memcmp(l->text.at + pos, want, n) == 0;
}

/* The next character, END behind the last. */
static int32_t peek(const struct lexer *l, size_t *len)
{
    *len = 0;
    if (l->pos >= l->text.len)
        return END;
    return (int32_t)rune_decode((struct span){l->text.at + l->pos, l->text.len - l->pos}, len);
}

static bool is_word(int32_t rune)
{
    return rune == '_' || (rune >= 0 && (rune_is_letter((uint32_t)rune) || rune_is_digit((uint32_t)rune)));
}

/* Over text that may hold line breaks. */
static void move_to(struct lexer *l, size_t pos)
{
    const char *at = l->text.at + l->pos, *end = l->text.at + pos;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        l->line++;
        at++;
    }
    l->pos = pos;
}

static void ignore(struct lexer *l)
{
    l->start = l->pos;
    l->start_line = l->line;
}

static struct token emit(struct lexer *l, enum token_kind kind)
{
    struct token t = {kind, (uint32_t)l->start, l->start_line, {l->text.at + l->start, l->pos - l->start}};
    ignore(l);
    return t;
}

static struct token error(struct lexer *l, const char *message)
{
    return (struct token){TOK_ERROR, (uint32_t)l->start, l->start_line, span_of(message)};
}

/* "bad character U+0023 '#'" */
static struct token error_rune(struct lexer *l, const char *what, int32_t rune)
{
    CLEANUP(str_release) struct str s = {0};
    str_printf(&s, "%s U+%04X", what, (unsigned)MAX(rune, 0));
    if (rune > 0 && rune_is_print((uint32_t)rune)) {
        str_add(&s, " '");
        rune_add(&s, (uint32_t)rune);
        str_char(&s, '\'');
    }
    return error(l, arena_strdup(l->arena, str_text(&s)));
}

/* --- outside of actions --- */

static bool trims_left(const struct lexer *l, size_t pos)
{
    return byte_at(l, pos) == '-' && is_space(byte_at(l, pos + 1));
}

/* Is there a }} here, and does it trim what follows? */
static bool at_right(const struct lexer *l, size_t pos, bool *trims)
{
    *trims = byte_at(l, pos + 1) == '-' && is_space(byte_at(l, pos)) && at_text(l, pos + TRIM_LEN, "}}");
    return *trims || (byte_at(l, pos) == '}' && byte_at(l, pos + 1) == '}');
}

static void skip_space(struct lexer *l)
{
    for (int c; is_space(c = byte_at(l, l->pos)); l->pos++)
        l->line += c == '\n';
}

static void leave_action(struct lexer *l, bool trims)
{
    move_to(l, l->pos + (trims ? TRIM_LEN : 0)); /* the blank may be a break */
    l->pos += 2;
    l->inside = false;
}

/* The next {{ from the place on; NULL when there is none. */
static const char *find_open(const struct lexer *l)
{
    const char *at = l->text.at + l->pos, *end = l->text.at + l->text.len;
    while (end - at >= 2 && (at = memchr(at, '{', (size_t)(end - at - 1)))) {
        if (at[1] == '{')
            return at;
        at++;
    }
    return NULL;
}

/* A comment at its slash; false with an error token when it is none that ends well. */
static bool skip_comment(struct lexer *l, struct token *bad)
{
    const char *from = l->text.at + l->pos + 2;
    const char *end = memmem(from, l->text.len - l->pos - 2, "*/", 2);
    bool trims;
    if (!end) {
        *bad = error(l, "unclosed comment");
        return false;
    }
    move_to(l, (size_t)(end + 2 - l->text.at));
    if (!at_right(l, l->pos, &trims)) {
        *bad = error(l, "comment ends before closing delimiter");
        return false;
    }
    leave_action(l, trims);
    if (trims)
        skip_space(l);
    ignore(l);
    return true;
}

/* Up to the next {{ without what its trim marker takes. */
static struct token lex_text(struct lexer *l)
{
    for (;;) {
        const char *open = find_open(l);
        size_t stop = open ? (size_t)(open - l->text.at) : l->text.len, keep = stop;
        bool trims = open && trims_left(l, stop + 2);
        while (trims && keep > l->pos && is_space(byte_at(l, keep - 1)))
            keep--;
        if (keep > l->pos) {
            move_to(l, keep);
            struct token t = emit(l, TOK_TEXT);
            move_to(l, stop);
            ignore(l);
            return t;
        }
        move_to(l, stop);
        ignore(l);
        if (!open)
            return emit(l, TOK_EOF);
        size_t after = stop + 2 + (trims ? TRIM_LEN : 0);
        if (!at_text(l, after, "/*")) {
            l->inside = true;
            l->parens = 0;
            move_to(l, stop + 2);
            struct token t = emit(l, TOK_LEFT);
            move_to(l, after);
            ignore(l);
            return t;
        }
        struct token bad;
        move_to(l, after);
        ignore(l);
        if (!skip_comment(l, &bad))
            return bad;
    }
}

/* --- inside --- */

static bool at_end_of_word(const struct lexer *l)
{
    int c = byte_at(l, l->pos);
    return c == END || classes[c] & AFTER_WORD || (c == '}' && byte_at(l, l->pos + 1) == '}');
}

static int32_t skip_word(struct lexer *l)
{
    size_t n;
    int32_t rune;
    int c;
    while ((c = byte_at(l, l->pos)) >= 0 && classes[c] & WORD)
        l->pos++;
    if (c < 0x80)
        return c;
    for (rune = peek(l, &n); is_word(rune); rune = peek(l, &n))
        l->pos += n;
    return rune;
}

/* Behind the '.' or '$'. */
static struct token lex_name(struct lexer *l, enum token_kind kind)
{
    if (at_end_of_word(l))
        return emit(l, kind == TOK_VARIABLE ? TOK_VARIABLE : TOK_DOT);
    int32_t rune = skip_word(l);
    return at_end_of_word(l) ? emit(l, kind) : error_rune(l, "bad character", rune);
}

static enum token_kind word_kind(struct span word)
{
    static const struct {
        const char *word;
        enum token_kind kind;
    } words[] = {
        {"block", TOK_BLOCK},   {"break", TOK_BREAK},       {"continue", TOK_CONTINUE},
        {"define", TOK_DEFINE}, {"else", TOK_ELSE},         {"end", TOK_END},
        {"if", TOK_IF},         {"nil", TOK_NIL},           {"range", TOK_RANGE},
        {"with", TOK_WITH},     {"template", TOK_TEMPLATE}, {"true", TOK_BOOL},
        {"false", TOK_BOOL},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (word.at[0] == words[i].word[0] && span_is(word, words[i].word))
            return words[i].kind;
    return TOK_IDENT;
}

static struct token lex_ident(struct lexer *l)
{
    int32_t rune = skip_word(l);
    if (!at_end_of_word(l))
        return error_rune(l, "bad character", rune);
    return emit(l, word_kind((struct span){l->text.at + l->start, l->pos - l->start}));
}

/* "..." and '...': up to the same quote; a backslash hides the next character. */
static struct token lex_quoted(struct lexer *l, char quote)
{
    for (;; l->pos++) {
        int c = byte_at(l, l->pos);
        if (c == '\\' && byte_at(l, l->pos + 1) != END && byte_at(l, l->pos + 1) != '\n') {
            l->pos++;
        } else if (c == END || c == '\n' || c == '\\') {
            return error(l, quote == '"' ? "unterminated quoted string" : "unterminated character constant");
        } else if (c == quote) {
            l->pos++;
            return emit(l, quote == '"' ? TOK_STRING : TOK_CHAR_CONST);
        }
    }
}

static struct token lex_raw(struct lexer *l)
{
    const char *from = l->text.at + l->pos, *end = memchr(from, '`', l->text.len - l->pos);
    if (!end)
        return error(l, "unterminated raw quoted string");
    move_to(l, (size_t)(end + 1 - l->text.at));
    return emit(l, TOK_RAW_STRING);
}

static bool accept(struct lexer *l, const char *any)
{
    int c = byte_at(l, l->pos);
    if (c <= 0 || !strchr(any, c))
        return false;
    l->pos++;
    return true;
}

static void accept_all(struct lexer *l, const char *any)
{
    while (accept(l, any))
        ;
}

static bool scan_number(struct lexer *l)
{
    static const char decimal[] = "0123456789_", hex[] = "0123456789abcdefABCDEF_";
    const char *digits = decimal;
    accept(l, "+-");
    if (accept(l, "0")) {
        if (accept(l, "xX"))
            digits = hex;
        else if (accept(l, "oO"))
            digits = "01234567_";
        else if (accept(l, "bB"))
            digits = "01_";
    }
    accept_all(l, digits);
    if (accept(l, "."))
        accept_all(l, digits);
    if ((digits == decimal && accept(l, "eE")) || (digits == hex && accept(l, "pP"))) {
        accept(l, "+-");
        accept_all(l, decimal);
    }
    accept(l, "i");
    size_t n;
    if (!is_word(peek(l, &n)))
        return true;
    l->pos += n;
    return false;
}

static struct token lex_digits(struct lexer *l)
{
    bool good = scan_number(l);
    int sign = byte_at(l, l->pos);
    if (good && (sign == '+' || sign == '-')) /* 1+2i */
        good = scan_number(l) && l->text.at[l->pos - 1] == 'i';
    if (good)
        return emit(l, TOK_NUMBER);
    CLEANUP(str_release) struct str s = {0};
    str_add(&s, "bad number syntax: ");
    tmpl_quote(&s, (struct span){l->text.at + l->start, l->pos - l->start});
    return error(l, arena_strdup(l->arena, str_text(&s)));
}

static struct token lex_space(struct lexer *l)
{
    bool trims;
    for (int c; is_space(c = byte_at(l, l->pos)) && !(at_right(l, l->pos, &trims) && trims); l->pos++)
        l->line += c == '\n';
    return emit(l, TOK_SPACE);
}

static struct token lex_right(struct lexer *l, bool trims)
{
    if (l->parens)
        return error(l, "unclosed left paren");
    if (trims) {
        move_to(l, l->pos + TRIM_LEN);
        ignore(l);
    }
    leave_action(l, false);
    struct token t = emit(l, TOK_RIGHT);
    if (trims)
        skip_space(l);
    ignore(l);
    return t;
}

static struct token lex_sign(struct lexer *l, int c)
{
    switch (c) {
    case '=':
        return emit(l, TOK_ASSIGN);
    case ':':
        return accept(l, "=") ? emit(l, TOK_DECLARE) : error(l, "expected :=");
    case '|':
        return emit(l, TOK_PIPE);
    case '"':
    case '\'':
        return lex_quoted(l, (char)c);
    case '`':
        return lex_raw(l);
    case '$':
        return lex_name(l, TOK_VARIABLE);
    case '.':
        return lex_name(l, TOK_FIELD);
    case '(':
        l->parens++;
        return emit(l, TOK_LEFT_PAREN);
    case ')':
        return l->parens-- > 0 ? emit(l, TOK_RIGHT_PAREN) : error(l, "unexpected right paren");
    default:
        return emit(l, TOK_CHAR);
    }
}

/* What a character beyond ASCII, or one without meaning, begins. */
static struct token lex_odd(struct lexer *l)
{
    size_t n;
    int32_t c = peek(l, &n);
    if (is_word(c))
        return lex_ident(l);
    l->pos += n;
    return error_rune(l, "unrecognized character in action:", c);
}

static struct token lex_action(struct lexer *l)
{
    bool trims;
    int c = byte_at(l, l->pos);
    if (c == END)
        return error(l, "unclosed action");
    if ((c == '}' || classes[c] & SPACE) && at_right(l, l->pos, &trims))
        return lex_right(l, trims);
    if (classes[c] & SPACE)
        return lex_space(l);
    int after = byte_at(l, l->pos + 1);
    if (c == '+' || c == '-' || classes[c] & DIGIT || (c == '.' && after >= 0 && classes[after] & DIGIT))
        return lex_digits(l);
    if (classes[c] & WORD)
        return lex_ident(l);
    if (c < ' ' || c >= 0x7f)
        return lex_odd(l);
    l->pos++;
    return lex_sign(l, c);
}

struct token lex_next(struct lexer *l)
{
    return l->inside ? lex_action(l) : lex_text(l);
}
