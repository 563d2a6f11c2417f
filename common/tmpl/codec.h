/* tmpl/codec.h - what the codecs' files share; for tmpl/ only. */
#ifndef CAPSTAN_TMPL_CODEC_H
#define CAPSTAN_TMPL_CODEC_H

#include "tmpl/sprig.h"

/* The value as JSON; flags of doc/json.h (JSON_HTML, JSON_INDENT; keys are always in order). */
struct err *codec_json(struct tmpl_exec *x, struct tmpl_value v, int flags, struct tmpl_value *out) MUST_USE;
/* JSON into a document of the run's arena, within its memory; errors in encoding/json's words. */
struct err *codec_read_json(struct tmpl_exec *x, struct span text, struct doc **out) MUST_USE;
/* What encoding/json says about a text that is no JSON; NULL when its grammar is fine. */
struct err *json_error(struct span text) MUST_USE;

/* The value as TOML, in the words of BurntSushi/toml where it cannot be. */
struct err *toml_write(struct str *out, struct tmpl_value v) MUST_USE;
/* TOML 1.0 into a map of the arena: int64, float64, bool, string, []interface {}, maps and lists of them;
 * dates and times stay texts. ERR_INVALID "toml: line 3 (last key "a"): ...". */
struct err *toml_read(struct arena *a, struct span text, struct tmpl_map **out) MUST_USE;

#endif
