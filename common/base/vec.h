/* base/vec.h - a growing array of any type, as three plain fields in any struct.
 *
 *     struct { struct task *at; size_t len, cap; } tasks = {0};
 *     vec_push(&tasks, task);
 *     vec_each(t, &tasks) use(*t);
 *     vec_release(&tasks);
 *
 * vec_push evaluates `v` more than once. Pointers into a vector last until the next push. */
#ifndef CAPSTAN_BASE_VEC_H
#define CAPSTAN_BASE_VEC_H

#include "base/base.h"

#include <stdlib.h>

#define VEC(T)                                                                                               \
    struct {                                                                                                 \
        T *at;                                                                                               \
        size_t len, cap;                                                                                     \
    }

#define vec_grow(v, n)                                                                                       \
    do {                                                                                                     \
        if ((v)->len + (n) > (v)->cap) {                                                                     \
            (v)->cap = MAX((v)->len + (n), MAX((v)->cap * 2, (size_t)8));                                    \
            (v)->at = mem_realloc((v)->at, (v)->cap * sizeof(*(v)->at));                                     \
        }                                                                                                    \
    } while (0)
#define vec_push(v, ...)                                                                                     \
    do {                                                                                                     \
        vec_grow(v, (size_t)1);                                                                              \
        (v)->at[(v)->len++] = (__VA_ARGS__);                                                                 \
    } while (0)
#define vec_pop(v) ((v)->at[--(v)->len])
/* Removes element i by moving the last one into its place: O(1), order lost. */
#define vec_swap_out(v, i) ((v)->at[i] = (v)->at[--(v)->len])
/* Removes element i, order kept: O(n). */
#define vec_remove(v, i)                                                                                     \
    (memmove(&(v)->at[i], &(v)->at[(i) + 1], ((v)->len - (i)-1) * sizeof(*(v)->at)), (v)->len--)
#define vec_each(it, v) for (__typeof__(&*(v)->at) it = (v)->at; it && it < (v)->at + (v)->len; it++)
#define vec_release(v)                                                                                       \
    do {                                                                                                     \
        free((v)->at);                                                                                       \
        (v)->at = NULL;                                                                                      \
        (v)->len = (v)->cap = 0;                                                                             \
    } while (0)

#endif
