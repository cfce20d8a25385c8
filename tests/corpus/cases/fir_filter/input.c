/* Finite impulse response filter in fixed point with saturation, and a decimating variant. */
#include <stdint.h>
#include <stdio.h>

#define TAPS 16
#define LENGTH 300

static int16_t signal[LENGTH + TAPS], filtered[LENGTH], decimated[LENGTH / 4];
static const int16_t taps[TAPS] = {3, -9, 14, -20, 33, -71, 260, 900, 900, 260, -71, 33, -20, 14, -9, 3};

static inline int16_t saturate(int32_t v)
{
    return v > 32767 ? 32767 : v < -32768 ? -32768 : (int16_t)v;
}

static void fir(void)
{
    for (int n = 0; n < LENGTH; n++) {
        int32_t acc = 1 << 10;
        for (int t = 0; t < TAPS; t++)
            acc += (int32_t)signal[n + t] * taps[t];
        acc >>= 11;
        filtered[n] = (int16_t)(acc > 32767 ? 32767 : (acc < -32768 ? -32768 : acc));
    }
}

static void decimate(void)
{
    for (int n = 0; n < LENGTH; n += 4)
        decimated[n / 4] = (filtered[n] + filtered[n + 1] + filtered[n + 2] + filtered[n + 3]) / 4;
}

int main(void)
{
    for (int i = 0; i < LENGTH + TAPS; i++)
        signal[i] = (int16_t)(((i * 37) % 101 - 50) * 300);
    fir();
    decimate();
    long sum = saturate(70000);
    for (int i = 0; i < LENGTH / 4; i++)
        sum = sum * 3 % 1000003 + decimated[i];
    printf("%ld %d\n", sum, filtered[77]);
    return 0;
}
