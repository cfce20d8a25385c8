/* The Mandelbrot set: its escape loop ends on data and cannot be modelled. */
#include <stdio.h>

#define SIZE 32
#define LIMIT 60

static int iterations[SIZE][SIZE];

static void mandelbrot(void)
{
    for (int py = 0; py < SIZE; py++) {
        for (int px = 0; px < SIZE; px++) {
            double cr = -2.0 + 3.0 * px / SIZE, ci = -1.5 + 3.0 * py / SIZE;
            double zr = 0.0, zi = 0.0;
            int n = 0;
            while (n < LIMIT && zr * zr + zi * zi <= 4.0) {
                double t = zr * zr - zi * zi + cr;
                zi = 2.0 * zr * zi + ci;
                zr = t;
                n++;
            }
            iterations[py][px] = n;
        }
    }
}

int main(void)
{
    mandelbrot();
    int total = 0;
    int row = 0;
    while (row < SIZE) {
        total = total * 5 % 10007 + iterations[row][row / 2];
        row++;
    }
    printf("%d\n", total);
    return 0;
}
