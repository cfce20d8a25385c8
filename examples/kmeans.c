/* k-means clustering of points with linearised coordinates. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

/* dist[p*k + c] = squared distance of point p to centre c */
static void distances(size_t n, size_t k, size_t dim, const float *points, const float *centres, float *dist)
{
    for (size_t p = 0; p < n; ++p)
        for (size_t c = 0; c < k; ++c)
            dist[p * k + c] = 0.0f;
    for (size_t d = 0; d < dim; ++d)
        for (size_t c = 0; c < k; ++c)
            for (size_t p = 0; p < n; ++p) {
                const float delta = points[p * dim + d] - centres[c * dim + d];
                dist[p * k + c] += delta * delta;
            }
}

static void nearest(size_t n, size_t k, const float *dist, int *label)
{
    for (size_t p = 0; p < n; ++p) {
        float best = FLT_MAX;
        for (size_t c = 0; c < k; ++c)
            if (dist[p * k + c] < best) {
                best = dist[p * k + c];
                label[p] = (int)c;
            }
    }
}

/* Which centre a point moves depends on the data: this loop is left as it is. */
static void move_centres(size_t n, size_t k, size_t dim, const float *points, const int *label, float *centres, int *size)
{
    for (size_t c = 0; c < k; ++c) {
        size[c] = 0;
        for (size_t d = 0; d < dim; ++d)
            centres[c * dim + d] = 0.0f;
    }
    for (size_t p = 0; p < n; ++p) {
        size[label[p]]++;
        for (size_t d = 0; d < dim; ++d)
            centres[label[p] * dim + d] += points[p * dim + d];
    }
    for (size_t c = 0; c < k; ++c)
        for (size_t d = 0; d < dim; ++d)
            centres[c * dim + d] /= (float)(size[c] > 0 ? size[c] : 1);
}

int main(void)
{
    const size_t n = 40000, k = 32, dim = 24;
    float *points = malloc(n * dim * sizeof *points), *centres = malloc(k * dim * sizeof *centres);
    float *dist = malloc(n * k * sizeof *dist);
    int *label = calloc(n, sizeof *label), *size = calloc(k, sizeof *size);
    if (!points || !centres || !dist || !label || !size)
        return EXIT_FAILURE;

    unsigned seed = 1u;
    for (size_t i = 0; i < n * dim; ++i) {
        seed = seed * 1103515245u + 12345u;
        points[i] = (float)((seed >> 16) & 1023) / 64.0f + (float)((i / dim) % k);
    }
    for (size_t i = 0; i < k * dim; ++i)
        centres[i] = points[i * 7];

    for (int step = 0; step < 5; ++step) {
        distances(n, k, dim, points, centres, dist);
        nearest(n, k, dist, label);
        move_centres(n, k, dim, points, label, centres, size);
    }

    double sum = 0.0;
    for (size_t i = 0; i < k * dim; ++i)
        sum += centres[i];
    printf("%.9e %d %d\n", sum, size[0], size[k - 1]);
    free(points);
    free(centres);
    free(dist);
    free(label);
    free(size);
    return EXIT_SUCCESS;
}
