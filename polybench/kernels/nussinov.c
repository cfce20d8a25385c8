/* nussinov: the largest number of nested base pairs of an RNA sequence, for each of its stretches i..j. */
#include "common.h"

#if defined(MINI_DATASET)
#define N 60
#elif defined(SMALL_DATASET)
#define N 180
#elif defined(MEDIUM_DATASET)
#define N 500
#elif defined(LARGE_DATASET)
#define N 2500
#elif defined(EXTRALARGE_DATASET)
#define N 5500
#endif

/* Bases are 0..3; those that add up to 3 pair. */
typedef char base;

#define match(b1, b2) (((b1) + (b2)) == 3 ? 1 : 0)
#define max_score(s1, s2) ((s1 >= s2) ? s1 : s2)

static void init_array(int n, base seq[N], int table[N][N])
{
    int i, j;
    for (i = 0; i < n; i++)
        seq[i] = (base)(scatter((unsigned int)i, 17u) % 4u);
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            table[i][j] = 0;
}

static void kernel_nussinov(int n, base seq[N], int table[N][N])
{
    int i, j, k;
#pragma scop
    for (i = n - 1; i >= 0; i--) {
        for (j = i + 1; j < n; j++) {
            /* either end is left out */
            if (j - 1 >= 0)
                table[i][j] = max_score(table[i][j], table[i][j - 1]);
            if (i + 1 < n)
                table[i][j] = max_score(table[i][j], table[i + 1][j]);

            /* the ends pair, unless they are neighbours */
            if (j - 1 >= 0 && i + 1 < n) {
                if (i < j - 1)
                    table[i][j] = max_score(table[i][j], table[i + 1][j - 1] + match(seq[i], seq[j]));
                else
                    table[i][j] = max_score(table[i][j], table[i + 1][j - 1]);
            }

            /* the stretch falls into two */
            for (k = i + 1; k < j; k++) {
                table[i][j] = max_score(table[i][j], table[i][k] + table[k + 1][j]);
            }
        }
    }
#pragma endscop
}

int main(void)
{
    base(*seq)[N] = allocate(sizeof *seq);
    int(*table)[N][N] = allocate(sizeof *table);

    init_array(N, *seq, *table);
    TIMED(kernel_nussinov(N, *seq, *table));
    report_int("table", &(*table)[0][0], (size_t)N * N);

    free(seq);
    free(table);
    return 0;
}
