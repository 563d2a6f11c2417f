/* tmpl/sprig.h - the functions of Sprig 3.3 and of Helm's codecs, in families of one .c file each.
 *
 * A family is a table of `struct tmpl_func` rows, static and constant, and what it needs beyond its arguments
 * it takes from `struct tmpl_exec`: x->clock, x->rand, x->arena. A host picks: Helm takes all but env and
 * expandenv, ApplicationSets too, notifications add their own. Rules of each function: specs/helm.md §2.3 and
 * §3. To add a family: write sprig_NAME.c with its rows, name it here, and put it into the list of sprig.c.
 */
#ifndef CAPSTAN_TMPL_SPRIG_H
#define CAPSTAN_TMPL_SPRIG_H

#include "tmpl/tmpl.h"

struct tmpl_family {
    const struct tmpl_func *rows;
    size_t len;
};

/* trim ... repeat, quote, cat, indent, split, join, toString */
extern const struct tmpl_family tmpl_sprig_strings;
/* title, abbrev, wrap, snakecase and their kin */
extern const struct tmpl_family tmpl_sprig_words;
/* b64enc b32enc sha256sum and their kin */
extern const struct tmpl_family tmpl_sprig_encode;
/* default empty coalesce all any ternary fail hello */
extern const struct tmpl_family tmpl_sprig_defaults;
/* kindOf kindIs typeOf typeIs typeIsLike deepEqual */
extern const struct tmpl_family tmpl_sprig_reflect;
extern const struct tmpl_family tmpl_sprig_lists;
extern const struct tmpl_family tmpl_sprig_dicts;
/* merge mergeOverwrite deepCopy and their must twins */
extern const struct tmpl_family tmpl_sprig_merge;
/* int add until seq ... */
extern const struct tmpl_family tmpl_sprig_math;
/* addf subf mulf divf, in exact decimals */
extern const struct tmpl_family tmpl_sprig_decimal;
/* toJson fromJson toPrettyJson toRawJson and their must twins, as Sprig has them: fromJson gives any value */
extern const struct tmpl_family tmpl_sprig_json;
/* regexMatch regexFind regexReplaceAll regexSplit and their kin */
extern const struct tmpl_family tmpl_sprig_regex;
/* semver semverCompare */
extern const struct tmpl_family tmpl_sprig_semver;
/* base dir clean ext isAbs and their os twins */
extern const struct tmpl_family tmpl_sprig_paths;
/* now date toDate dateModify duration and their kin */
extern const struct tmpl_family tmpl_sprig_dates;
/* randAlphaNum randBytes uuidv4 shuffle and their kin */
extern const struct tmpl_family tmpl_sprig_random;
/* bcrypt htpasswd genCA genSignedCert derivePassword encryptAES and their kin */
extern const struct tmpl_family tmpl_sprig_crypto;
/* urlParse urlJoin getHostByName, which resolves nothing */
extern const struct tmpl_family tmpl_sprig_url;
/* Helm's toYaml fromYaml fromYamlArray toToml fromToml, and its fromJson and fromJsonArray, which replace
 * Sprig's: add it after tmpl_sprig_add */
extern const struct tmpl_family tmpl_helm_codecs;

/* Adds every family of Sprig. */
void tmpl_sprig_add(struct tmpl_funcs *t);

/* --- what families share --- */
/* strval: a string as it is, bytes, errors and Stringers as text, all else %v. */
void tmpl_strval(struct str *out, struct tmpl_value v);
/* The same as a span: the value's own bytes or a copy in the arena. */
struct span tmpl_strval_span(struct arena *a, struct tmpl_value v);
/* A []string of the elements of a list, or of one value; nothing is dropped. */
struct tmpl_list *tmpl_strings(struct arena *a, struct tmpl_value v) MUST_USE;
/* spf13/cast's ToInt64 and ToFloat64, errors as 0. */
int64_t tmpl_cast_int64(struct tmpl_value v);
double tmpl_cast_float(struct tmpl_value v);

#endif
