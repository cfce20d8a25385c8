/* jacobi-2d: five-point smoothing, two half steps a turn, A to B and back. */
#include "common.h"

#if defined(MINI_DATASET)
#define TSTEPS 20
#define N 30
#elif defined(SMALL_DATASET)
#define TSTEPS 40
#define N 90
#elif defined(MEDIUM_DATASET)
#define TSTEPS 100
#define N 250
#elif defined(LARGE_DATASET)
#define TSTEPS 500
#define N 1300
#elif defined(EXTRALARGE_DATASET)
#define TSTEPS 1000
#define N 2800
#endif

static void init_array(int n, double A[N][N], double B[N][N])
{
    int i, j;
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            A[i][j] = 1.0 + fraction(i, j);
            B[i][j] = 1.0 + fraction(i, j + 1);
        }
}

static void kernel_jacobi_2d(int tsteps, int n, double A[N][N], double B[N][N])
{
    int t, i, j;
#pragma scop
    for (t = 0; t < tsteps; t++) {
        for (i = 1; i < n - 1; i++)
            for (j = 1; j < n - 1; j++)
                B[i][j] = 0.2 * (A[i][j] + A[i][j - 1] + A[i][1 + j] + A[1 + i][j] + A[i - 1][j]);
        for (i = 1; i < n - 1; i++)
            for (j = 1; j < n - 1; j++)
                A[i][j] = 0.2 * (B[i][j] + B[i][j - 1] + B[i][1 + j] + B[1 + i][j] + B[i - 1][j]);
    }
#pragma endscop
}

int main(void)
{
    double(*A)[N][N] = allocate(sizeof *A);
    double(*B)[N][N] = allocate(sizeof *B);

    init_array(N, *A, *B);
    TIMED(kernel_jacobi_2d(TSTEPS, N, *A, *B));
    report_double("A", &(*A)[0][0], (size_t)N * N);

    free(A);
    free(B);
    return 0;
}
