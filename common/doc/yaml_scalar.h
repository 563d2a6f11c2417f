/* doc/yaml_scalar.h - what a YAML scalar means in each dialect; for doc/ only. */
#ifndef CAPSTAN_DOC_YAML_SCALAR_H
#define CAPSTAN_DOC_YAML_SCALAR_H

#include "doc/node.h"
#include "doc/yaml.h"

/* Resolves a scalar into *d (kind and value; line is kept). `tag` is the short form ("!!int"), a foreign one,
 * or NULL; `plain` says that it had no quotes. The error is go-yaml's, without prefix. */
struct err *yaml_scalar(struct arena *a, enum yaml_dialect dialect, struct span text, const char *tag,
                        bool plain, struct doc *d) MUST_USE;
/* Whether a plain text that begins so may be anything but a string. */
static inline bool yaml_may_resolve(char first)
{
    static const bool may[256] = {
        ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true,
        ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true, ['+'] = true, ['-'] = true,
        ['.'] = true, ['~'] = true, ['y'] = true, ['Y'] = true, ['n'] = true, ['N'] = true,
        ['t'] = true, ['T'] = true, ['f'] = true, ['F'] = true, ['o'] = true, ['O'] = true,
    };
    return may[(unsigned char)first];
}
/* Whether a plain text would not be read as a string (by that dialect), so that a writer must quote it. */
bool yaml_resolves(enum yaml_dialect dialect, struct span text);
/* Go's FormatFloat(v, 'g', -1, 32 or 64). */
void yaml_float(double v, bool single, struct str *out);

#endif
