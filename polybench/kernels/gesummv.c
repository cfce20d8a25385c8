/* gesummv: y = alpha A x + beta B x. */
#include "common.h"

#if defined(MINI_DATASET)
#define N 30
#elif defined(SMALL_DATASET)
#define N 90
#elif defined(MEDIUM_DATASET)
#define N 250
#elif defined(LARGE_DATASET)
#define N 1300
#elif defined(EXTRALARGE_DATASET)
#define N 2800
#endif

static void init_array(int n, double *alpha, double *beta, double A[N][N], double B[N][N], double x[N])
{
    int i, j;
    *alpha = 1.5;
    *beta = 1.25;
    for (i = 0; i < n; i++) {
        x[i] = fraction(i, 1);
        for (j = 0; j < n; j++) {
            A[i][j] = fraction(i, j + 2) - 0.5;
            B[i][j] = fraction(i + 1, j + 3);
        }
    }
}

static void kernel_gesummv(int n, double alpha, double beta, double A[N][N], double B[N][N], double tmp[N], double x[N],
                           double y[N])
{
    int i, j;
#pragma scop
    for (i = 0; i < n; i++) {
        tmp[i] = 0.0;
        y[i] = 0.0;
        for (j = 0; j < n; j++) {
            tmp[i] = A[i][j] * x[j] + tmp[i];
            y[i] = B[i][j] * x[j] + y[i];
        }
        y[i] = alpha * tmp[i] + beta * y[i];
    }
#pragma endscop
}

int main(void)
{
    double alpha, beta;
    double(*A)[N][N] = allocate(sizeof *A);
    double(*B)[N][N] = allocate(sizeof *B);
    double(*tmp)[N] = allocate(sizeof *tmp);
    double(*x)[N] = allocate(sizeof *x);
    double(*y)[N] = allocate(sizeof *y);

    init_array(N, &alpha, &beta, *A, *B, *x);
    TIMED(kernel_gesummv(N, alpha, beta, *A, *B, *tmp, *x, *y));
    report_double("y", *y, N);

    free(A);
    free(B);
    free(tmp);
    free(x);
    free(y);
    return 0;
}
