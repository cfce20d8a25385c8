/* 3mm: G = (A B) (C D). */
#include "common.h"

#if defined(MINI_DATASET)
#define NI 16
#define NJ 18
#define NK 20
#define NL 22
#define NM 24
#elif defined(SMALL_DATASET)
#define NI 40
#define NJ 50
#define NK 60
#define NL 70
#define NM 80
#elif defined(MEDIUM_DATASET)
#define NI 180
#define NJ 190
#define NK 200
#define NL 210
#define NM 220
#elif defined(LARGE_DATASET)
#define NI 800
#define NJ 900
#define NK 1000
#define NL 1100
#define NM 1200
#elif defined(EXTRALARGE_DATASET)
#define NI 1600
#define NJ 1800
#define NK 2000
#define NL 2200
#define NM 2400
#endif

static void init_array(int ni, int nj, int nk, int nl, int nm, double A[NI][NK], double B[NK][NJ], double C[NJ][NM],
                       double D[NM][NL])
{
    int i, j;
    for (i = 0; i < ni; i++)
        for (j = 0; j < nk; j++)
            A[i][j] = fraction(i, j) - 0.5;
    for (i = 0; i < nk; i++)
        for (j = 0; j < nj; j++)
            B[i][j] = fraction(i + 1, j) / 2.0;
    for (i = 0; i < nj; i++)
        for (j = 0; j < nm; j++)
            C[i][j] = fraction(i, j + 1) - 0.25;
    for (i = 0; i < nm; i++)
        for (j = 0; j < nl; j++)
            D[i][j] = fraction(i + 2, j + 2);
}

static void kernel_3mm(int ni, int nj, int nk, int nl, int nm, double E[NI][NJ], double A[NI][NK], double B[NK][NJ],
                       double F[NJ][NL], double C[NJ][NM], double D[NM][NL], double G[NI][NL])
{
    int i, j, k;
#pragma scop
    /* E = A B */
    for (i = 0; i < ni; i++)
        for (j = 0; j < nj; j++) {
            E[i][j] = 0.0;
            for (k = 0; k < nk; ++k)
                E[i][j] += A[i][k] * B[k][j];
        }
    /* F = C D */
    for (i = 0; i < nj; i++)
        for (j = 0; j < nl; j++) {
            F[i][j] = 0.0;
            for (k = 0; k < nm; ++k)
                F[i][j] += C[i][k] * D[k][j];
        }
    /* G = E F */
    for (i = 0; i < ni; i++)
        for (j = 0; j < nl; j++) {
            G[i][j] = 0.0;
            for (k = 0; k < nj; ++k)
                G[i][j] += E[i][k] * F[k][j];
        }
#pragma endscop
}

int main(void)
{
    double(*E)[NI][NJ] = allocate(sizeof *E);
    double(*A)[NI][NK] = allocate(sizeof *A);
    double(*B)[NK][NJ] = allocate(sizeof *B);
    double(*F)[NJ][NL] = allocate(sizeof *F);
    double(*C)[NJ][NM] = allocate(sizeof *C);
    double(*D)[NM][NL] = allocate(sizeof *D);
    double(*G)[NI][NL] = allocate(sizeof *G);

    init_array(NI, NJ, NK, NL, NM, *A, *B, *C, *D);
    TIMED(kernel_3mm(NI, NJ, NK, NL, NM, *E, *A, *B, *F, *C, *D, *G));
    report_double("G", &(*G)[0][0], (size_t)NI * NL);

    free(E);
    free(A);
    free(B);
    free(F);
    free(C);
    free(D);
    free(G);
    return 0;
}
