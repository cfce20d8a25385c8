/* Covariance matrix of a table of measurements.
 *
 * cc -O3 covariance.c -o covariance -lm && ./covariance
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS 1100 /* measurements */
#define COLS 1000 /* variables */

static double table[ROWS][COLS];
static double mean[COLS];
static double cov[COLS][COLS];

static void fill(void)
{
    unsigned state = 12345u;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLS; j++) {
            state = state * 1664525u + 1013904223u;
            table[i][j] = (double)(state >> 8) / 16777216.0 + 0.001 * (i % (j + 3));
        }
}

static void covariance(void)
{
    /* the mean of every column */
    for (int j = 0; j < COLS; j++) {
        mean[j] = 0.0;
        for (int i = 0; i < ROWS; i++)
            mean[j] += table[i][j];
        mean[j] /= ROWS;
    }

    for (int j = 0; j < COLS; j++)
        for (int i = 0; i < ROWS; i++)
            table[i][j] -= mean[j];

    /* upper triangle, then mirror it */
    for (int a = 0; a < COLS; a++)
        for (int b = a; b < COLS; b++) {
            cov[a][b] = 0.0;
            for (int i = 0; i < ROWS; i++)
                cov[a][b] += table[i][a] * table[i][b];
            cov[a][b] /= ROWS - 1;
            cov[b][a] = cov[a][b];
        }
}

int main(void)
{
    double trace = 0.0, norm = 0.0;

    fill();
    covariance();

    for (int a = 0; a < COLS; a++) {
        trace += cov[a][a];
        for (int b = 0; b < COLS; b++)
            norm += cov[a][b] * cov[a][b];
    }
    printf("trace %.12e\nnorm  %.12e\n", trace, sqrt(norm));
    return EXIT_SUCCESS;
}
