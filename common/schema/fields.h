/* schema/fields.h - sets of fields, for schema/ only. NULL is the empty set; an empty map is a set of the
 * place itself. */
#ifndef CAPSTAN_SCHEMA_FIELDS_H
#define CAPSTAN_SCHEMA_FIELDS_H

#include "schema/schema.h"

enum fields_op { FIELDS_OR, FIELDS_AND, FIELDS_MINUS };
const struct doc *fields_combine(struct arena *a, enum fields_op op, const struct doc *x,
                                 const struct doc *y);
/* Without apiVersion, kind and what of metadata the server sets: nobody owns those. */
const struct doc *fields_strip(struct arena *a, const struct doc *set);

/* Are its children owned one by one? */
bool fields_granular(struct schema_at at, const struct doc *d);
bool fields_keyed(struct schema_at at, const struct doc *d);
/* "k:{...}" or "v:..." of a list's element; NULL when it lacks a key that has no default. */
const char *fields_element(struct arena *a, struct schema_at list, const struct doc *element);
/* The element of that name; NULL when there is none. */
const struct doc *fields_find(struct arena *a, struct schema_at list, const struct doc *d, const char *name,
                              size_t *place);

/* What is added or differs, and what is gone, from x to y. */
void fields_compare(struct arena *a, struct schema_at at, const struct doc *x, const struct doc *y,
                    const struct doc **changed, const struct doc **removed);
/* A name as messages have it: ".image", "[name=\"a\"]", "[=\"v\"]". */
const char *fields_step(struct arena *a, struct span name);
/* Calls for each member, with its path as messages have it: ".spec.containers[name=\"a\"].image". */
void fields_each(struct arena *a, const struct doc *set, const char *path,
                 void (*fn)(void *arg, const char *path), void *arg);

#endif
