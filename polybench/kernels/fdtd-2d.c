/* fdtd-2d: Maxwell's equations in the plane by finite differences in the time domain; _fict_ drives one border. */
#include "common.h"

#if defined(MINI_DATASET)
#define TMAX 20
#define NX 20
#define NY 30
#elif defined(SMALL_DATASET)
#define TMAX 40
#define NX 60
#define NY 80
#elif defined(MEDIUM_DATASET)
#define TMAX 100
#define NX 200
#define NY 240
#elif defined(LARGE_DATASET)
#define TMAX 500
#define NX 1000
#define NY 1200
#elif defined(EXTRALARGE_DATASET)
#define TMAX 1000
#define NX 2000
#define NY 2600
#endif

static void init_array(int tmax, int nx, int ny, double ex[NX][NY], double ey[NX][NY], double hz[NX][NY],
                       double _fict_[TMAX])
{
    int i, j;
    for (i = 0; i < tmax; i++)
        _fict_[i] = fraction(i, 1) - 0.5;
    for (i = 0; i < nx; i++)
        for (j = 0; j < ny; j++) {
            ex[i][j] = fraction(i, j) - 0.5;
            ey[i][j] = fraction(i, j + 1) - 0.5;
            hz[i][j] = fraction(i, j + 2) - 0.5;
        }
}

static void kernel_fdtd_2d(int tmax, int nx, int ny, double ex[NX][NY], double ey[NX][NY], double hz[NX][NY],
                           double _fict_[TMAX])
{
    int t, i, j;
#pragma scop
    for (t = 0; t < tmax; t++) {
        for (j = 0; j < ny; j++)
            ey[0][j] = _fict_[t];
        for (i = 1; i < nx; i++)
            for (j = 0; j < ny; j++)
                ey[i][j] = ey[i][j] - 0.5 * (hz[i][j] - hz[i - 1][j]);
        for (i = 0; i < nx; i++)
            for (j = 1; j < ny; j++)
                ex[i][j] = ex[i][j] - 0.5 * (hz[i][j] - hz[i][j - 1]);
        for (i = 0; i < nx - 1; i++)
            for (j = 0; j < ny - 1; j++)
                hz[i][j] = hz[i][j] - 0.7 * (ex[i][j + 1] - ex[i][j] + ey[i + 1][j] - ey[i][j]);
    }
#pragma endscop
}

int main(void)
{
    double(*ex)[NX][NY] = allocate(sizeof *ex);
    double(*ey)[NX][NY] = allocate(sizeof *ey);
    double(*hz)[NX][NY] = allocate(sizeof *hz);
    double(*_fict_)[TMAX] = allocate(sizeof *_fict_);

    init_array(TMAX, NX, NY, *ex, *ey, *hz, *_fict_);
    TIMED(kernel_fdtd_2d(TMAX, NX, NY, *ex, *ey, *hz, *_fict_));
    report_double("ex", &(*ex)[0][0], (size_t)NX * NY);
    report_double("ey", &(*ey)[0][0], (size_t)NX * NY);
    report_double("hz", &(*hz)[0][0], (size_t)NX * NY);

    free(ex);
    free(ey);
    free(hz);
    free(_fict_);
    return 0;
}
