/* jacobi-1d: three-point smoothing, two half steps a turn, A to B and back. */
#include "common.h"

#if defined(MINI_DATASET)
#define TSTEPS 20
#define N 30
#elif defined(SMALL_DATASET)
#define TSTEPS 40
#define N 120
#elif defined(MEDIUM_DATASET)
#define TSTEPS 100
#define N 400
#elif defined(LARGE_DATASET)
#define TSTEPS 500
#define N 2000
#elif defined(EXTRALARGE_DATASET)
#define TSTEPS 1000
#define N 4000
#endif

static void init_array(int n, double A[N], double B[N])
{
    int i;
    for (i = 0; i < n; i++) {
        A[i] = 1.0 + fraction(i, 1);
        B[i] = 1.0 + fraction(i, 2);
    }
}

static void kernel_jacobi_1d(int tsteps, int n, double A[N], double B[N])
{
    int t, i;
#pragma scop
    for (t = 0; t < tsteps; t++) {
        for (i = 1; i < n - 1; i++)
            B[i] = 0.33333 * (A[i - 1] + A[i] + A[i + 1]);
        for (i = 1; i < n - 1; i++)
            A[i] = 0.33333 * (B[i - 1] + B[i] + B[i + 1]);
    }
#pragma endscop
}

int main(void)
{
    double(*A)[N] = allocate(sizeof *A);
    double(*B)[N] = allocate(sizeof *B);

    init_array(N, *A, *B);
    TIMED(kernel_jacobi_1d(TSTEPS, N, *A, *B));
    report_double("A", *A, N);

    free(A);
    free(B);
    return 0;
}
