/* Forward and backward substitution with a packed loop style: counters that run down, unsigned sizes. */
#include <stdio.h>

#define N 30

static double l[N][N], x[N], y[N], b[N];

static void forward(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        double s = b[i];
        for (unsigned j = 0; j < i; j++)
            s -= l[i][j] * y[j];
        y[i] = s / l[i][i];
    }
}

static void backward(int n)
{
    for (int i = n - 1; i >= 0; i--) {
        x[i] = y[i];
        for (int j = n - 1; j > i; j--)
            x[i] -= l[j][i] * x[j];
        x[i] /= l[i][i];
    }
}

int main(void)
{
    for (int i = 0; i < N; i++) {
        b[i] = (i % 4) - 1.5;
        for (int j = 0; j <= i; j++)
            l[i][j] = i == j ? 4.0 + i : 1.0 / (i + j + 1);
    }
    forward(N);
    backward(N);
    for (int i = 0; i < N; i += 7)
        printf("%a %a\n", y[i], x[i]);
    return 0;
}
