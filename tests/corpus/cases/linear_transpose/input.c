// In-place and out-of-place transposition of square matrices stored in one block.
#include <stdint.h>
#include <stdio.h>

#define DIM 37

static int32_t src[DIM * DIM], dst[DIM * DIM];

void transpose(int32_t *restrict to, const int32_t *restrict from, int n)
{
    int i, j;

    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            to[j * n + i] = from[i * n + j];
}

void transpose_in_place(int n, int32_t m[n][n])
{
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            int32_t swap = m[i][j];
            m[i][j] = m[j][i];
            m[j][i] = swap;
        }
    }
}

int main(void)
{
    for (int i = 0; i < DIM; i++)
        for (int j = 0; j < DIM; j++)
            src[i * DIM + j] = i * 1000 + j;
    transpose(dst, src, DIM);
    transpose_in_place(DIM, (int32_t (*)[DIM])src);
    int64_t sum = 0;
    for (int i = 0; i < DIM * DIM; i++)
        sum += (int64_t)dst[i] * (i % 7) - (int64_t)src[i] * (i % 5);
    printf("%lld %d %d\n", (long long)sum, dst[DIM], src[DIM]);
    return 0;
}
