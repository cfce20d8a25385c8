/* Cells behind walls are skipped with continue; bytes are limited and compared with ifs. */
#include <stdio.h>

#define W 37
#define H 21

static double f[3][H][W];
static unsigned char wall[H][W], light[H][W], spread[H][W];

static void collide(double omega)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            if (wall[y][x])
                continue;
            double rho = 0;
            for (int q = 0; q < 3; q++)
                rho += f[q][y][x];
            if (rho < 0.25)
                continue;
            for (int q = 0; q < 3; q++)
                f[q][y][x] += omega * (rho / 3 - f[q][y][x]);
        }
}

static void dilate(void)
{
    int x, y, i, j;
    for (y = 1; y < H - 1; y++)
        for (x = 1; x < W - 1; x++) {
            unsigned char m = 0;
            for (i = -1; i <= 1; i++)
                for (j = -1; j <= 1; j++)
                    if (light[y + i][x + j] > m)
                        m = light[y + i][x + j];
            int t;
            if (m > 200)
                t = 255;
            else
                t = m + 9;
            spread[y][x] = (unsigned char)t;
        }
}

int main(void)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            wall[y][x] = (x * 3 + y * 5) % 11 == 0;
            light[y][x] = (unsigned char)(x * y * 7 + x);
            for (int q = 0; q < 3; q++)
                f[q][y][x] = (x + y * q) % 10 * 0.03125;
        }
    collide(0.5);
    dilate();
    double mass = 0;
    unsigned total = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            mass += f[0][y][x] - 2 * f[2][y][x];
            total = total * 3 + spread[y][x];
        }
    printf("%.17g %u\n", mass, total);
    return 0;
}
