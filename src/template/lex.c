// SPDX-License-Identifier: Apache-2.0
#include "template/gotext.h"
#include "template/internal.h"

#include <ctype.h>
#include <string.h>

struct lexer {
    const char *text;
    size_t len;
    size_t start; /* of the token being read */
    size_t pos;
    uint32_t line; /* at start */
    int parens;
    struct arena *arena;
    struct token_list *out;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The character at an offset, NUL behind the end (the text holds none itself). */
static char at(const struct lexer *l, size_t pos)
{
    return pos < l->len ? l->text[pos] : '\0';
}

static bool looking_at(const struct lexer *l, const char *s)
{
    return strncmp(l->text + MIN(l->pos, l->len), s, strlen(s)) == 0;
}

static void push(struct lexer *l, enum token_type type, const char *text, size_t len)
{
    struct token_list *o = l->out;

    if (o->count == o->alloc) {
        o->alloc = o->alloc ? o->alloc * 2 : 32;
        o->items = xrealloc_array(o->items, o->alloc, sizeof(*o->items));
    }
    o->items[o->count++] = (struct token){
        .type = type,
        .line = l->line,
        .pos = (uint32_t) l->start,
        .len = (uint32_t) len,
        .text = text,
    };
}

/* Forgets what was read since the last token. */
static void skip(struct lexer *l)
{
    for (; l->start < l->pos; l->start++) {
        l->line += l->text[l->start] == '\n';
    }
}

static void emit(struct lexer *l, enum token_type type)
{
    push(l, type, l->text + l->start, l->pos - l->start);
    skip(l);
}

/* Ends the tokens with a sentence. */
static bool fail(struct lexer *l, const char *sentence)
{
    char *s = arena_copy(l->arena, sentence, strlen(sentence));

    push(l, TOKEN_ERROR, s ? s : "out of memory", s ? strlen(s) : 13);
    return false;
}

/* "bad character U+007D '}'" for the character at pos. */
static bool fail_char(struct lexer *l, const char *what, size_t pos)
{
    CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(256);
    uint32_t r = 0xffffffffu;

    strbuf_adds(&b, what);
    if (pos < l->len) {
        utf8_decode(l->text + pos, l->len - pos, &r);
        go_unicode(&b, r);
    } else {
        strbuf_adds(&b, "U+FFFFFFFFFFFFFFFF");
    }
    return fail(l, b.buf);
}

static size_t alnum_length(const struct lexer *l, size_t pos)
{
    uint32_t r;

    if (pos >= l->len) {
        return 0;
    }
    size_t n = utf8_decode(l->text + pos, l->len - pos, &r);

    return go_is_alnum(r) ? n : 0;
}

/* May a name end here? Catches "$x+2", should there be arithmetic one day. */
static bool at_terminator(const struct lexer *l)
{
    char c = at(l, l->pos);

    return is_space(c) || c == '\0' || strchr(".,|:)(", c) || looking_at(l, "}}");
}

/* " -}}" or "}}"; *trim says which. */
static bool at_right(const struct lexer *l, bool *trim)
{
    *trim = is_space(at(l, l->pos)) && at(l, l->pos + 1) == '-' && at(l, l->pos + 2) == '}' &&
            at(l, l->pos + 3) == '}';
    return *trim || looking_at(l, "}}");
}

/* Behind the closing braces, and behind the space that a trim marker eats. */
static void lex_right(struct lexer *l, bool trim, bool is_token)
{
    if (trim) {
        l->pos += 2;
        skip(l);
    }
    l->pos += 2;
    if (is_token) {
        emit(l, TOKEN_RIGHT);
    }
    while (trim && is_space(at(l, l->pos))) {
        l->pos++;
    }
    skip(l);
}

static bool lex_comment(struct lexer *l)
{
    const char *end = strstr(l->text + l->pos + 2, "*/");
    bool trim;

    if (!end) {
        return fail(l, "unclosed comment");
    }
    l->pos = (size_t) (end - l->text) + 2;
    if (!at_right(l, &trim)) {
        return fail(l, "comment ends before closing delimiter");
    }
    lex_right(l, trim, false);
    return true;
}

/* .Name and $name; the first character is read. */
static bool lex_name(struct lexer *l, enum token_type type)
{
    size_t n;

    if (at_terminator(l)) {
        emit(l, type == TOKEN_FIELD ? TOKEN_DOT : type);
        return true;
    }
    while ((n = alnum_length(l, l->pos)) > 0) {
        l->pos += n;
    }
    if (!at_terminator(l)) {
        return fail_char(l, "bad character ", l->pos);
    }
    emit(l, type);
    return true;
}

static bool lex_word(struct lexer *l)
{
    static const struct {
        const char *word;
        enum token_type type;
    } words[] = {
        {"break", TOKEN_BREAK},   {"block", TOKEN_BLOCK}, {"continue", TOKEN_CONTINUE},
        {"define", TOKEN_DEFINE}, {"else", TOKEN_ELSE},   {"end", TOKEN_END},
        {"if", TOKEN_IF},         {"range", TOKEN_RANGE}, {"template", TOKEN_TEMPLATE},
        {"with", TOKEN_WITH},     {"nil", TOKEN_NIL},     {"true", TOKEN_BOOL},
        {"false", TOKEN_BOOL},
    };
    enum token_type type = TOKEN_IDENTIFIER;
    size_t n;

    while ((n = alnum_length(l, l->pos)) > 0) {
        l->pos += n;
    }
    if (!at_terminator(l)) {
        return fail_char(l, "bad character ", l->pos);
    }
    n = l->pos - l->start;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strlen(words[i].word) == n && memcmp(words[i].word, l->text + l->start, n) == 0) {
            type = words[i].type;
        }
    }
    emit(l, type);
    return true;
}

/* "..." and '...'; the opening quote is read. Escapes are looked at by the parser. */
static bool lex_quoted(struct lexer *l, char quote)
{
    for (;;) {
        char c = at(l, l->pos);

        if (c == '\\' && at(l, l->pos + 1) != '\0' && at(l, l->pos + 1) != '\n') {
            l->pos += 2;
            continue;
        }
        if (c == '\0' || c == '\n' || c == '\\') {
            return fail(l, quote == '"' ? "unterminated quoted string"
                                        : "unterminated character constant");
        }
        l->pos++;
        if (c == quote) {
            emit(l, quote == '"' ? TOKEN_STRING : TOKEN_CHAR);
            return true;
        }
    }
}

static bool lex_raw_string(struct lexer *l)
{
    const char *end = strchr(l->text + l->pos, '`');

    if (!end) {
        return fail(l, "unterminated raw quoted string");
    }
    l->pos = (size_t) (end - l->text) + 1;
    emit(l, TOKEN_RAW_STRING);
    return true;
}

static size_t accept_run(struct lexer *l, const char *set)
{
    size_t n = strspn(l->text + l->pos, set);

    l->pos += n;
    return n;
}

static bool accept_one(struct lexer *l, const char *set)
{
    char c = at(l, l->pos);

    if (c == '\0' || !strchr(set, c)) {
        return false;
    }
    l->pos++;
    return true;
}

/* Anything that begins as a number; the parser refuses what is none. */
static bool lex_number(struct lexer *l)
{
    const char *digits = "0123456789_";
    bool hex = false;

    accept_one(l, "+-");
    if (accept_one(l, "0")) {
        if (accept_one(l, "xX")) {
            digits = "0123456789abcdefABCDEF_";
            hex = true;
        } else if (accept_one(l, "oO")) {
            digits = "01234567_";
        } else if (accept_one(l, "bB")) {
            digits = "01_";
        }
    }
    accept_run(l, digits);
    if (accept_one(l, ".")) {
        accept_run(l, digits);
    }
    if (accept_one(l, hex ? "pP" : strlen(digits) == 11 ? "eE" : "")) {
        accept_one(l, "+-");
        accept_run(l, "0123456789_");
    }
    size_t n = alnum_length(l, l->pos);

    if (n > 0 || at(l, l->pos) == '+' || at(l, l->pos) == '-') {
        CLEANUP(strbuf) struct strbuf b = STRBUF_INIT(TEMPLATE_MAX_BYTES);

        strbuf_adds(&b, "bad number syntax: ");
        go_quote(&b, l->text + l->start, l->pos + n - l->start);
        return fail(l, b.buf);
    }
    emit(l, TOKEN_NUMBER);
    return true;
}

/* A run of space; its last character stays when it belongs to " -}}". */
static void lex_space(struct lexer *l)
{
    bool trim = false;

    while (is_space(at(l, l->pos)) && !(at_right(l, &trim) && trim)) {
        l->pos++;
    }
    if (l->pos > l->start) {
        emit(l, TOKEN_SPACE);
    }
}

/* One token inside an action; false at the end of everything. */
static bool lex_inside(struct lexer *l)
{
    char c = at(l, l->pos);
    char next = at(l, l->pos + 1);

    if (c == '\0') {
        return fail(l, "unclosed action");
    }
    if (is_space(c)) {
        lex_space(l);
        return true;
    }
    if (strchr("+-", c) || isdigit((unsigned char) c) ||
        (c == '.' && (isdigit((unsigned char) next) || next == '\0'))) {
        return lex_number(l);
    }
    if (alnum_length(l, l->pos)) {
        return lex_word(l);
    }
    l->pos++;
    switch (c) {
    case '=':
        emit(l, TOKEN_ASSIGN);
        return true;
    case ':':
        if (!accept_one(l, "=")) {
            return fail(l, "expected :=");
        }
        emit(l, TOKEN_DECLARE);
        return true;
    case '|':
        emit(l, TOKEN_PIPE);
        return true;
    case '"':
    case '\'':
        return lex_quoted(l, c);
    case '`':
        return lex_raw_string(l);
    case '$':
        return lex_name(l, TOKEN_VARIABLE);
    case '.':
        return lex_name(l, TOKEN_FIELD);
    case '(':
        l->parens++;
        emit(l, TOKEN_LEFT_PAREN);
        return true;
    case ')':
        emit(l, TOKEN_RIGHT_PAREN);
        return --l->parens >= 0 || fail_char(l, "unexpected right paren ", l->pos - 1);
    default:
        if (c > ' ' && c < 0x7f) {
            emit(l, TOKEN_OTHER);
            return true;
        }
        return fail_char(l, "unrecognized character in action: ", l->pos - 1);
    }
}

/* From "{{" to behind "}}"; false when the tokens ended in there. */
static bool lex_action(struct lexer *l)
{
    bool trim = false;

    while (!at_right(l, &trim)) {
        if (!lex_inside(l)) {
            return false;
        }
    }
    if (l->parens) {
        return fail(l, "unclosed left paren");
    }
    lex_right(l, trim, true);
    return true;
}

/* The text up to the next action, without what its trim marker eats, and its "{{". */
static bool lex_text(struct lexer *l)
{
    const char *left = strstr(l->text + l->pos, "{{");
    size_t end = left ? (size_t) (left - l->text) : l->len;
    bool trim = left && at(l, end + 2) == '-' && is_space(at(l, end + 3));

    l->pos = end;
    while (trim && l->pos > l->start && is_space(l->text[l->pos - 1])) {
        l->pos--;
    }
    if (l->pos > l->start) {
        emit(l, TOKEN_TEXT);
    }
    l->pos = end;
    skip(l);
    if (!left) {
        emit(l, TOKEN_EOF);
        return false;
    }
    if (strncmp(l->text + end + 2 + (trim ? 2 : 0), "/*", 2) == 0) {
        l->pos += trim ? 4 : 2;
        skip(l);
        return lex_comment(l);
    }
    l->pos += 2;
    emit(l, TOKEN_LEFT);
    l->pos += trim ? 2 : 0;
    skip(l);
    l->parens = 0;
    return lex_action(l);
}

void template_lex(const char *text, struct arena *arena, struct token_list *ret)
{
    struct lexer l = {.text = text, .len = strlen(text), .line = 1, .arena = arena, .out = ret};

    while (lex_text(&l)) {
    }
}
