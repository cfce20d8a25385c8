/* All distances between points; only the upper triangle is computed, then mirrored. */
#include <math.h>
#include <stdio.h>

typedef float real;
#define POINTS 28
#define DIMS 3

static real points[POINTS][DIMS];
static real distance[POINTS][POINTS];

static void distances(void)
{
    for (int i = 0; i < POINTS; i++)
        for (int j = i + 1; j < POINTS; j++) {
            real d2 = 0;
            for (int k = 0; k < DIMS; k++) {
                const real d = points[i][k] - points[j][k];
                d2 += d * d;
            }
            distance[i][j] = sqrtf(d2);
        }
    for (int i = 0; i < POINTS; i++)
        for (int j = 0; j < i; j++)
            distance[i][j] = distance[j][i];
}

int main(void)
{
    for (int i = 0; i < POINTS; i++)
        for (int k = 0; k < DIMS; k++)
            points[i][k] = (real)((i * 17 + k * 29) % 41) / 8;
    distances();
    real sum = 0;
    for (int i = 0; i < POINTS; i++)
        for (int j = 0; j < POINTS; j++)
            sum += distance[i][j] * (real)(i + 2);
    printf("%a %a\n", (double)sum, (double)distance[20][3]);
    return 0;
}
