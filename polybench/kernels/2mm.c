/* 2mm: D = alpha A B C + beta D. */
#include "common.h"

#if defined(MINI_DATASET)
#define NI 16
#define NJ 18
#define NK 22
#define NL 24
#elif defined(SMALL_DATASET)
#define NI 40
#define NJ 50
#define NK 70
#define NL 80
#elif defined(MEDIUM_DATASET)
#define NI 180
#define NJ 190
#define NK 210
#define NL 220
#elif defined(LARGE_DATASET)
#define NI 800
#define NJ 900
#define NK 1100
#define NL 1200
#elif defined(EXTRALARGE_DATASET)
#define NI 1600
#define NJ 1800
#define NK 2200
#define NL 2400
#endif

static void init_array(int ni, int nj, int nk, int nl, double *alpha, double *beta, double A[NI][NK], double B[NK][NJ],
                       double C[NJ][NL], double D[NI][NL])
{
    int i, j;
    *alpha = 1.5;
    *beta = 0.8;
    for (i = 0; i < ni; i++)
        for (j = 0; j < nk; j++)
            A[i][j] = fraction(i, j) - 0.25;
    for (i = 0; i < nk; i++)
        for (j = 0; j < nj; j++)
            B[i][j] = fraction(i, j + 1);
    for (i = 0; i < nj; i++)
        for (j = 0; j < nl; j++)
            C[i][j] = fraction(i + 3, j) - 0.5;
    for (i = 0; i < ni; i++)
        for (j = 0; j < nl; j++)
            D[i][j] = fraction(i, j + 2);
}

static void kernel_2mm(int ni, int nj, int nk, int nl, double alpha, double beta, double tmp[NI][NJ], double A[NI][NK],
                       double B[NK][NJ], double C[NJ][NL], double D[NI][NL])
{
    int i, j, k;
#pragma scop
    for (i = 0; i < ni; i++)
        for (j = 0; j < nj; j++) {
            tmp[i][j] = 0.0;
            for (k = 0; k < nk; ++k)
                tmp[i][j] += alpha * A[i][k] * B[k][j];
        }
    for (i = 0; i < ni; i++)
        for (j = 0; j < nl; j++) {
            D[i][j] *= beta;
            for (k = 0; k < nj; ++k)
                D[i][j] += tmp[i][k] * C[k][j];
        }
#pragma endscop
}

int main(void)
{
    double alpha, beta;
    double(*tmp)[NI][NJ] = allocate(sizeof *tmp);
    double(*A)[NI][NK] = allocate(sizeof *A);
    double(*B)[NK][NJ] = allocate(sizeof *B);
    double(*C)[NJ][NL] = allocate(sizeof *C);
    double(*D)[NI][NL] = allocate(sizeof *D);

    init_array(NI, NJ, NK, NL, &alpha, &beta, *A, *B, *C, *D);
    TIMED(kernel_2mm(NI, NJ, NK, NL, alpha, beta, *tmp, *A, *B, *C, *D));
    report_double("D", &(*D)[0][0], (size_t)NI * NL);

    free(tmp);
    free(A);
    free(B);
    free(C);
    free(D);
    return 0;
}
