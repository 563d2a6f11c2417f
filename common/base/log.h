/* base/log.h - one line an event, on stderr: JSON for machines, text for a terminal.
 *
 *     log_info("sync finished", "app", name, "phase", phase);
 *
 * Fields are pairs of text, key then value, ended by NULL through the macro. Libraries return errors and do not log;
 * services log each once. Thread safe; a line is one write. */
#ifndef CAPSTAN_BASE_LOG_H
#define CAPSTAN_BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

/* `service` is static and stands in every line. */
void log_setup(const char *service, enum log_level level, enum log_format format);
/* "debug", "info", "warn" ("warning"), "error"; false for any other word. */
bool log_level_parse(const char *word, enum log_level *out);
bool log_enabled(enum log_level level);
void log_fields(enum log_level level, const char *msg, ...) __attribute__((sentinel));

#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_at(level, ...)                                                                                   \
    do {                                                                                                     \
        if (log_enabled(level))                                                                              \
            log_fields(level, __VA_ARGS__, (char *)NULL);                                                    \
    } while (0)

#endif
