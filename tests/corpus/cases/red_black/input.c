/* Red-black Gauss-Seidel: the colour comes from the start of a strided loop or from a modulo. */
#include <stdio.h>

#define N 34

static double phi[N][N], rhs[N][N];
static int colour_count[2];

static void sweep_strided(void)
{
    for (int colour = 0; colour < 2; colour++)
        for (int i = 1; i < N - 1; i++)
            for (int j = 1 + (i + colour) % 2; j < N - 1; j += 2)
                phi[i][j] = 0.25 * (phi[i - 1][j] + phi[i + 1][j] + phi[i][j - 1] + phi[i][j + 1] - rhs[i][j]);
}

static void sweep_guarded(void)
{
    for (int i = 1; i < N - 1; i++)
        for (int j = 1; j < N - 1; j++)
            if ((i + j) % 2 == 0)
                phi[i][j] = 0.25 * (phi[i - 1][j] + phi[i + 1][j] + phi[i][j - 1] + phi[i][j + 1] - rhs[i][j]);
    for (int i = 1; i < N - 1; i++)
        for (int j = 1; j < N - 1; j++)
            if ((i + j) % 2)
                phi[i][j] = 0.25 * (phi[i - 1][j] + phi[i + 1][j] + phi[i][j - 1] + phi[i][j + 1] - rhs[i][j]);
}

static void count(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            if ((i + j) % 2 == 0)
                colour_count[0] += 1;
            else
                colour_count[1] += 2;
        }
}

int main(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            rhs[i][j] = ((i * 5 + j * 3) % 11) / 8.0 - 0.5;
            phi[i][j] = (i == 0 || j == N - 1) ? 1.0 : 0.0;
        }
    sweep_strided();
    sweep_guarded();
    sweep_strided();
    count();
    double s = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            s += phi[i][j] * (i - j);
    printf("%a %a %d %d\n", s, phi[9][22], colour_count[0], colour_count[1]);
    return 0;
}
