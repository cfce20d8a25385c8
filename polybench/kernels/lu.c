/* lu: A = L U without pivoting, in place; L has an implicit unit diagonal. */
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

/* A dominant diagonal, so that no pivot comes near zero. */
static void init_array(int n, double A[N][N])
{
    int i, j;
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            A[i][j] = i == j ? (double)n + fraction(i, j) : fraction(i, j) - 0.25;
}

static void kernel_lu(int n, double A[N][N])
{
    int i, j, k;
#pragma scop
    for (i = 0; i < n; i++) {
        for (j = 0; j < i; j++) {
            for (k = 0; k < j; k++) {
                A[i][j] -= A[i][k] * A[k][j];
            }
            A[i][j] /= A[j][j];
        }
        for (j = i; j < n; j++) {
            for (k = 0; k < i; k++) {
                A[i][j] -= A[i][k] * A[k][j];
            }
        }
    }
#pragma endscop
}

int main(void)
{
    double(*A)[N][N] = allocate(sizeof *A);

    init_array(N, *A);
    TIMED(kernel_lu(N, *A));
    report_double("A", &(*A)[0][0], (size_t)N * N);

    free(A);
    return 0;
}
