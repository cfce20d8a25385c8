/* syr2k: the lower triangle of C = alpha A B^T + alpha B A^T + beta C. */
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

static void init_array(int m, int n, double *alpha, double *beta, double C[N][N], double A[N][M], double B[N][M])
{
    int i, j;
    *alpha = 1.5;
    *beta = 1.25;
    for (i = 0; i < n; i++)
        for (j = 0; j < m; j++) {
            A[i][j] = fraction(i, j) - 0.25;
            B[i][j] = fraction(i, j + 1);
        }
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            C[i][j] = fraction(i + 1, j + 2);
}

static void kernel_syr2k(int m, int n, double alpha, double beta, double C[N][N], double A[N][M], double B[N][M])
{
    int i, j, k;
#pragma scop
    for (i = 0; i < n; i++) {
        for (j = 0; j <= i; j++)
            C[i][j] *= beta;
        for (k = 0; k < m; k++)
            for (j = 0; j <= i; j++) {
                C[i][j] += A[j][k] * alpha * B[i][k] + B[j][k] * alpha * A[i][k];
            }
    }
#pragma endscop
}

int main(void)
{
    double alpha, beta;
    double(*C)[N][N] = allocate(sizeof *C);
    double(*A)[N][M] = allocate(sizeof *A);
    double(*B)[N][M] = allocate(sizeof *B);

    init_array(M, N, &alpha, &beta, *C, *A, *B);
    TIMED(kernel_syr2k(M, N, alpha, beta, *C, *A, *B));
    report_double("C", &(*C)[0][0], (size_t)N * N);

    free(C);
    free(A);
    free(B);
    return 0;
}
