/* seidel-2d: nine-point smoothing in place, in the order of Gauss and Seidel. */
#include "common.h"

#if defined(MINI_DATASET)
#define TSTEPS 20
#define N 40
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

static void init_array(int n, double A[N][N])
{
    int i, j;
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            A[i][j] = 1.0 + fraction(i, j);
}

static void kernel_seidel_2d(int tsteps, int n, double A[N][N])
{
    int t, i, j;
#pragma scop
    for (t = 0; t <= tsteps - 1; t++)
        for (i = 1; i <= n - 2; i++)
            for (j = 1; j <= n - 2; j++)
                A[i][j] = (A[i - 1][j - 1] + A[i - 1][j] + A[i - 1][j + 1] + A[i][j - 1] + A[i][j] + A[i][j + 1]
                           + A[i + 1][j - 1] + A[i + 1][j] + A[i + 1][j + 1])
                          / 9.0;
#pragma endscop
}

int main(void)
{
    double(*A)[N][N] = allocate(sizeof *A);

    init_array(N, *A);
    TIMED(kernel_seidel_2d(TSTEPS, N, *A));
    report_double("A", &(*A)[0][0], (size_t)N * N);

    free(A);
    return 0;
}
