/* base/log - a line is built in a buffer and written by one write(2), so that threads and processes do not mix. */
#include "base/log.h"

#include "base/str.h"
#include "base/time.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    const char *service;
    enum log_level level;
    enum log_format format;
} config = {"capstan", LOG_INFO, LOG_TEXT};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_setup(const char *service, enum log_level level, enum log_format format)
{
    config.service = service;
    config.level = level;
    config.format = format;
}

bool log_level_parse(const char *word, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++)
        if (streq(word, level_names[i])) {
            *out = (enum log_level)i;
            return true;
        }
    if (!streq(word, "warning"))
        return false;
    *out = LOG_WARN;
    return true;
}

bool log_enabled(enum log_level level)
{
    return level >= config.level;
}

/* A JSON string; bytes above 0x7f pass as they are, control bytes are escaped. */
static void quoted(struct str *s, const char *text)
{
    str_char(s, '"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            str_printf(s, "\\%c", *p);
        else if (*p == '\n')
            str_add(s, "\\n");
        else if (*p < 0x20)
            str_printf(s, "\\u%04x", *p);
        else
            str_char(s, (char)*p);
    }
    str_char(s, '"');
}

static bool plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == '"' || *text == '=')
            return false;
    return true;
}

static void field(struct str *s, const char *key, const char *value)
{
    if (config.format == LOG_JSON) {
        str_char(s, ',');
        quoted(s, key);
        str_char(s, ':');
        quoted(s, value);
    } else {
        str_printf(s, " %s=", key);
        if (*value && plain(value))
            str_add(s, value);
        else
            quoted(s, value);
    }
}

void log_fields(enum log_level level, const char *msg, ...)
{
    CLEANUP(str_release) struct str s = {.limit = 64 << 10};
    struct time_text now = time_rfc3339_micro(clock_wall_ms(&clock_system));
    if (config.format == LOG_JSON) {
        str_printf(&s, "{\"time\":\"%s\",\"level\":\"%s\",\"service\":\"%s\",\"msg\":", now.text, level_names[level],
                   config.service);
        quoted(&s, msg);
    } else {
        str_printf(&s, "%s %-5s %s: %s", now.text, level_names[level], config.service, msg);
    }
    va_list ap;
    va_start(ap, msg);
    for (const char *key; (key = va_arg(ap, const char *));) {
        const char *value = va_arg(ap, const char *);
        field(&s, key, value ? value : "");
        if (!value)
            break;
    }
    va_end(ap);
    str_add(&s, config.format == LOG_JSON ? "}\n" : "\n");
    ssize_t ignored = write(STDERR_FILENO, str_text(&s), s.len);
    (void)ignored;
}
