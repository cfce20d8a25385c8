/* Boolean matrices packed into 64-bit words: products by AND and OR, row by row. */
#include <inttypes.h>
#include <stdio.h>

#define BITS 64

static uint64_t a[BITS], b[BITS], product[BITS], transposed[BITS];

static void multiply(void)
{
    for (int i = 0; i < BITS; i++) {
        product[i] = 0;
        for (int k = 0; k < BITS; k++)
            if ((a[i] >> k) & 1u)
                product[i] |= b[k];
    }
}

static void transpose(void)
{
    for (int j = 0; j < BITS; j++)
        transposed[j] = 0;
    for (int i = 0; i < BITS; i++)
        for (int j = 0; j < BITS; j++)
            transposed[j] |= ((product[i] >> j) & UINT64_C(1)) << i;
}

int main(void)
{
    uint64_t s = UINT64_C(88172645463325252);
    for (int i = 0; i < BITS; i++) {
        s ^= s << 13; s ^= s >> 7; s ^= s << 17;
        a[i] = s & (s >> 3) & (s << 5);
        s ^= s << 13; s ^= s >> 7; s ^= s << 17;
        b[i] = s & (s >> 9);
    }
    multiply();
    transpose();
    uint64_t h = 0;
    for (int i = 0; i < BITS; i++)
        h = h * UINT64_C(1099511628211) ^ transposed[i] ^ (product[i] >> 1);
    printf("%" PRIx64 "\n", h);
    return 0;
}
