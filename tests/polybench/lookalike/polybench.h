/* A header with the interface of PolyBench/C 4.2.1, written for these tests: the same macros in the same places, so that
 * programs in that suite's style are exercised. Nothing here is the suite's own text. */
#ifndef POLYBENCH_H
#define POLYBENCH_H

#include <stdlib.h>

#ifndef POLYBENCH_PADDING_FACTOR
#define POLYBENCH_PADDING_FACTOR 0
#endif

/* Constant or symbolic extents in prototypes. */
#ifdef POLYBENCH_USE_C99_PROTO
#define POLYBENCH_C99_SELECT(x, y) y
#else
#define POLYBENCH_C99_SELECT(x, y) x
#endif

/* Constant or symbolic loop bounds. */
#ifdef POLYBENCH_USE_SCALAR_LB
#define POLYBENCH_LOOP_BOUND(x, y) x
#else
#define POLYBENCH_LOOP_BOUND(x, y) y
#endif

#ifdef POLYBENCH_USE_RESTRICT
#define POLYBENCH_RESTRICT restrict
#else
#define POLYBENCH_RESTRICT
#endif

#define PAD_(d, dd) POLYBENCH_C99_SELECT(d, dd) + POLYBENCH_PADDING_FACTOR
#define POLYBENCH_1D(var, d1, dd1) var[POLYBENCH_RESTRICT PAD_(d1, dd1)]
#define POLYBENCH_2D(var, d1, d2, dd1, dd2) var[POLYBENCH_RESTRICT PAD_(d1, dd1)][PAD_(d2, dd2)]
#define POLYBENCH_3D(var, d1, d2, d3, dd1, dd2, dd3) \
    var[POLYBENCH_RESTRICT PAD_(d1, dd1)][PAD_(d2, dd2)][PAD_(d3, dd3)]

#define POLYBENCH_ARRAY(x) *x
#define POLYBENCH_FREE_ARRAY(x) polybench_free_data((void *)x);
#define POLYBENCH_DECL_VAR(x) (*x)

#define PADDED_(n) ((n) + POLYBENCH_PADDING_FACTOR)
#define POLYBENCH_ALLOC_1D_ARRAY(n1, type) \
    (type(*)[PADDED_(n1)]) polybench_alloc_data(PADDED_(n1), sizeof(type))
#define POLYBENCH_ALLOC_2D_ARRAY(n1, n2, type) \
    (type(*)[PADDED_(n1)][PADDED_(n2)]) polybench_alloc_data(PADDED_(n1) * PADDED_(n2), sizeof(type))
#define POLYBENCH_ALLOC_3D_ARRAY(n1, n2, n3, type) \
    (type(*)[PADDED_(n1)][PADDED_(n2)][PADDED_(n3)]) polybench_alloc_data( \
        PADDED_(n1) * PADDED_(n2) * PADDED_(n3), sizeof(type))

#define PLAIN_1D_(var, d1) var[PADDED_(d1)]
#define PLAIN_2D_(var, d1, d2) var[PADDED_(d1)][PADDED_(d2)]
#define PLAIN_3D_(var, d1, d2, d3) var[PADDED_(d1)][PADDED_(d2)][PADDED_(d3)]
#define POLYBENCH_1D_ARRAY_DECL(var, type, d1, dd1) \
    type PLAIN_1D_(POLYBENCH_DECL_VAR(var), POLYBENCH_C99_SELECT(d1, dd1)); \
    var = POLYBENCH_ALLOC_1D_ARRAY(POLYBENCH_C99_SELECT(d1, dd1), type);
#define POLYBENCH_2D_ARRAY_DECL(var, type, d1, d2, dd1, dd2) \
    type PLAIN_2D_(POLYBENCH_DECL_VAR(var), POLYBENCH_C99_SELECT(d1, dd1), POLYBENCH_C99_SELECT(d2, dd2)); \
    var = POLYBENCH_ALLOC_2D_ARRAY(POLYBENCH_C99_SELECT(d1, dd1), POLYBENCH_C99_SELECT(d2, dd2), type);
#define POLYBENCH_3D_ARRAY_DECL(var, type, d1, d2, d3, dd1, dd2, dd3) \
    type PLAIN_3D_(POLYBENCH_DECL_VAR(var), POLYBENCH_C99_SELECT(d1, dd1), POLYBENCH_C99_SELECT(d2, dd2), \
                   POLYBENCH_C99_SELECT(d3, dd3)); \
    var = POLYBENCH_ALLOC_3D_ARRAY(POLYBENCH_C99_SELECT(d1, dd1), POLYBENCH_C99_SELECT(d2, dd2), \
                                   POLYBENCH_C99_SELECT(d3, dd3), type);

/* Without the dump, a condition that no run fulfils keeps the results alive. */
#ifdef POLYBENCH_DUMP_ARRAYS
#define POLYBENCH_DCE_ONLY_CODE
#define polybench_prevent_dce(func) func
#else
#define polybench_prevent_dce(func) \
    if (argc > 42 && !strcmp(argv[0], "")) \
    func
#endif

#define POLYBENCH_DUMP_TARGET stderr
#define POLYBENCH_DUMP_START fprintf(POLYBENCH_DUMP_TARGET, "==BEGIN DUMP_ARRAYS==\n")
#define POLYBENCH_DUMP_FINISH fprintf(POLYBENCH_DUMP_TARGET, "==END   DUMP_ARRAYS==\n")
#define POLYBENCH_DUMP_BEGIN(s) fprintf(POLYBENCH_DUMP_TARGET, "begin dump: %s", s)
#define POLYBENCH_DUMP_END(s) fprintf(POLYBENCH_DUMP_TARGET, "\nend   dump: %s\n", s)

#define polybench_start_instruments
#define polybench_stop_instruments
#define polybench_print_instruments
#ifdef POLYBENCH_TIME
#undef polybench_start_instruments
#undef polybench_stop_instruments
#undef polybench_print_instruments
#define polybench_start_instruments \
    polybench_flush_cache(); \
    polybench_timer_start();
#define polybench_stop_instruments polybench_timer_stop();
#define polybench_print_instruments polybench_timer_print();
#endif

extern void *polybench_alloc_data(unsigned long long int n, int elt_size);
extern void polybench_free_data(void *ptr);
extern void polybench_flush_cache(void);
extern void polybench_timer_start(void);
extern void polybench_timer_stop(void);
extern void polybench_timer_print(void);

#endif
