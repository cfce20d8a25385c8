/* trmm: B = alpha A^T B, where A is lower triangular with an implicit unit diagonal. */
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

static void init_array(int m, int n, double *alpha, double A[M][M], double B[M][N])
{
    int i, j;
    *alpha = 1.5;
    for (i = 0; i < m; i++)
        for (j = 0; j < m; j++)
            A[i][j] = j < i ? fraction(i, j) - 0.5 : -999.0;
    for (i = 0; i < m; i++)
        for (j = 0; j < n; j++)
            B[i][j] = fraction(i + 1, j + 1);
}

static void kernel_trmm(int m, int n, double alpha, double A[M][M], double B[M][N])
{
    int i, j, k;
#pragma scop
    for (i = 0; i < m; i++)
        for (j = 0; j < n; j++) {
            for (k = i + 1; k < m; k++)
                B[i][j] += A[k][i] * B[k][j];
            B[i][j] = alpha * B[i][j];
        }
#pragma endscop
}

int main(void)
{
    double alpha;
    double(*A)[M][M] = allocate(sizeof *A);
    double(*B)[M][N] = allocate(sizeof *B);

    init_array(M, N, &alpha, *A, *B);
    TIMED(kernel_trmm(M, N, alpha, *A, *B));
    report_double("B", &(*B)[0][0], (size_t)M * N);

    free(A);
    free(B);
    return 0;
}
