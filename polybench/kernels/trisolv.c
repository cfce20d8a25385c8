/* trisolv: solves L x = b for a lower triangular L. */
#include "common.h"

#if defined(MINI_DATASET)
#define N 40
#elif defined(SMALL_DATASET)
#define N 120
#elif defined(MEDIUM_DATASET)
#define N 400
#elif defined(LARGE_DATASET)
#define N 2000
#elif defined(EXTRALARGE_DATASET)
#define N 4000
#endif

static void init_array(int n, double L[N][N], double x[N], double b[N])
{
    int i, j;
    for (i = 0; i < n; i++) {
        x[i] = -999.0;
        b[i] = fraction(i, 1) * (double)n;
        for (j = 0; j < n; j++)
            L[i][j] = j < i ? fraction(i, j) - 0.5 : -999.0;
        L[i][i] = (double)n / 2.0 + fraction(i, i);
    }
}

static void kernel_trisolv(int n, double L[N][N], double x[N], double b[N])
{
    int i, j;
#pragma scop
    for (i = 0; i < n; i++) {
        x[i] = b[i];
        for (j = 0; j < i; j++)
            x[i] -= L[i][j] * x[j];
        x[i] = x[i] / L[i][i];
    }
#pragma endscop
}

int main(void)
{
    double(*L)[N][N] = allocate(sizeof *L);
    double(*x)[N] = allocate(sizeof *x);
    double(*b)[N] = allocate(sizeof *b);

    init_array(N, *L, *x, *b);
    TIMED(kernel_trisolv(N, *L, *x, *b));
    report_double("x", *x, N);

    free(L);
    free(x);
    free(b);
    return 0;
}
