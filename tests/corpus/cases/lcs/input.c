/* Longest common subsequence by dynamic programming over byte strings. */
#include <stdio.h>
#include <string.h>

static int table[64][64];

int lcs(const char *a, int n, const char *b, int m)
{
    int i, j;
    for (i = 0; i <= n; i++)
        table[i][0] = 0;
    for (j = 0; j <= m; j++)
        table[0][j] = 0;
    for (i = 1; i <= n; i++) {
        for (j = 1; j <= m; j++) {
            if (a[i - 1] == b[j - 1])
                table[i][j] = table[i - 1][j - 1] + 1;
            else if (table[i - 1][j] >= table[i][j - 1])
                table[i][j] = table[i - 1][j];
            else
                table[i][j] = table[i][j - 1];
        }
    }
    return table[n][m];
}

int main(void)
{
    const char *a = "the quick brown fox jumps over the lazy dog";
    const char *b = "pack my box with five dozen liquor jugs";
    printf("%d\n", lcs(a, (int)strlen(a), b, (int)strlen(b)));
    return 0;
}
