/* The functions behind the look-alike header: memory and a timer. Linked to each program as a second source. */
#define _POSIX_C_SOURCE 200112L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "polybench.h"

static double started, stopped;

void *polybench_alloc_data(unsigned long long int n, int elt_size)
{
    void *memory = NULL;
    if (posix_memalign(&memory, 4096, (size_t)n * (size_t)elt_size) != 0 || memory == NULL) {
        fprintf(stderr, "[PolyBench] posix_memalign: cannot allocate memory");
        exit(1);
    }
    return memory;
}

void polybench_free_data(void *ptr)
{
    free(ptr);
}

void polybench_flush_cache(void)
{
    size_t count = (size_t)4 * 1024 * 1024 / sizeof(double), i;
    double *flush = calloc(count, sizeof *flush), sum = 0.0;
    for (i = 0; i < count; i++)
        sum += flush[i];
    if (sum > 10.0)
        exit(1);
    free(flush);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void polybench_timer_start(void)
{
    started = now();
}

void polybench_timer_stop(void)
{
    stopped = now();
}

void polybench_timer_print(void)
{
    printf("%0.6f\n", stopped - started);
}
