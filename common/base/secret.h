/* base/secret.h - text that must not leak: wiped on release, kept out of core dumps, "***" in every print.
 *
 * The only way to the text is secret_text, so a grep finds every use. */
#ifndef CAPSTAN_BASE_SECRET_H
#define CAPSTAN_BASE_SECRET_H

#include "base/base.h"

struct secret;

/* A copy of `len` bytes; NULL bytes give NULL, which every function takes. */
struct secret *secret_new(const char *bytes, size_t len) MUST_USE;
struct secret *secret_ref(struct secret *s);
void secret_unref(struct secret *s);
void secret_unrefp(struct secret **s);
/* The text, ended by NUL; "" for NULL. Borrowed; never log it. */
const char *secret_text(const struct secret *s);
struct span secret_span(const struct secret *s);
/* Compares in time that does not depend on where they differ. */
bool secret_equal(const struct secret *a, const struct secret *b);
/* Overwrites memory in a way that the compiler keeps. */
void secret_wipe(void *bytes, size_t len);

#endif
