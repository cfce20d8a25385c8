/* 3x3 box blur and unsharp mask on 8-bit grey images. */
#include <stdint.h>
#include <stdio.h>

enum { W = 61, H = 43 };

static uint8_t image[H][W];
static uint8_t blurred[H][W];
static uint8_t sharp[H][W];

static void blur(void)
{
    for (int y = 1; y < H - 1; y++)
        for (int x = 1; x < W - 1; x++) {
            int acc = 0;
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++)
                    acc += image[y + dy][x + dx];
            blurred[y][x] = (uint8_t)(acc / 9);
        }
}

static void sharpen(int amount)
{
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            int v = image[y][x] + ((image[y][x] - blurred[y][x]) * amount) / 16;
            if (v < 0)
                v = 0;
            if (v > 255)
                v = 255;
            sharp[y][x] = v;
        }
    }
}

int main(void)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            image[y][x] = (uint8_t)(x * 7 + y * y * 3 + (x ^ y));
    blur();
    sharpen(11);
    unsigned checksum = 0;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            checksum = checksum * 31u + sharp[y][x];
    printf("%u\n", checksum);
    return 0;
}
