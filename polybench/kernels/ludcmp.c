/* ludcmp: solves A x = b by an LU decomposition in place, a forward and a back substitution. */
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

static void init_array(int n, double A[N][N], double b[N], double x[N], double y[N])
{
    int i, j;
    for (i = 0; i < n; i++) {
        b[i] = (double)n * (fraction(i, 1) - 0.5);
        x[i] = 0.0;
        y[i] = 0.0;
        for (j = 0; j < n; j++)
            A[i][j] = i == j ? (double)n + fraction(i, j) : fraction(i, j) - 0.25;
    }
}

static void kernel_ludcmp(int n, double A[N][N], double b[N], double x[N], double y[N])
{
    int i, j, k;
    double w;
#pragma scop
    for (i = 0; i < n; i++) {
        for (j = 0; j < i; j++) {
            w = A[i][j];
            for (k = 0; k < j; k++) {
                w -= A[i][k] * A[k][j];
            }
            A[i][j] = w / A[j][j];
        }
        for (j = i; j < n; j++) {
            w = A[i][j];
            for (k = 0; k < i; k++) {
                w -= A[i][k] * A[k][j];
            }
            A[i][j] = w;
        }
    }

    for (i = 0; i < n; i++) {
        w = b[i];
        for (j = 0; j < i; j++)
            w -= A[i][j] * y[j];
        y[i] = w;
    }

    for (i = n - 1; i >= 0; i--) {
        w = y[i];
        for (j = i + 1; j < n; j++)
            w -= A[i][j] * x[j];
        x[i] = w / A[i][i];
    }
#pragma endscop
}

int main(void)
{
    double(*A)[N][N] = allocate(sizeof *A);
    double(*b)[N] = allocate(sizeof *b);
    double(*x)[N] = allocate(sizeof *x);
    double(*y)[N] = allocate(sizeof *y);

    init_array(N, *A, *b, *x, *y);
    TIMED(kernel_ludcmp(N, *A, *b, *x, *y));
    report_double("x", *x, N);

    free(A);
    free(b);
    free(x);
    free(y);
    return 0;
}
