/* The callers pass pieces of one buffer that overlap: the result depends on the order of every single step. */
#include <stdio.h>

#define N 64

void smooth(double *out, double *in, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = 0.5 * in[i] + 0.25 * in[i + 1];
}

void outer_product(int n, int m, double *result, const double *u, const double *v)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            result[i * m + j] += u[i] * v[j];
}

void reset(float *data, const int *limit, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 4; j++)
            data[4 * i + j] = (float)limit[0];
}

int main(void)
{
    static double buffer[3 * N], apart[N + 1];
    static float values[N];
    for (int i = 0; i < 3 * N; i++)
        buffer[i] = (i * 7 % 13) * 0.125;
    smooth(buffer + 1, buffer, N);          /* each step reads what the step before wrote */
    smooth(buffer, buffer + 1, N);
    smooth(apart, buffer, N);
    outer_product(8, 8, buffer, buffer + 3, buffer + 40);
    outer_product(8, 7, apart, buffer, buffer + 70);
    int limit = 3;
    reset(values, &limit, N / 4);
    for (int i = 0; i < 3 * N; i += 5)
        printf("%a\n", buffer[i]);
    printf("%a %a %g\n", apart[0], apart[55], values[N - 1]);
    return 0;
}
