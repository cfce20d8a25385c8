/* doitgen: every row of A, a vector of length NP, is multiplied by the matrix C4 in place. */
#include "common.h"

#if defined(MINI_DATASET)
#define NQ 8
#define NR 10
#define NP 12
#elif defined(SMALL_DATASET)
#define NQ 20
#define NR 25
#define NP 30
#elif defined(MEDIUM_DATASET)
#define NQ 40
#define NR 50
#define NP 60
#elif defined(LARGE_DATASET)
#define NQ 140
#define NR 150
#define NP 160
#elif defined(EXTRALARGE_DATASET)
#define NQ 220
#define NR 250
#define NP 270
#endif

static void init_array(int nr, int nq, int np, double A[NR][NQ][NP], double C4[NP][NP])
{
    int i, j, k;
    for (i = 0; i < nr; i++)
        for (j = 0; j < nq; j++)
            for (k = 0; k < np; k++)
                A[i][j][k] = fraction(i * nq + j, k) - 0.5;
    for (i = 0; i < np; i++)
        for (j = 0; j < np; j++)
            C4[i][j] = fraction(i, j + 1);
}

static void kernel_doitgen(int nr, int nq, int np, double A[NR][NQ][NP], double C4[NP][NP], double sum[NP])
{
    int r, q, p, s;
#pragma scop
    for (r = 0; r < nr; r++)
        for (q = 0; q < nq; q++) {
            for (p = 0; p < np; p++) {
                sum[p] = 0.0;
                for (s = 0; s < np; s++)
                    sum[p] += A[r][q][s] * C4[s][p];
            }
            for (p = 0; p < np; p++)
                A[r][q][p] = sum[p];
        }
#pragma endscop
}

int main(void)
{
    double(*A)[NR][NQ][NP] = allocate(sizeof *A);
    double(*C4)[NP][NP] = allocate(sizeof *C4);
    double(*sum)[NP] = allocate(sizeof *sum);

    init_array(NR, NQ, NP, *A, *C4);
    TIMED(kernel_doitgen(NR, NQ, NP, *A, *C4, *sum));
    report_double("A", &(*A)[0][0][0], (size_t)NR * NQ * NP);

    free(A);
    free(C4);
    free(sum);
    return 0;
}
