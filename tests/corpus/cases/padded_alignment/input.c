/* Alignment in a table of rows of nd + 1 scores that is one block of memory, with helpers for maxima. */
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int match, mismatch, gap;
} scoring;

static int max2(int a, int b)
{
    return a > b ? a : b;
}

static inline int max4(int a, int b, int c, int d)
{
    return max2(max2(a, b), max2(c, d));
}

int sw(const unsigned char *q, const unsigned char *d, int nq, int nd, scoring sc, int *h)
{
    int best = 0;
    for (int i = 1; i <= nq; i++) {
        for (int j = 1; j <= nd; j++) {
            int s = q[i - 1] == d[j - 1] ? sc.match : sc.mismatch;
            int v = max4(0, h[(i - 1) * (nd + 1) + j - 1] + s, h[(i - 1) * (nd + 1) + j] + sc.gap,
                         h[i * (nd + 1) + j - 1] + sc.gap);
            h[i * (nd + 1) + j] = v;
            if (v > best)
                best = v;
        }
    }
    return best;
}

int main(void)
{
    int nq = 45, nd = 61;
    unsigned char *q = malloc(nq), *d = malloc(nd);
    int *h = calloc((size_t)(nq + 1) * (nd + 1), sizeof *h);
    if (!q || !d || !h)
        return 1;
    for (int i = 0; i < nq; i++)
        q[i] = (unsigned char)(i * i % 7 % 4);
    for (int i = 0; i < nd; i++)
        d[i] = (unsigned char)(i * 5 % 11 % 4);
    scoring sc = {3, -2, -2};
    printf("%d %d\n", sw(q, d, nq, nd, sc, h), h[nq * (nd + 1) + nd]);
    free(q);
    free(d);
    free(h);
    return 0;
}
