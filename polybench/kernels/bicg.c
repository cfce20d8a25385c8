/* bicg: the two products of the biconjugate gradient method, s = A^T r and q = A p. */
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

static void init_array(int m, int n, double A[N][M], double r[N], double p[M])
{
    int i, j;
    for (i = 0; i < m; i++)
        p[i] = fraction(i, 3) + 0.125;
    for (i = 0; i < n; i++) {
        r[i] = fraction(i, 5) - 0.25;
        for (j = 0; j < m; j++)
            A[i][j] = fraction(i, j);
    }
}

static void kernel_bicg(int m, int n, double A[N][M], double s[M], double q[N], double p[M], double r[N])
{
    int i, j;
#pragma scop
    for (i = 0; i < m; i++)
        s[i] = 0;
    for (i = 0; i < n; i++) {
        q[i] = 0.0;
        for (j = 0; j < m; j++) {
            s[j] = s[j] + r[i] * A[i][j];
            q[i] = q[i] + A[i][j] * p[j];
        }
    }
#pragma endscop
}

int main(void)
{
    double(*A)[N][M] = allocate(sizeof *A);
    double(*s)[M] = allocate(sizeof *s);
    double(*q)[N] = allocate(sizeof *q);
    double(*p)[M] = allocate(sizeof *p);
    double(*r)[N] = allocate(sizeof *r);

    init_array(M, N, *A, *r, *p);
    TIMED(kernel_bicg(M, N, *A, *s, *q, *p, *r));
    report_double("s", *s, M);
    report_double("q", *q, N);

    free(A);
    free(s);
    free(q);
    free(p);
    free(r);
    return 0;
}
