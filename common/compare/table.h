/* compare/table.h - the inside of a table. For compare/ only. */
#ifndef CAPSTAN_COMPARE_TABLE_H
#define CAPSTAN_COMPARE_TABLE_H

#include "base/map.h"
#include "compare/compare.h"

struct compare {
    struct compare_ops ops;
    struct compare_config config;
    struct map *rows; /* id to struct compare_row */
    bool has_targets;
    uint64_t generation;
    /* counters over the rows */
    size_t n_out_of_sync, n_plain, n_plain_live, n_wants_server, n_problems, n_asks;
    size_t n_health[HEALTH_UNKNOWN + 1];
};

/* verdict.c: judges the row anew and keeps the counters; true when something that is shown changed. */
bool compare_judge(struct compare *c, struct compare_row *row);
/* The server's word on a row that wanted it: an answer or an error; waits with it where scripts are to be asked. */
void compare_settle(struct compare *c, struct compare_row *row, struct frozen *answer, const struct err *e);
/* Judges anew what waited for a script. */
bool compare_judge_answered(struct compare *c, struct compare_row *row);
/* Takes a row out of the counters, before it is freed. */
void compare_uncount(struct compare *c, struct compare_row *row);

#endif
