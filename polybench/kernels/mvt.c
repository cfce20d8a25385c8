/* mvt: x1 += A y1 and x2 += A^T y2. */
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

static void init_array(int n, double x1[N], double x2[N], double y_1[N], double y_2[N], double A[N][N])
{
    int i, j;
    for (i = 0; i < n; i++) {
        x1[i] = fraction(i, 1);
        x2[i] = fraction(i, 2) - 0.5;
        y_1[i] = fraction(i, 3);
        y_2[i] = fraction(i, 4) + 0.25;
        for (j = 0; j < n; j++)
            A[i][j] = fraction(i, j + 5) - 0.25;
    }
}

static void kernel_mvt(int n, double x1[N], double x2[N], double y_1[N], double y_2[N], double A[N][N])
{
    int i, j;
#pragma scop
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            x1[i] = x1[i] + A[i][j] * y_1[j];
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            x2[i] = x2[i] + A[j][i] * y_2[j];
#pragma endscop
}

int main(void)
{
    double(*A)[N][N] = allocate(sizeof *A);
    double(*x1)[N] = allocate(sizeof *x1);
    double(*x2)[N] = allocate(sizeof *x2);
    double(*y_1)[N] = allocate(sizeof *y_1);
    double(*y_2)[N] = allocate(sizeof *y_2);

    init_array(N, *x1, *x2, *y_1, *y_2, *A);
    TIMED(kernel_mvt(N, *x1, *x2, *y_1, *y_2, *A));
    report_double("x1", *x1, N);
    report_double("x2", *x2, N);

    free(A);
    free(x1);
    free(x2);
    free(y_1);
    free(y_2);
    return 0;
}
