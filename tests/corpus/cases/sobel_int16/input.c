/* Sobel gradients into int16_t, magnitude saturated to 8 bits. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CLAMP(v, lo, hi) ((v) < (lo) ? (lo) : (v) > (hi) ? (hi) : (v))

void sobel(int width, int height, const uint8_t *restrict in, int16_t *restrict gx, int16_t *restrict gy,
           uint8_t *restrict out)
{
    for (int y = 1; y < height - 1; ++y) {
        for (int x = 1; x < width - 1; ++x) {
            gx[y * width + x] = in[(y - 1) * width + x + 1] - in[(y - 1) * width + x - 1]
                              + 2 * (in[y * width + x + 1] - in[y * width + x - 1])
                              + in[(y + 1) * width + x + 1] - in[(y + 1) * width + x - 1];
            gy[y * width + x] = in[(y + 1) * width + x - 1] - in[(y - 1) * width + x - 1]
                              + 2 * (in[(y + 1) * width + x] - in[(y - 1) * width + x])
                              + in[(y + 1) * width + x + 1] - in[(y - 1) * width + x + 1];
        }
    }
    for (int y = 1; y < height - 1; ++y)
        for (int x = 1; x < width - 1; ++x) {
            int m = abs(gx[y * width + x]) + abs(gy[y * width + x]);
            out[y * width + x] = (uint8_t)CLAMP(m, 0, 255);
        }
}

int main(void)
{
    static uint8_t in[40 * 50], out[40 * 50];
    static int16_t gx[40 * 50], gy[40 * 50];
    unsigned seed = 12345;
    for (int i = 0; i < 40 * 50; i++) {
        seed = seed * 1103515245u + 12345u;
        in[i] = seed >> 24;
    }
    sobel(50, 40, in, gx, gy, out);
    unsigned h = 0;
    for (int i = 0; i < 40 * 50; i++)
        h = h * 33u + out[i] + (unsigned)(gx[i] * 3 - gy[i]);
    printf("%u\n", h);
    return 0;
}
