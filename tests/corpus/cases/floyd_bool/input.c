/* Reachability and shortest paths with mixed types; counters are declared at the top and used afterwards. */
#include <stdio.h>

#define V 22
#define INF 1000000

static int dist[V][V];
static char reach[V][V];

int main(void)
{
    int i, j, k, updates = 0;

    for (i = 0; i < V; i++) {
        for (j = 0; j < V; j++) {
            dist[i][j] = i == j ? 0 : ((i * 7 + j * 11) % 6 == 0 ? 1 + (i + j) % 9 : INF);
            reach[i][j] = dist[i][j] < INF;
        }
    }
    for (k = 0; k < V; k++)
        for (i = 0; i < V; i++)
            for (j = 0; j < V; j++) {
                if (dist[i][k] + dist[k][j] < dist[i][j]) {
                    dist[i][j] = dist[i][k] + dist[k][j];
                    updates++;
                }
                reach[i][j] |= reach[i][k] & reach[k][j];
            }
    printf("%d %d %d\n", i, j, k);
    int sum = 0;
    for (i = 0; i < V; i++)
        for (j = i; j < V; j++)
            sum += reach[i][j] ? dist[i][j] % 97 : 1;
    printf("%d %d\n", sum, updates);
    return 0;
}
