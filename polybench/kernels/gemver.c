/* gemver: A += u1 v1^T + u2 v2^T; x += beta A^T y + z; w += alpha A x. */
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

static void init_array(int n, double *alpha, double *beta, double A[N][N], double u1[N], double v1[N], double u2[N],
                       double v2[N], double w[N], double x[N], double y[N], double z[N])
{
    int i, j;
    *alpha = 0.5;
    *beta = 1.5;
    for (i = 0; i < n; i++) {
        u1[i] = fraction(i, 1);
        v1[i] = fraction(i, 2) - 0.5;
        u2[i] = fraction(i, 3) - 0.25;
        v2[i] = fraction(i, 4);
        y[i] = fraction(i, 5) - 0.5;
        z[i] = fraction(i, 6);
        x[i] = 0.0;
        w[i] = 0.0;
        for (j = 0; j < n; j++)
            A[i][j] = fraction(i, j + 7);
    }
}

static void kernel_gemver(int n, double alpha, double beta, double A[N][N], double u1[N], double v1[N], double u2[N],
                          double v2[N], double w[N], double x[N], double y[N], double z[N])
{
    int i, j;
#pragma scop
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            A[i][j] = A[i][j] + u1[i] * v1[j] + u2[i] * v2[j];

    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            x[i] = x[i] + beta * A[j][i] * y[j];

    for (i = 0; i < n; i++)
        x[i] = x[i] + z[i];

    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            w[i] = w[i] + alpha * A[i][j] * x[j];
#pragma endscop
}

int main(void)
{
    double alpha, beta;
    double(*A)[N][N] = allocate(sizeof *A);
    double(*u1)[N] = allocate(sizeof *u1);
    double(*v1)[N] = allocate(sizeof *v1);
    double(*u2)[N] = allocate(sizeof *u2);
    double(*v2)[N] = allocate(sizeof *v2);
    double(*w)[N] = allocate(sizeof *w);
    double(*x)[N] = allocate(sizeof *x);
    double(*y)[N] = allocate(sizeof *y);
    double(*z)[N] = allocate(sizeof *z);

    init_array(N, &alpha, &beta, *A, *u1, *v1, *u2, *v2, *w, *x, *y, *z);
    TIMED(kernel_gemver(N, alpha, beta, *A, *u1, *v1, *u2, *v2, *w, *x, *y, *z));
    report_double("w", *w, N);

    free(A);
    free(u1);
    free(v1);
    free(u2);
    free(v2);
    free(w);
    free(x);
    free(y);
    free(z);
    return 0;
}
