/* A convolution layer, NCHW, with bias and ReLU. */
#include <stdio.h>

#define N_ 2
#define C_IN 3
#define C_OUT 5
#define IMG 12
#define KS 3
#define OUT (IMG - KS + 1)

static float input[N_][C_IN][IMG][IMG], weight[C_OUT][C_IN][KS][KS], bias[C_OUT], output[N_][C_OUT][OUT][OUT];

void conv(void)
{
    int n, co, ci, y, x, ky, kx;
    for (n = 0; n < N_; n++)
        for (co = 0; co < C_OUT; co++)
            for (y = 0; y < OUT; y++)
                for (x = 0; x < OUT; x++) {
                    float acc = bias[co];
                    for (ci = 0; ci < C_IN; ci++)
                        for (ky = 0; ky < KS; ky++)
                            for (kx = 0; kx < KS; kx++)
                                acc += input[n][ci][y + ky][x + kx] * weight[co][ci][ky][kx];
                    output[n][co][y][x] = acc > 0.0f ? acc : 0.0f;
                }
}

int main(void)
{
    int s = 1;
    float *p = &input[0][0][0][0];
    for (int i = 0; i < N_ * C_IN * IMG * IMG; i++) {
        s = (s * 75 + 74) % 65537;
        p[i] = (float)(s % 200 - 100) / 64.0f;
    }
    for (int o = 0; o < C_OUT; o++) {
        bias[o] = 0.125f * o;
        for (int c = 0; c < C_IN; c++)
            for (int k = 0; k < KS * KS; k++)
                weight[o][c][k / KS][k % KS] = (float)((o * 7 + c * 3 + k) % 5 - 2) * 0.25f;
    }
    conv();
    for (int o = 0; o < C_OUT; o++)
        printf("%a %a\n", output[0][o][0][OUT - 1], output[N_ - 1][o][OUT / 2][1]);
    return 0;
}
