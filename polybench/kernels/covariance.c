/* covariance: the covariances of M variables over N observations. */
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
    for (i = 0; i < n; i++)
        for (j = 0; j < m; j++)
            data[i][j] = (double)(j % 5) + fraction(i, j) * (double)(1 + j % 4);
}

static void kernel_covariance(int m, int n, double float_n, double data[N][M], double cov[M][M], double mean[M])
{
    int i, j, k;
#pragma scop
    for (j = 0; j < m; j++) {
        mean[j] = 0.0;
        for (i = 0; i < n; i++)
            mean[j] += data[i][j];
        mean[j] /= float_n;
    }

    for (i = 0; i < n; i++)
        for (j = 0; j < m; j++)
            data[i][j] -= mean[j];

    for (i = 0; i < m; i++)
        for (j = i; j < m; j++) {
            cov[i][j] = 0.0;
            for (k = 0; k < n; k++)
                cov[i][j] += data[k][i] * data[k][j];
            cov[i][j] /= (float_n - 1.0);
            cov[j][i] = cov[i][j];
        }
#pragma endscop
}

int main(void)
{
    double float_n;
    double(*data)[N][M] = allocate(sizeof *data);
    double(*cov)[M][M] = allocate(sizeof *cov);
    double(*mean)[M] = allocate(sizeof *mean);

    init_array(M, N, &float_n, *data);
    TIMED(kernel_covariance(M, N, float_n, *data, *cov, *mean));
    report_double("cov", &(*cov)[0][0], (size_t)M * M);

    free(data);
    free(cov);
    free(mean);
    return 0;
}
