/* cholesky: the lower triangular L with A = L L^T, in place in the lower triangle of A. */
#include "common.h"

#if defined(MINI_DATASET)
#define N 40
#elif defined(SMALL_DATASET)
#define N 120
#elif defined(MEDIUM_DATASET)
#define N 400
#elif defined(LARGE_DATASET)
#define N 2000
#elif defined(EXTRALARGE_DATASET)
#define N 4000
#endif

/* Symmetric with a dominant diagonal, hence positive definite. */
static void init_array(int n, double A[N][N])
{
    int i, j;
    for (i = 0; i < n; i++) {
        for (j = 0; j < i; j++) {
            A[i][j] = fraction(i, j) - 0.25;
            A[j][i] = A[i][j];
        }
        A[i][i] = (double)n + fraction(i, i);
    }
}

static void kernel_cholesky(int n, double A[N][N])
{
    int i, j, k;
#pragma scop
    for (i = 0; i < n; i++) {
        /* left of the diagonal */
        for (j = 0; j < i; j++) {
            for (k = 0; k < j; k++) {
                A[i][j] -= A[i][k] * A[j][k];
            }
            A[i][j] /= A[j][j];
        }
        /* the diagonal */
        for (k = 0; k < i; k++) {
            A[i][i] -= A[i][k] * A[i][k];
        }
        A[i][i] = sqrt(A[i][i]);
    }
#pragma endscop
}

int main(void)
{
    double(*A)[N][N] = allocate(sizeof *A);

    init_array(N, *A);
    TIMED(kernel_cholesky(N, *A));
    report_double("A", &(*A)[0][0], (size_t)N * N);

    free(A);
    return 0;
}
