/* doc/yaml.h - YAML in and out, with the two readings that the Kubernetes world has.
 *
 * YAML_SIGS reads as sigs.k8s.io/yaml does (yaml.v2 rules: yes/no/on/off are booleans, keys become JSON
 * strings, the last of duplicate keys wins); YAML_V3 as gopkg.in/yaml.v3 does (duplicate keys are errors).
 * Rows:
 * ../shared/conformance/yaml. What manifests mostly hold is read by a scanner of its own, all else by
 * libyaml; both compose a doc, with anchors, aliases, merge keys and limits. Errors say "line 3: ..." or
 * "line 3, column 5: ..." in go-yaml's wording where one exists.
 */
#ifndef CAPSTAN_DOC_YAML_H
#define CAPSTAN_DOC_YAML_H

#include "base/str.h"
#include "doc/doc.h"
#include "doc/limits.h"

enum yaml_dialect { YAML_SIGS, YAML_V3 };

/* All documents of a stream as a vector in the arena; empty documents are DOC_NULL. `limits` NULL = defaults.
 */
struct yaml_docs {
    struct doc **at;
    size_t len;
};
struct err *yaml_read_all(struct arena *a, struct span text, enum yaml_dialect dialect,
                          const struct limits *limits, struct yaml_docs *out) MUST_USE;
/* The first document; *out is DOC_NULL for an empty text. */
struct err *yaml_read(struct arena *a, struct span text, enum yaml_dialect dialect,
                      const struct limits *limits, struct doc **out) MUST_USE;

/* How a text is written: sigs = keys sorted, lists not indented under their key, width 80 folding as yaml.v2;
 * v3 = keys sorted, indentation of two everywhere, no folding, as yaml.v3's encoder writes a tree with
 * SetIndent(2). */
enum yaml_profile { YAML_WRITE_SIGS, YAML_WRITE_V3 };
void yaml_write(struct str *out, const struct doc *d, enum yaml_profile profile);
char *yaml_text(struct arena *a, const struct doc *d, enum yaml_profile profile) MUST_USE;

#endif
