/* Lattice Boltzmann, D2Q9: collide and stream in an array of structures, walls around. */
#include <stdio.h>

#define LX 20
#define LY 16
#define Q 9

typedef struct {
    double f[Q];
} Cell;

static Cell grid[LX][LY], next[LX][LY];
static const int cx[Q] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
static const int cy[Q] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
static const double weight[Q] = {4. / 9, 1. / 9, 1. / 9, 1. / 9, 1. / 9, 1. / 36, 1. / 36, 1. / 36, 1. / 36};

static void collide(double omega)
{
    for (int x = 0; x < LX; x++) {
        for (int y = 0; y < LY; y++) {
            double rho = 0.0, ux = 0.0, uy = 0.0;
            for (int q = 0; q < Q; q++) {
                rho += grid[x][y].f[q];
                ux += cx[q] * grid[x][y].f[q];
                uy += cy[q] * grid[x][y].f[q];
            }
            ux /= rho;
            uy /= rho;
            for (int q = 0; q < Q; q++) {
                double cu = 3.0 * (cx[q] * ux + cy[q] * uy);
                double feq = weight[q] * rho * (1.0 + cu + 0.5 * cu * cu - 1.5 * (ux * ux + uy * uy));
                grid[x][y].f[q] += omega * (feq - grid[x][y].f[q]);
            }
        }
    }
}

static void stream(void)
{
    for (int x = 1; x < LX - 1; x++)
        for (int y = 1; y < LY - 1; y++)
            for (int q = 0; q < Q; q++)
                next[x][y].f[q] = grid[x - cx[q]][y - cy[q]].f[q];
    for (int x = 1; x < LX - 1; x++)
        for (int y = 1; y < LY - 1; y++)
            for (int q = 0; q < Q; q++)
                grid[x][y].f[q] = next[x][y].f[q];
}

int main(void)
{
    for (int x = 0; x < LX; x++)
        for (int y = 0; y < LY; y++)
            for (int q = 0; q < Q; q++)
                grid[x][y].f[q] = weight[q] * (1.0 + 0.01 * ((x * 3 + y * 5 + q) % 7));
    for (int t = 0; t < 5; t++) {
        collide(1.2);
        stream();
    }
    double mass = 0.0;
    for (int x = 0; x < LX; x++)
        for (int y = 0; y < LY; y++)
            for (int q = 0; q < Q; q++)
                mass += grid[x][y].f[q] * (q + 1);
    printf("%a %a\n", mass, grid[7][5].f[6]);
    return 0;
}
