/* What every kernel program needs around its kernel: memory, initial values, a timer, a report.
 *
 * Compile with -DMINI_DATASET, -DSMALL_DATASET, -DMEDIUM_DATASET (the default), -DLARGE_DATASET or
 * -DEXTRALARGE_DATASET. The program prints one checksum an output array; with -DDUMP it prints every
 * element exactly instead, and with -DTIME the kernel's seconds on stderr.
 *
 * Must be included before any system header.
 */
#ifndef LOOPWRIGHT_KERNELS_COMMON_H
#define LOOPWRIGHT_KERNELS_COMMON_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200112L
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if !defined(MINI_DATASET) && !defined(SMALL_DATASET) && !defined(MEDIUM_DATASET) && !defined(LARGE_DATASET) \
    && !defined(EXTRALARGE_DATASET)
#define MEDIUM_DATASET
#endif

#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wunknown-pragmas" /* the scop pragmas are for optimizers, not for this compiler */
#endif

/* Uninitialized memory; the program ends if there is none. */
static inline void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (memory == NULL) {
        fprintf(stderr, "out of memory: %lu bytes\n", (unsigned long)bytes);
        exit(1);
    }
    return memory;
}

/* A well mixed 32-bit number that depends on (a, b) only. */
static inline unsigned int scatter(unsigned int a, unsigned int b)
{
    unsigned int x = a * 0x9e3779b1u ^ (b + 0x7f4a7c15u) * 0x85ebca6bu;
    x = (x ^ x >> 15) * 0x2c1b3c6du;
    x = (x ^ x >> 12) * 0x297a2d39u;
    return x ^ x >> 15;
}

/* A value in [0, 1) that depends on (a, b) only; exact in single precision. */
static inline double fraction(int a, int b)
{
    return (double)(scatter((unsigned int)a, (unsigned int)b) >> 8) / 16777216.0;
}

static inline double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#ifdef TIME
#define TIMED(call) \
    do { \
        double start_ = seconds_now(); \
        call; \
        fprintf(stderr, "%.9f\n", seconds_now() - start_); \
    } while (0)
#else
#define TIMED(call) call
#endif

/* The sum of the magnitudes, each weighted by its place, so that a misplaced element shows. */
static inline double checksum_term(double value, size_t place)
{
    return fabs(value) * (1.0 + (double)(place % 31) / 32.0);
}

/* Print the array `name` of `rows` x `columns` elements of `type`, whose rows lie `stride` elements apart. */
#define DEFINE_REPORT(type, format) \
    static inline void report_block_##type( \
        const char *name, const type *values, size_t rows, size_t columns, size_t stride) \
    { \
        double checksum = 0.0; \
        size_t row, column; \
        for (row = 0; row < rows; row++) \
            for (column = 0; column < columns; column++) { \
                type value = values[row * stride + column]; \
                checksum += checksum_term((double)value, row * columns + column); \
                if (dump_wanted) \
                    printf(format "%c", value, column + 1 < columns ? ' ' : '\n'); \
            } \
        if (!dump_wanted) \
            printf("%s %.6e\n", name, checksum); \
    } \
    static inline void report_##type(const char *name, const type *values, size_t count) \
    { \
        report_block_##type(name, values, 1, count, count); \
    }

#ifdef DUMP
enum { dump_wanted = 1 };
#else
enum { dump_wanted = 0 };
#endif

DEFINE_REPORT(double, "%a")
DEFINE_REPORT(float, "%a")
DEFINE_REPORT(int, "%d")

#endif
