/* doc/yaml_compose.h - events of a YAML text composed into documents; for doc/ only.
 *
 * Two scanners feed it: libyaml's (yaml_read.c), which knows all of YAML, and our own of the common subset
 * (yaml_subset.c). What a document is, its limits and its errors are decided here, once for both. */
#ifndef CAPSTAN_DOC_YAML_COMPOSE_H
#define CAPSTAN_DOC_YAML_COMPOSE_H

#include "base/map.h"
#include "base/vec.h"
#include "doc/node.h"
#include "doc/yaml.h"

struct compose_frame {
    uint32_t place; /* of the container's entry on the stack */
    uint32_t key_line;
    const struct key *key; /* of the value that comes next; NULL in a list or where a key is due */
    char *anchor;          /* of the container, or NULL */
};

/* Zero-initialised but for the first three; one for all documents of a text. */
struct composer {
    struct arena *arena;
    enum yaml_dialect dialect;
    struct limits limits;
    size_t values, aliased;
    VEC(struct entry) stack;
    VEC(uint32_t) key_lines; /* beside the stack */
    VEC(struct compose_frame) opens;
    struct map *anchors; /* name -> struct doc in the arena; kind DOC_NONE while the container is open */
    struct key_cache cache;
};

struct compose_scalar {
    struct span text;
    const char *tag, *anchor; /* NULL when there is none; tag as yaml_scalar takes it */
    uint32_t line;
    bool plain;  /* no quotes, no block */
    bool folded; /* a block that begins with > */
};

/* Forgets the document before. */
void compose_start(struct composer *c);
/* Adds what the event says; the line is where it begins. `anchor` may be NULL. */
struct err *compose_scalar(struct composer *c, const struct compose_scalar *s) MUST_USE;
struct err *compose_alias(struct composer *c, const char *name, uint32_t line) MUST_USE;
struct err *compose_open(struct composer *c, enum doc_kind kind, const char *anchor, uint32_t line) MUST_USE;
struct err *compose_close(struct composer *c) MUST_USE;
/* The document when all that was opened is closed; null when nothing was added. */
struct doc *compose_finish(struct composer *c) MUST_USE;
void compose_release(struct composer *c);

/* Whether the innermost open container is a map. */
static inline bool compose_in_map(const struct composer *c)
{
    return c->opens.len && c->stack.at[c->opens.at[c->opens.len - 1].place].val.kind == DOC_MAP;
}

/* The two scanners, over a whole text or (`all` false) its first document. The one of the common subset gives
 * up, false and nothing said, at anything that it is not sure of; libyaml's then reads the text from its
 * start. What was made until then stays in the arena. */
bool yaml_subset_read(struct composer *c, struct span text, bool all, struct yaml_docs *out) MUST_USE;
struct err *yaml_events_read(struct composer *c, struct span text, bool all, struct yaml_docs *out) MUST_USE;

#endif
