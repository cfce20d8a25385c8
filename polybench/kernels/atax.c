/* atax: y = A^T (A x). */
#include "common.h"

#if defined(MINI_DATASET)
#define M 38
#define N 42
#elif defined(SMALL_DATASET)
#define M 116
#define N 124
#elif defined(MEDIUM_DATASET)
#define M 390
#define N 410
#elif defined(LARGE_DATASET)
#define M 1900
#define N 2100
#elif defined(EXTRALARGE_DATASET)
#define M 1800
#define N 2200
#endif

static void init_array(int m, int n, double A[M][N], double x[N])
{
    int i, j;
    for (i = 0; i < n; i++)
        x[i] = 1.0 + fraction(i, 7);
    for (i = 0; i < m; i++)
        for (j = 0; j < n; j++)
            A[i][j] = fraction(i, j) - 0.5;
}

static void kernel_atax(int m, int n, double A[M][N], double x[N], double y[N], double tmp[M])
{
    int i, j;
#pragma scop
    for (i = 0; i < n; i++)
        y[i] = 0;
    for (i = 0; i < m; i++) {
        tmp[i] = 0.0;
        for (j = 0; j < n; j++)
            tmp[i] = tmp[i] + A[i][j] * x[j];
        for (j = 0; j < n; j++)
            y[j] = y[j] + A[i][j] * tmp[i];
    }
#pragma endscop
}

int main(void)
{
    double(*A)[M][N] = allocate(sizeof *A);
    double(*x)[N] = allocate(sizeof *x);
    double(*y)[N] = allocate(sizeof *y);
    double(*tmp)[M] = allocate(sizeof *tmp);

    init_array(M, N, *A, *x);
    TIMED(kernel_atax(M, N, *A, *x, *y, *tmp));
    report_double("y", *y, N);

    free(A);
    free(x);
    free(y);
    free(tmp);
    return 0;
}
