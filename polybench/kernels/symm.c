/* symm: C = alpha A B + beta C, where A is symmetric and only its lower triangle is read. */
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

static void init_array(int m, int n, double *alpha, double *beta, double C[M][N], double A[M][M], double B[M][N])
{
    int i, j;
    *alpha = 1.5;
    *beta = 1.25;
    for (i = 0; i < m; i++)
        for (j = 0; j < n; j++) {
            C[i][j] = fraction(i, j);
            B[i][j] = fraction(i + 1, j + 1) - 0.5;
        }
    /* the upper triangle holds a value that would show in the result */
    for (i = 0; i < m; i++)
        for (j = 0; j < m; j++)
            A[i][j] = j <= i ? fraction(i, j + 2) : -999.0;
}

static void kernel_symm(int m, int n, double alpha, double beta, double C[M][N], double A[M][M], double B[M][N])
{
    int i, j, k;
    double temp2;
#pragma scop
    for (i = 0; i < m; i++)
        for (j = 0; j < n; j++) {
            temp2 = 0;
            for (k = 0; k < i; k++) {
                C[k][j] += alpha * B[i][j] * A[i][k];
                temp2 += B[k][j] * A[i][k];
            }
            C[i][j] = beta * C[i][j] + alpha * B[i][j] * A[i][i] + alpha * temp2;
        }
#pragma endscop
}

int main(void)
{
    double alpha, beta;
    double(*C)[M][N] = allocate(sizeof *C);
    double(*A)[M][M] = allocate(sizeof *A);
    double(*B)[M][N] = allocate(sizeof *B);

    init_array(M, N, &alpha, &beta, *C, *A, *B);
    TIMED(kernel_symm(M, N, alpha, beta, *C, *A, *B));
    report_double("C", &(*C)[0][0], (size_t)M * N);

    free(C);
    free(A);
    free(B);
    return 0;
}
