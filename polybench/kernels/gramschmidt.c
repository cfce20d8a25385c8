/* gramschmidt: the modified Gram-Schmidt process; A = Q R with orthonormal columns of Q. A ends as the residual. */
#include "common.h"

#if defined(MINI_DATASET)
#define M 20
#define N 30
#elif defined(SMALL_DATASET)
#define M 60
#define N 80
#elif defined(MEDIUM_DATASET)
#define M 200
#define N 240
#elif defined(LARGE_DATASET)
#define M 1000
#define N 1200
#elif defined(EXTRALARGE_DATASET)
#define M 2000
#define N 2600
#endif

static void init_array(int m, int n, double A[M][N], double R[N][N], double Q[M][N])
{
    int i, j;
    for (i = 0; i < m; i++)
        for (j = 0; j < n; j++) {
            A[i][j] = fraction(i, j) + (i == j ? 2.0 : 0.0);
            Q[i][j] = 0.0;
        }
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            R[i][j] = 0.0;
}

static void kernel_gramschmidt(int m, int n, double A[M][N], double R[N][N], double Q[M][N])
{
    int i, j, k;
    double nrm;
#pragma scop
    for (k = 0; k < n; k++) {
        nrm = 0.0;
        for (i = 0; i < m; i++)
            nrm += A[i][k] * A[i][k];
        R[k][k] = sqrt(nrm);
        for (i = 0; i < m; i++)
            Q[i][k] = A[i][k] / R[k][k];
        for (j = k + 1; j < n; j++) {
            R[k][j] = 0.0;
            for (i = 0; i < m; i++)
                R[k][j] += Q[i][k] * A[i][j];
            for (i = 0; i < m; i++)
                A[i][j] = A[i][j] - Q[i][k] * R[k][j];
        }
    }
#pragma endscop
}

int main(void)
{
    /* There are more columns than rows, so columns M, M+1, ... of Q are made of rounding errors: finite, the same in
     * every run, but no measure of correctness once a compiler contracts or reorders. The checksums leave them out. */
    size_t meaningful = dump_wanted || N < M ? N : M;
    double(*A)[M][N] = allocate(sizeof *A);
    double(*R)[N][N] = allocate(sizeof *R);
    double(*Q)[M][N] = allocate(sizeof *Q);

    init_array(M, N, *A, *R, *Q);
    TIMED(kernel_gramschmidt(M, N, *A, *R, *Q));
    report_block_double("R", &(*R)[0][0], meaningful, N, N);
    report_block_double("Q", &(*Q)[0][0], M, meaningful, N);

    free(A);
    free(R);
    free(Q);
    return 0;
}
