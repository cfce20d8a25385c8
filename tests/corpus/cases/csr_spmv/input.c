/* Sparse matrix times vector, compressed rows: bounds from memory, reads through an index array. */
#include <stdio.h>

#define ROWS 40
#define PER_ROW 5

static int start[ROWS + 1], column[ROWS * PER_ROW];
static double value[ROWS * PER_ROW], x[ROWS], y[ROWS], z[ROWS];

static void spmv(void)
{
    for (int r = 0; r < ROWS; r++) {
        double s = 0.0;
        for (int k = start[r]; k < start[r + 1]; k++)
            s += value[k] * x[column[k]];
        y[r] = s;
    }
}

/* the same in the ELLPACK format: all rows have one length, so only the reads are indirect */
static void ellpack(void)
{
    for (int r = 0; r < ROWS; r++) {
        z[r] = 0.0;
        for (int k = 0; k < PER_ROW; k++)
            z[r] += value[r * PER_ROW + k] * x[column[r * PER_ROW + k]];
    }
}

int main(void)
{
    for (int r = 0; r < ROWS; r++) {
        start[r] = r * PER_ROW;
        x[r] = 1.0 / (r + 1);
        for (int k = 0; k < PER_ROW; k++) {
            column[r * PER_ROW + k] = (r * 3 + k * 7) % ROWS;
            value[r * PER_ROW + k] = (k - 2) * 0.5 + r % 3;
        }
    }
    start[ROWS] = ROWS * PER_ROW;
    spmv();
    ellpack();
    printf("%a %a %a\n", y[0], y[ROWS - 1], z[17]);
    return 0;
}
