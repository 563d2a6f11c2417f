/* tmpl/set - tables of functions, and sets of bodies by name.
 *
 * Both are maps over borrowed rows. A set holds a reference to every text that it was given. */
#include "tmpl/private.h"

#include <stdlib.h>

/* --- functions --- */

struct tmpl_funcs {
    struct map *rows;
};

struct tmpl_funcs *tmpl_funcs_new(void)
{
    struct tmpl_funcs *t = mem_zalloc(sizeof(*t));
    t->rows = map_new(NULL);
    tmpl_funcs_add(t, tmpl_builtins, tmpl_builtins_len);
    return t;
}

void tmpl_funcs_free(struct tmpl_funcs *t)
{
    if (!t)
        return;
    map_free(t->rows);
    free(t);
}

void tmpl_funcs_freep(struct tmpl_funcs **t)
{
    tmpl_funcs_free(*t);
    *t = NULL;
}

void tmpl_funcs_add(struct tmpl_funcs *t, const struct tmpl_func *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        map_set(t->rows, rows[i].name, (void *)&rows[i]);
}

void tmpl_funcs_del(struct tmpl_funcs *t, const char *name)
{
    map_del(t->rows, name);
}

const struct tmpl_func *tmpl_funcs_get(const struct tmpl_funcs *t, struct span name)
{
    return map_get_span(t->rows, name);
}

const struct tmpl_func *tmpl_funcs_next(const struct tmpl_funcs *t, size_t *at)
{
    struct map_iter it = {.in = t->rows, .next = *at};
    bool more = map_next(&it);
    *at = it.next;
    return more ? it.value : NULL;
}

/* --- sets --- */

struct tmpl_set {
    const struct tmpl_set *parent;
    struct map *bodies;
    VEC(struct tmpl *) texts;
};

struct tmpl_set *tmpl_set_new(const struct tmpl_set *parent)
{
    struct tmpl_set *s = mem_zalloc(sizeof(*s));
    s->parent = parent;
    s->bodies = map_new(NULL);
    return s;
}

void tmpl_set_free(struct tmpl_set *s)
{
    if (!s)
        return;
    vec_each (t, &s->texts)
        tmpl_unref(*t);
    vec_release(&s->texts);
    map_free(s->bodies);
    free(s);
}

void tmpl_set_freep(struct tmpl_set **s)
{
    tmpl_set_free(*s);
    *s = NULL;
}

const struct body *tmpl_set_find(const struct tmpl_set *s, struct span name)
{
    const struct body *b = NULL;
    for (; s && !b; s = s->parent)
        b = map_get_span(s->bodies, name);
    return b;
}

bool tmpl_set_has(const struct tmpl_set *s, struct span name)
{
    return tmpl_set_find(s, name) != NULL;
}

void tmpl_set_add(struct tmpl_set *s, struct tmpl *t)
{
    vec_push(&s->texts, tmpl_ref(t));
    for (struct body *b = t->bodies; b; b = b->next)
        if (!b->empty || !tmpl_set_find(s, b->name))
            map_set(s->bodies, b->name.at, b);
}

struct span tmpl_name(const struct tmpl *t)
{
    return t->name;
}

struct span tmpl_text(const struct tmpl *t)
{
    return t->text;
}

bool tmpl_is_plain(const struct tmpl *t, struct span *text)
{
    const struct body *main = t->bodies;
    if (!main || main->next || !span_eq(main->name, t->name) || main->root.len > 1)
        return false;
    if (main->root.len && main->root.at[0]->kind != NODE_TEXT)
        return false;
    *text = main->root.len ? main->root.at[0]->text : (struct span){"", 0};
    return true;
}
