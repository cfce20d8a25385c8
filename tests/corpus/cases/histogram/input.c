/* A histogram writes through its data: the loop must be left alone, the normalization may be taken. */
#include <stdio.h>

#define BINS 32
#define SAMPLES 500

static unsigned char samples[SAMPLES];
static int histogram[BINS];
static double density[BINS];

static void count(void)
{
    for (int i = 0; i < SAMPLES; i++)
        histogram[samples[i] % BINS]++;
}

static void normalize(void)
{
    for (int b = 0; b < BINS; b++)
        density[b] = (double)histogram[b] / SAMPLES;
}

int main(void)
{
    unsigned s = 99;
    for (int i = 0; i < SAMPLES; i++) {
        s = s * 69069u + 1u;
        samples[i] = (unsigned char)(s >> 23);
    }
    count();
    normalize();
    printf("%d %d %a\n", histogram[0], histogram[31], density[7]);
    return 0;
}
