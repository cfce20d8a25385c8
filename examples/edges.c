// Edge detection on a grey image: a 5x5 binomial blur, then Sobel's gradient. Integer arithmetic, rows end to end.
//
//   cc -O3 edges.c -o edges && ./edges [width height]

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int width;
    int height;
    uint8_t *pixels;
} image;

static image new_image(int width, int height) {
    image im = { width, height, calloc((size_t)width * height, 1) };
    if (!im.pixels) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return im;
}

static void paint(image *im) {
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++) {
            int disc = (x - im->width / 2) * (x - im->width / 2) + (y - im->height / 2) * (y - im->height / 2);
            im->pixels[y * im->width + x] = (uint8_t)(disc < im->height * im->height / 9 ? 200 : (x * 7 + y * 13) % 64);
        }
}

void blur(int w, int h, const uint8_t *in, uint8_t *out, uint16_t *tmp) {
    for (int y = 0; y < h; y++)
        for (int x = 2; x < w - 2; x++)
            tmp[y * w + x] = in[y * w + x - 2] + 4 * in[y * w + x - 1] + 6 * in[y * w + x]
                             + 4 * in[y * w + x + 1] + in[y * w + x + 2];
    for (int x = 2; x < w - 2; x++)
        for (int y = 2; y < h - 2; y++)
            out[y * w + x] = (uint8_t)((tmp[(y - 2) * w + x] + 4 * tmp[(y - 1) * w + x] + 6 * tmp[y * w + x]
                                        + 4 * tmp[(y + 1) * w + x] + tmp[(y + 2) * w + x]) >> 8);
}

void sobel(int w, int h, const uint8_t *in, uint8_t *out) {
    for (int x = 1; x < w - 1; x++)
        for (int y = 1; y < h - 1; y++) {
            int gx = in[(y - 1) * w + x + 1] + 2 * in[y * w + x + 1] + in[(y + 1) * w + x + 1]
                   - in[(y - 1) * w + x - 1] - 2 * in[y * w + x - 1] - in[(y + 1) * w + x - 1];
            int gy = in[(y + 1) * w + x - 1] + 2 * in[(y + 1) * w + x] + in[(y + 1) * w + x + 1]
                   - in[(y - 1) * w + x - 1] - 2 * in[(y - 1) * w + x] - in[(y - 1) * w + x + 1];
            int g = (gx < 0 ? -gx : gx) + (gy < 0 ? -gy : gy);
            out[y * w + x] = g > 255 ? 255 : g;
        }
}

int main(int argc, char **argv) {
    int w = argc > 2 ? atoi(argv[1]) : 2400;
    int h = argc > 2 ? atoi(argv[2]) : 1800;
    if (w < 8 || h < 8) {
        fprintf(stderr, "usage: %s [width height]\n", argv[0]);
        return 2;
    }
    image in = new_image(w, h), smooth = new_image(w, h), edges = new_image(w, h);
    uint16_t *tmp = calloc((size_t)w * h, sizeof *tmp);
    if (!tmp)
        return 1;

    paint(&in);
    for (int frame = 0; frame < 4; frame++) {
        blur(w, h, in.pixels, smooth.pixels, tmp);
        sobel(w, h, smooth.pixels, edges.pixels);
    }

    uint32_t checksum = 2166136261u;
    for (long i = 0; i < (long)w * h; i++)
        checksum = (checksum ^ edges.pixels[i]) * 16777619u;
    printf("%08x\n", checksum);
    free(in.pixels);
    free(smooth.pixels);
    free(edges.pixels);
    free(tmp);
    return 0;
}
