/* Summed-area table and a running maximum: carried in every direction. */
#include <stdio.h>

#define R 33
#define C 27

static unsigned cells[R][C], area[R + 1][C + 1];
static int running[R * C];

static void summed_area(void)
{
    for (int i = 0; i < R; i++)
        for (int j = 0; j < C; j++)
            area[i + 1][j + 1] = cells[i][j] + area[i][j + 1] + area[i + 1][j] - area[i][j];
}

static int running_maximum(const int *values, int n)
{
    int best = values[0];
    for (int i = 0; i < n; i++) {
        if (values[i] > best)
            best = values[i];
        running[i] = best;
    }
    return best;
}

int main(void)
{
    static int values[R * C];
    for (int i = 0; i < R; i++)
        for (int j = 0; j < C; j++) {
            cells[i][j] = (unsigned)(i * 31 + j * 17) % 23u;
            values[i * C + j] = (int)((unsigned)(i * 131 + j * 71) % 997u);
        }
    summed_area();
    int best = running_maximum(values, R * C);
    printf("%u %u %d %d\n", area[R][C], area[10][20], best, running[100]);
    return 0;
}
