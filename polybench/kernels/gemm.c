/* gemm: C = beta C + alpha A B. */
#include "common.h"

#if defined(MINI_DATASET)
#define NI 20
#define NJ 25
#define NK 30
#elif defined(SMALL_DATASET)
#define NI 60
#define NJ 70
#define NK 80
#elif defined(MEDIUM_DATASET)
#define NI 200
#define NJ 220
#define NK 240
#elif defined(LARGE_DATASET)
#define NI 1000
#define NJ 1100
#define NK 1200
#elif defined(EXTRALARGE_DATASET)
#define NI 2000
#define NJ 2300
#define NK 2600
#endif

static void init_array(int ni, int nj, int nk, double *alpha, double *beta, double C[NI][NJ], double A[NI][NK],
                       double B[NK][NJ])
{
    int i, j;
    *alpha = 1.25;
    *beta = 0.75;
    for (i = 0; i < ni; i++)
        for (j = 0; j < nj; j++)
            C[i][j] = fraction(i, j);
    for (i = 0; i < ni; i++)
        for (j = 0; j < nk; j++)
            A[i][j] = fraction(i + 1, j) - 0.5;
    for (i = 0; i < nk; i++)
        for (j = 0; j < nj; j++)
            B[i][j] = fraction(i, j + 2);
}

static void kernel_gemm(int ni, int nj, int nk, double alpha, double beta, double C[NI][NJ], double A[NI][NK],
                        double B[NK][NJ])
{
    int i, j, k;
#pragma scop
    for (i = 0; i < ni; i++) {
        for (j = 0; j < nj; j++)
            C[i][j] *= beta;
        for (k = 0; k < nk; k++) {
            for (j = 0; j < nj; j++)
                C[i][j] += alpha * A[i][k] * B[k][j];
        }
    }
#pragma endscop
}

int main(void)
{
    double alpha, beta;
    double(*C)[NI][NJ] = allocate(sizeof *C);
    double(*A)[NI][NK] = allocate(sizeof *A);
    double(*B)[NK][NJ] = allocate(sizeof *B);

    init_array(NI, NJ, NK, &alpha, &beta, *C, *A, *B);
    TIMED(kernel_gemm(NI, NJ, NK, alpha, beta, *C, *A, *B));
    report_double("C", &(*C)[0][0], (size_t)NI * NJ);

    free(C);
    free(A);
    free(B);
    return 0;
}
