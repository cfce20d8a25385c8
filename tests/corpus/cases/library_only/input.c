/* A file of a library: no main, a header that only it needs, exported and static functions. */
#include <stddef.h>

struct series {
    double *values;
    size_t length;
};

static double square(double x)
{
    return x * x;
}

double energy(const struct series *s)
{
    double total = 0.0;
    for (size_t i = 0; i < s->length; i++)
        total += square(s->values[i]);
    return total;
}

void scale_rows(size_t n, size_t m, double a[n][m], const double *factor)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            a[i][j] *= factor[i];
}

void saxpy(long n, float alpha, const float *restrict x, float *restrict y)
{
    for (long i = 0; i < n; ++i)
        y[i] += alpha * x[i];
}

void reverse_copy(int n, const short *restrict from, short *restrict to)
{
    for (int i = 0; i < n; i++)
        to[n - 1 - i] = from[i];
}
