/*
 * Heat flow through a plate, explicit Euler, two planes used in turn.
 *
 * Usage: heat [steps]
 */
#include <stdio.h>
#include <stdlib.h>

#ifndef N
# define N 1000
#endif

#define SQUARE(x) ((x) * (x))
#define KAPPA     0.2

static double plate[2][N][N];

static void init(void)
{
	int i, j;

	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++)
			plate[0][i][j] = plate[1][i][j] =
			    SQUARE(i - N / 2) + SQUARE(j - N / 3) < SQUARE(N / 8) ? 100.0 : 20.0;
}

static void evolve(int steps)
{
	int t, i, j;

	for (t = 0; t < steps; t++) {
		for (j = 1; j < N - 1; j++)
			for (i = 1; i < N - 1; i++)
				plate[(t + 1) % 2][i][j] = plate[t % 2][i][j]
				    + KAPPA * (plate[t % 2][i - 1][j] + plate[t % 2][i + 1][j]
				               + plate[t % 2][i][j - 1] + plate[t % 2][i][j + 1]
				               - 4.0 * plate[t % 2][i][j]);
	}
}

int main(int argc, char *argv[])
{
	int steps = argc > 1 ? atoi(argv[1]) : 60;
	double sum = 0.0;
	int i, j;

	init();
	evolve(steps);
	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++)
			sum += plate[steps % 2][i][j] * (1 + (i + 3 * j) % 5);
	printf("after %d steps: %.10e\n", steps, sum);
	return 0;
}
