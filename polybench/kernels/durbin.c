/* durbin: the Levinson-Durbin recursion; y solves the Yule-Walker equations of the autocorrelations 1, r[0], r[1], ... */
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

/* 1, 1/4, 1/6, 1/8, ...: half of a convex decreasing sequence plus half a unit impulse, so the Toeplitz matrix is
 * positive definite and the prediction error stays above 1/2. */
static void init_array(int n, double r[N])
{
    int i;
    for (i = 0; i < n; i++)
        r[i] = 0.5 / (double)(i + 2);
}

static void kernel_durbin(int n, double r[N], double y[N])
{
    double z[N];
    double alpha;
    double beta;
    double sum;
    int i, k;
#pragma scop
    y[0] = -r[0];
    beta = 1.0;
    alpha = -r[0];

    for (k = 1; k < n; k++) {
        beta = (1 - alpha * alpha) * beta;
        sum = 0.0;
        for (i = 0; i < k; i++) {
            sum += r[k - i - 1] * y[i];
        }
        alpha = -(r[k] + sum) / beta;

        for (i = 0; i < k; i++) {
            z[i] = y[i] + alpha * y[k - i - 1];
        }
        for (i = 0; i < k; i++) {
            y[i] = z[i];
        }
        y[k] = alpha;
    }
#pragma endscop
}

int main(void)
{
    double(*r)[N] = allocate(sizeof *r);
    double(*y)[N] = allocate(sizeof *y);

    init_array(N, *r);
    TIMED(kernel_durbin(N, *r, *y));
    report_double("y", *y, N);

    free(r);
    free(y);
    return 0;
}
