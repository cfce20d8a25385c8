/* Two-dimensional wave equation; three planes rotate through t % 3. */
#include <stdio.h>

#define NX 40
#define NY 34
#define STEPS 21

static double u[3][NX][NY];

static void simulate(void)
{
    const double c = 0.2;
    for (int t = 1; t < STEPS; t++)
        for (int i = 1; i < NX - 1; i++)
            for (int j = 1; j < NY - 1; j++)
                u[(t + 1) % 3][i][j] = 2.0 * u[t % 3][i][j] - u[(t + 2) % 3][i][j]
                    + c * (u[t % 3][i + 1][j] + u[t % 3][i - 1][j] + u[t % 3][i][j + 1] + u[t % 3][i][j - 1]
                           - 4.0 * u[t % 3][i][j]);
}

int main(void)
{
    u[0][NX / 2][NY / 2] = 1.0;
    u[1][NX / 2][NY / 2] = 0.9;
    u[1][NX / 2 + 1][NY / 2] = 0.05;
    simulate();
    double sum = 0.0;
    for (int p = 0; p < 3; p++)
        for (int i = 0; i < NX; i++)
            for (int j = 0; j < NY; j++)
                sum += u[p][i][j] * (i + 2 * j + 1);
    printf("%a %a\n", sum, u[2][11][13]);
    return 0;
}
