/* How fast the processors are just now: multiply-adds in registers, and streams through arrays of a given total size.
 *
 * probe THREADS MILLISECONDS BYTES CPU...   prints "double", "float" (GFLOP/s), "triad" and "read" (GB/s), one a line.
 * Each thread is pinned to one of the CPUs in turn. All figures are the best of a few windows of MILLISECONDS, summed
 * over the threads. Triad counts 24 bytes for each a[i] = b[i] + s * c[i], as STREAM does.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define MOST_THREADS 1024
#define WINDOWS 3
#define BLOCK 4096L /* rounds of the accumulators between two looks at the clock */

typedef double doubles __attribute__((vector_size(VECTOR_BYTES)));
typedef float floats __attribute__((vector_size(VECTOR_BYTES)));

static int threads, cpus, cpu[MOST_THREADS];
static double window_s;
static size_t length; /* elements of each array of one thread */
static pthread_barrier_t barrier;
static double done[MOST_THREADS], ended[MOST_THREADS], begun;
static volatile double sink;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* 12 accumulators hide the latency of two units of five cycles and fit with the constants into 16 registers */
#define MULTIPLY_ADDS(TYPE, ELEMENT)                                                                                  \
  __attribute__((noinline)) static double TYPE##_block(void) {                                                       \
    TYPE m = (TYPE){0} + (ELEMENT)0.999, c = (TYPE){0} + (ELEMENT)0.001;                                             \
    TYPE a0 = c, a1 = c * 2, a2 = c * 3, a3 = c * 4, a4 = c * 5, a5 = c * 6, a6 = c * 7, a7 = c * 8, a8 = c * 9;     \
    TYPE a9 = c * 10, a10 = c * 11, a11 = c * 12; /* all different, or the compiler keeps one */                     \
    for (long i = 0; i < BLOCK; i++) {                                                                               \
      a0 = a0 * m + c, a1 = a1 * m + c, a2 = a2 * m + c, a3 = a3 * m + c;                                            \
      a4 = a4 * m + c, a5 = a5 * m + c, a6 = a6 * m + c, a7 = a7 * m + c;                                            \
      a8 = a8 * m + c, a9 = a9 * m + c, a10 = a10 * m + c, a11 = a11 * m + c;                                        \
    }                                                                                                                \
    TYPE sum = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11;                                          \
    sink = (double)sum[0];                                                                                           \
    return 12.0 * BLOCK * 2.0 * (VECTOR_BYTES / sizeof(ELEMENT));                                                    \
  }
MULTIPLY_ADDS(doubles, double)
MULTIPLY_ADDS(floats, float)

static double triad(double *restrict a, const double *restrict b, const double *restrict c) {
  for (size_t i = 0; i < length; i++)
    a[i] = b[i] + 3.0 * c[i];
  return 24.0 * (double)length;
}

static double reading(const double *a, size_t count) {
  doubles sums[8] = {{0}};
  const size_t lanes = VECTOR_BYTES / sizeof(double);
  size_t i = 0;
  for (; i + 8 * lanes <= count; i += 8 * lanes)
    for (size_t k = 0; k < 8; k++) {
      doubles part;
      memcpy(&part, a + i + k * lanes, sizeof part);
      sums[k] += part;
    }
  double total = 0.0;
  for (; i < count; i++)
    total += a[i];
  for (size_t k = 0; k < 8; k++)
    total += sums[k][0];
  sink = total;
  return 8.0 * (double)count;
}

static double step(int kind, double *a) {
  switch (kind) {
  case 0: return doubles_block();
  case 1: return floats_block();
  case 2: return triad(a, a + length, a + 2 * length);
  default: return reading(a, 3 * length);
  }
}

static void pin(int self) {
  if (cpus == 0)
    return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu[self % cpus], &one);
  sched_setaffinity(0, sizeof one, &one);
}

static const char *const names[] = {"double", "float", "triad", "read"};

static void measure(int self, int kind, double *a) {
  double best = 0.0;
  for (int window = 0; window < WINDOWS; window++) {
    pthread_barrier_wait(&barrier);
    if (self == 0)
      begun = now();
    pthread_barrier_wait(&barrier);
    double work = 0.0, time;
    do {
      for (double least = work + 1e5; work < least;) /* the clock is read every few microseconds */
        work += step(kind, a);
      time = now();
    } while (time < begun + window_s);
    done[self] = work;
    ended[self] = time;
    pthread_barrier_wait(&barrier);
    if (self == 0) {
      double sum = 0.0;
      for (int t = 0; t < threads; t++)
        sum += done[t] / (ended[t] - begun);
      if (sum > best)
        best = sum;
    }
  }
  if (self == 0)
    printf("%s %.6g\n", names[kind], best * 1e-9);
}

static void *run(void *argument) {
  int self = (int)(size_t)argument;
  pin(self);
  double *a = malloc(3 * length * sizeof *a);
  if (a == NULL)
    exit(1);
  for (size_t i = 0; i < 3 * length; i++)
    a[i] = 1.0;
  for (int kind = 0; kind < 4; kind++)
    measure(self, kind, a);
  free(a);
  return NULL;
}

int main(int count, char **words) {
  if (count < 4)
    return 2;
  threads = atoi(words[1]);
  window_s = 1e-3 * atof(words[2]);
  if (threads < 1 || threads > MOST_THREADS)
    return 2;
  length = (size_t)(atof(words[3]) / (24.0 * threads));
  if (length < 64)
    length = 64;
  cpus = count - 4 < MOST_THREADS ? count - 4 : MOST_THREADS;
  for (int i = 0; i < cpus; i++)
    cpu[i] = atoi(words[4 + i]);
  if (pthread_barrier_init(&barrier, NULL, (unsigned)threads) != 0)
    return 1;
  pthread_t others[MOST_THREADS];
  for (int t = 1; t < threads; t++)
    if (pthread_create(&others[t], NULL, run, (void *)(size_t)t) != 0)
      return 1;
  run(NULL);
  for (int t = 1; t < threads; t++)
    pthread_join(others[t], NULL);
  return 0;
}
