/* correlation: the correlation coefficients of M variables over N observations. */
#include "common.h"

#if defined(MINI_DATASET)
#define M 28
#define N 32
#elif defined(SMALL_DATASET)
#define M 80
#define N 100
#elif defined(MEDIUM_DATASET)
#define M 240
#define N 260
#elif defined(LARGE_DATASET)
#define M 1200
#define N 1400
#elif defined(EXTRALARGE_DATASET)
#define M 2600
#define N 3000
#endif

static void init_array(int m, int n, double *float_n, double data[N][M])
{
    int i, j;
    *float_n = (double)n;
    /* every sixteenth variable hardly varies, so that both sides of the guard against a zero deviation are taken */
    for (i = 0; i < n; i++)
        for (j = 0; j < m; j++)
            data[i][j] = (double)(j % 7) + (j % 16 == 5 ? 0.0625 : 1.0 + (double)(j % 3)) * fraction(i, j);
}

static void kernel_correlation(int m, int n, double float_n, double data[N][M], double corr[M][M], double mean[M],
                               double stddev[M])
{
    int i, j, k;
    double eps = 0.1;
#pragma scop
    for (j = 0; j < m; j++) {
        mean[j] = 0.0;
        for (i = 0; i < n; i++)
            mean[j] += data[i][j];
        mean[j] /= float_n;
    }

    for (j = 0; j < m; j++) {
        stddev[j] = 0.0;
        for (i = 0; i < n; i++)
            stddev[j] += (data[i][j] - mean[j]) * (data[i][j] - mean[j]);
        stddev[j] /= float_n;
        stddev[j] = sqrt(stddev[j]);
        /* a variable without variation is only centered */
        stddev[j] = stddev[j] <= eps ? 1.0 : stddev[j];
    }

    /* center and scale */
    for (i = 0; i < n; i++)
        for (j = 0; j < m; j++) {
            data[i][j] -= mean[j];
            data[i][j] /= sqrt(float_n) * stddev[j];
        }

    for (i = 0; i < m - 1; i++) {
        corr[i][i] = 1.0;
        for (j = i + 1; j < m; j++) {
            corr[i][j] = 0.0;
            for (k = 0; k < n; k++)
                corr[i][j] += (data[k][i] * data[k][j]);
            corr[j][i] = corr[i][j];
        }
    }
    corr[m - 1][m - 1] = 1.0;
#pragma endscop
}

int main(void)
{
    double float_n;
    double(*data)[N][M] = allocate(sizeof *data);
    double(*corr)[M][M] = allocate(sizeof *corr);
    double(*mean)[M] = allocate(sizeof *mean);
    double(*stddev)[M] = allocate(sizeof *stddev);

    init_array(M, N, &float_n, *data);
    TIMED(kernel_correlation(M, N, float_n, *data, *corr, *mean, *stddev));
    report_double("corr", &(*corr)[0][0], (size_t)M * M);

    free(data);
    free(corr);
    free(mean);
    free(stddev);
    return 0;
}
