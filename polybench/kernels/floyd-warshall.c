/* floyd-warshall: the lengths of the shortest paths between all pairs of nodes of a directed graph. */
#include "common.h"

#if defined(MINI_DATASET)
#define N 60
#elif defined(SMALL_DATASET)
#define N 180
#elif defined(MEDIUM_DATASET)
#define N 500
#elif defined(LARGE_DATASET)
#define N 2800
#elif defined(EXTRALARGE_DATASET)
#define N 5600
#endif

/* A ring of short edges, which makes every node k the way between its neighbours, and some longer random edges. No
 * edge is a length that can be added to itself without overflow. */
static void init_array(int n, int path[N][N])
{
    int i, j;
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            int draw = (int)(scatter((unsigned int)i, (unsigned int)j) >> 16);
            path[i][j] = draw % 11 == 0 ? 20 + draw % 1000 : 1000000;
            if (j == (i + 1) % n)
                path[i][j] = 1 + draw % 9;
            if (i == j)
                path[i][j] = 0;
        }
}

static void kernel_floyd_warshall(int n, int path[N][N])
{
    int i, j, k;
#pragma scop
    for (k = 0; k < n; k++) {
        for (i = 0; i < n; i++)
            for (j = 0; j < n; j++)
                path[i][j] = path[i][j] < path[i][k] + path[k][j] ? path[i][j] : path[i][k] + path[k][j];
    }
#pragma endscop
}

int main(void)
{
    int(*path)[N][N] = allocate(sizeof *path);

    init_array(N, *path);
    TIMED(kernel_floyd_warshall(N, *path));
    report_int("path", &(*path)[0][0], (size_t)N * N);

    free(path);
    return 0;
}
