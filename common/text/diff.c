/* text/diff - Myers' O(ND) algorithm with the middle snake found from both ends, so that memory is O(N).
 *
 * Lines are numbered by content first (equal lines, equal numbers), so that the search compares integers. The
 * result is two arrays of marks, "this line is changed", from which runs are read off. The cost of one search
 * is capped: beyond COST_MAX steps the box is split where the searches have come furthest. */
#include "text/diff.h"

#include "base/hash.h"

#include <stdlib.h>

enum { COST_MAX = 2000 };

struct side {
    const uint32_t *id;
    bool *changed;
};

struct search {
    struct side x, y;
    int64_t *forward, *backward; /* furthest x on each diagonal; offset so that index -1 - n is allowed */
};

struct box {
    int64_t x0, x1, y0, y1;
};

struct split {
    int64_t x, y;
};

/* Diagonals run out of the box at its edges; nothing met out there counts. */
static bool inside(const struct box *b, int64_t x, int64_t y)
{
    return x >= 0 && y >= 0 && x <= b->x1 - b->x0 && y <= b->y1 - b->y0;
}

/* One step of the forward search; true when it meets the backward one. */
static bool step_forward(struct search *s, const struct box *b, int64_t d, bool odd, struct split *out)
{
    int64_t delta = (b->x1 - b->x0) - (b->y1 - b->y0);
    for (int64_t k = -d; k <= d; k += 2) {
        int64_t *v = s->forward;
        int64_t x = k == -d || (k != d && v[k - 1] < v[k + 1]) ? v[k + 1] : v[k - 1] + 1;
        int64_t y = x - k;
        while (b->x0 + x < b->x1 && b->y0 + y < b->y1 && y >= 0 && s->x.id[b->x0 + x] == s->y.id[b->y0 + y])
            x++, y++;
        v[k] = x;
        int64_t other = delta - k;
        if (odd && other >= -(d - 1) && other <= d - 1 && x + s->backward[other] >= b->x1 - b->x0 &&
            inside(b, x, y)) {
            *out = (struct split){b->x0 + x, b->y0 + y};
            return true;
        }
    }
    return false;
}

/* The same from the end, in mirrored coordinates. */
static bool step_backward(struct search *s, const struct box *b, int64_t d, bool odd, struct split *out)
{
    int64_t delta = (b->x1 - b->x0) - (b->y1 - b->y0);
    for (int64_t k = -d; k <= d; k += 2) {
        int64_t *v = s->backward;
        int64_t x = k == -d || (k != d && v[k - 1] < v[k + 1]) ? v[k + 1] : v[k - 1] + 1;
        int64_t y = x - k;
        while (x < b->x1 - b->x0 && y >= 0 && y < b->y1 - b->y0 &&
               s->x.id[b->x1 - 1 - x] == s->y.id[b->y1 - 1 - y])
            x++, y++;
        v[k] = x;
        int64_t other = delta - k;
        if (!odd && other >= -d && other <= d && x + s->forward[other] >= b->x1 - b->x0 && inside(b, x, y)) {
            *out = (struct split){b->x1 - x, b->y1 - y};
            return true;
        }
    }
    return false;
}

/* The point inside of the box that the forward search has brought furthest. */
static struct split furthest(const struct search *s, const struct box *b, int64_t d)
{
    struct split best = {b->x0 + 1, b->y0}; /* always some way */
    for (int64_t k = -d; k <= d; k += 2) {
        int64_t x = MIN(s->forward[k], b->x1 - b->x0), y = x - k;
        if (inside(b, x, y) && x + y > (best.x - b->x0) + (best.y - b->y0))
            best = (struct split){b->x0 + x, b->y0 + y};
    }
    return best;
}

static struct split middle(struct search *s, const struct box *b)
{
    struct split out;
    bool odd = ((b->x1 - b->x0) + (b->y1 - b->y0)) % 2 != 0;
    s->forward[1] = s->backward[1] = 0;
    for (int64_t d = 0;; d++) {
        if (step_forward(s, b, d, odd, &out) || step_backward(s, b, d, odd, &out))
            return out;
        if (d >= MIN((int64_t)COST_MAX, b->x1 - b->x0 + b->y1 - b->y0))
            return furthest(s, b, d);
    }
}

static void mark(bool *changed, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++)
        changed[i] = true;
}

/* Recursion halves the edit distance, so it stays shallow; the larger part is done in the loop. */
static void compare(struct search *s, struct box b)
{
    for (;;) {
        while (b.x0 < b.x1 && b.y0 < b.y1 && s->x.id[b.x0] == s->y.id[b.y0])
            b.x0++, b.y0++;
        while (b.x0 < b.x1 && b.y0 < b.y1 && s->x.id[b.x1 - 1] == s->y.id[b.y1 - 1])
            b.x1--, b.y1--;
        if (b.x0 == b.x1 || b.y0 == b.y1) {
            mark(s->x.changed, b.x0, b.x1);
            mark(s->y.changed, b.y0, b.y1);
            return;
        }
        struct split at = middle(s, &b);
        struct box head = {b.x0, at.x, b.y0, at.y}, tail = {at.x, b.x1, at.y, b.y1};
        bool head_smaller = at.x - b.x0 + at.y - b.y0 < b.x1 - at.x + b.y1 - at.y;
        compare(s, head_smaller ? head : tail);
        b = head_smaller ? tail : head;
    }
}

/* --- lines --- */
static size_t cut_lines(struct arena *a, struct span text, struct span **out, bool *unended)
{
    size_t n = 0, i = 0;
    for (const char *p = text.at, *end = text.at + text.len; p < end; n++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        p = eol ? eol + 1 : end;
    }
    *out = NEW_N(a, struct span, n + 1);
    *unended = text.len && text.at[text.len - 1] != '\n';
    for (const char *p = text.at, *end = text.at + text.len; p < end; i++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        (*out)[i] = (struct span){p, (size_t)((eol ? eol : end) - p)};
        p = eol ? eol + 1 : end;
    }
    return n;
}

struct table {
    const struct span **lines; /* the first line of each content */
    uint32_t *ids;
    size_t mask;
    uint32_t next;
};

static uint32_t id_of(struct table *t, const struct span *line)
{
    size_t i = hash64(line->at, line->len) & t->mask;
    while (t->lines[i] && !span_eq(*t->lines[i], *line))
        i = (i + 1) & t->mask;
    if (!t->lines[i]) {
        t->lines[i] = line;
        t->ids[i] = ++t->next;
    }
    return t->ids[i];
}

/* Numbers the lines of both; a last line without its line feed is never equal to one that has it. */
static void number_lines(struct arena *a, const struct diff *d, uint32_t *old_ids, uint32_t *new_ids)
{
    struct table t = {.mask = 15};
    while (t.mask < (d->old_len + d->new_len) * 2)
        t.mask = t.mask * 2 + 1;
    t.lines = NEW_N(a, const struct span *, t.mask + 1);
    t.ids = NEW_N(a, uint32_t, t.mask + 1);
    for (size_t i = 0; i < d->old_len; i++)
        old_ids[i] = id_of(&t, &d->old_lines[i]);
    for (size_t i = 0; i < d->new_len; i++)
        new_ids[i] = id_of(&t, &d->new_lines[i]);
    if (d->old_unended && !d->new_unended)
        old_ids[d->old_len - 1] = UINT32_MAX;
    if (d->new_unended && !d->old_unended)
        new_ids[d->new_len - 1] = UINT32_MAX;
    if (d->old_unended && d->new_unended && old_ids[d->old_len - 1] == new_ids[d->new_len - 1])
        old_ids[d->old_len - 1] = new_ids[d->new_len - 1] = UINT32_MAX;
    else if (d->old_unended && d->new_unended)
        old_ids[d->old_len - 1] = UINT32_MAX, new_ids[d->new_len - 1] = UINT32_MAX - 1;
}

static void add_run(struct diff *d, enum diff_kind kind, size_t old_line, size_t new_line)
{
    struct diff_run *last = d->runs_len ? &d->runs[d->runs_len - 1] : NULL;
    if (last && last->kind == kind)
        last->lines++;
    else
        d->runs[d->runs_len++] = (struct diff_run){kind, old_line, new_line, 1};
}

static void read_runs(struct arena *a, struct diff *d, const bool *old_changed, const bool *new_changed)
{
    size_t x = 0, y = 0;
    d->runs = NEW_N(a, struct diff_run, d->old_len + d->new_len + 1);
    while (x < d->old_len || y < d->new_len) {
        if (x < d->old_len && old_changed[x]) {
            add_run(d, DIFF_OLD, x, y);
            x++;
        } else if (y < d->new_len && new_changed[y]) {
            add_run(d, DIFF_NEW, x, y);
            y++;
        } else {
            add_run(d, DIFF_SAME, x, y);
            x++, y++;
        }
    }
}

void diff_lines(struct arena *a, struct span old_text, struct span new_text, struct diff *out)
{
    *out = (struct diff){0};
    out->old_len = cut_lines(a, old_text, &out->old_lines, &out->old_unended);
    out->new_len = cut_lines(a, new_text, &out->new_lines, &out->new_unended);
    CLEANUP(arena_freep) struct arena *tmp = arena_new("diff");
    size_t diagonals = out->old_len + out->new_len + 3;
    uint32_t *old_ids = NEW_N(tmp, uint32_t, out->old_len + 1),
             *new_ids = NEW_N(tmp, uint32_t, out->new_len + 1);
    number_lines(tmp, out, old_ids, new_ids);
    struct search s = {
        .x = {old_ids, NEW_N(tmp, bool, out->old_len + 1)},
        .y = {new_ids, NEW_N(tmp, bool, out->new_len + 1)},
        .forward = NEW_N(tmp, int64_t, 2 * diagonals + 1) + diagonals,
        .backward = NEW_N(tmp, int64_t, 2 * diagonals + 1) + diagonals,
    };
    compare(&s, (struct box){0, (int64_t)out->old_len, 0, (int64_t)out->new_len});
    read_runs(a, out, s.x.changed, s.y.changed);
}

/* --- unified --- */
static void add_line(const struct diff *d, char sign, bool is_new, size_t i, struct str *out)
{
    bool last = is_new ? d->new_unended && i + 1 == d->new_len : d->old_unended && i + 1 == d->old_len;
    str_char(out, sign);
    str_add_span(out, is_new ? d->new_lines[i] : d->old_lines[i]);
    str_add(out, last ? "\n\\ No newline at end of file\n" : "\n");
}

static void add_range(struct str *out, char sign, size_t from, size_t lines)
{
    str_printf(out, "%c%zu", sign, lines ? from + 1 : from);
    if (lines != 1)
        str_printf(out, ",%zu", lines);
}

/* The part of a run that a hunk shows: [from, to) of its lines. */
struct shown {
    size_t from, to;
};

static struct shown shown_of(const struct diff *d, size_t run, size_t first, size_t last, size_t context)
{
    struct shown s = {0, d->runs[run].lines};
    if (d->runs[run].kind != DIFF_SAME)
        return s;
    if (run == first)
        s.from = s.to > context ? s.to - context : 0;
    if (run == last)
        s.to = MIN(s.to, s.from + context);
    return s;
}

static void add_hunk(const struct diff *d, size_t first, size_t last, size_t context, struct str *out)
{
    size_t old_lines = 0, new_lines = 0;
    struct shown head = shown_of(d, first, first, SIZE_MAX, context);
    for (size_t i = first; i <= last; i++) {
        struct shown s = i == first ? head : shown_of(d, i, first, last, context);
        old_lines += d->runs[i].kind != DIFF_NEW ? s.to - s.from : 0;
        new_lines += d->runs[i].kind != DIFF_OLD ? s.to - s.from : 0;
    }
    str_add(out, "@@ ");
    add_range(out, '-', d->runs[first].old_line + head.from, old_lines);
    str_char(out, ' ');
    add_range(out, '+', d->runs[first].new_line + head.from, new_lines);
    str_add(out, " @@\n");
    for (size_t i = first; i <= last; i++) {
        const struct diff_run *r = &d->runs[i];
        struct shown s = i == first ? head : shown_of(d, i, first, last, context);
        for (size_t j = s.from; j < s.to; j++)
            add_line(d, " -+"[r->kind], r -> kind == DIFF_NEW,
                     (r->kind == DIFF_NEW ? r->new_line : r->old_line) + j, out);
    }
}

void diff_unified(const struct diff *d, const char *old_name, const char *new_name, size_t context,
                  struct str *out)
{
    bool any = false;
    for (size_t i = 0; i < d->runs_len;) {
        if (d->runs[i].kind == DIFF_SAME) {
            i++;
            continue;
        }
        size_t last = i;
        while (last + 1 < d->runs_len && (d->runs[last + 1].kind != DIFF_SAME ||
                                          (d->runs[last + 1].lines <= 2 * context && last + 2 < d->runs_len)))
            last++;
        if (!any)
            str_printf(out, "--- %s\n+++ %s\n", old_name, new_name);
        any = true;
        size_t tail = last + 1 < d->runs_len && context ? last + 1 : last;
        add_hunk(d, i && context ? i - 1 : i, tail, context, out);
        i = last + 1;
    }
}
