/* Local sequence alignment with a linear gap penalty. */
#include <stdio.h>

#define LEN_A 45
#define LEN_B 52
#define MATCH 2
#define MISMATCH (-1)
#define GAP 1
#define max(a, b) ((a) > (b) ? (a) : (b))

static short score[LEN_A + 1][LEN_B + 1];
static unsigned char seq_a[LEN_A], seq_b[LEN_B];

static int align(void)
{
    int best = 0;
    for (int i = 1; i <= LEN_A; i++)
        for (int j = 1; j <= LEN_B; j++) {
            int diagonal = score[i - 1][j - 1] + (seq_a[i - 1] == seq_b[j - 1] ? MATCH : MISMATCH);
            int gap = max(score[i - 1][j], score[i][j - 1]) - GAP;
            score[i][j] = max(0, max(diagonal, gap));
            best = max(best, score[i][j]);
        }
    return best;
}

int main(void)
{
    unsigned r = 7;
    for (int i = 0; i < LEN_A; i++) {
        r = r * 1664525u + 1013904223u;
        seq_a[i] = "ACGT"[r >> 30];
    }
    for (int i = 0; i < LEN_B; i++) {
        r = r * 1664525u + 1013904223u;
        seq_b[i] = "ACGT"[r >> 30];
    }
    int best = align();
    printf("%d %d %d\n", best, score[LEN_A][LEN_B], score[20][31]);
    return 0;
}
