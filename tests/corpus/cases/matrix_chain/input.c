/* Cheapest parenthesization of a chain of matrices: the loop over lengths comes first. */
#include <stdint.h>
#include <stdio.h>

#define COUNT 24

static int64_t cost[COUNT][COUNT];
static int64_t dims[COUNT + 1];

static void chain(void)
{
    for (int64_t i = 0; i < COUNT; i++)
        cost[i][i] = 0;
    for (int64_t len = 2; len <= COUNT; len++) {
        for (int64_t i = 0; i + len <= COUNT; i++) {
            cost[i][i + len - 1] = INT64_MAX;
            for (int64_t k = i; k < i + len - 1; k++) {
                int64_t c = cost[i][k] + cost[k + 1][i + len - 1] + dims[i] * dims[k + 1] * dims[i + len];
                if (c < cost[i][i + len - 1])
                    cost[i][i + len - 1] = c;
            }
        }
    }
}

int main(void)
{
    for (int i = 0; i <= COUNT; i++)
        dims[i] = 10 + (i * 37) % 29;
    chain();
    printf("%lld %lld\n", (long long)cost[0][COUNT - 1], (long long)cost[3][17]);
    return 0;
}
