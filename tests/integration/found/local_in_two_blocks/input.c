#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define N 6

static char A_data[7][6];
static unsigned char B_data[14];
static uint16_t C_data[8][8][7];
static uint16_t E_data[8][8];

static unsigned long long random_state;

static unsigned draw(void)
{
    random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(random_state >> 40);
}

static void show_bytes(const char *name, const void *data, size_t bytes)
{
    const unsigned char *next = data;
    unsigned long long hash = 14695981039346656037ULL;
    while (bytes-- > 0)
        hash = (hash ^ *next++) * 1099511628211ULL;
    printf("%s %016llx\n", name, hash);
}

#define FILL(type, base, count, value) \
    do { type *p_ = (type *)(base); size_t q_ = 0; \
         while (q_ < (count)) { unsigned r = draw(); p_[q_++] = (type)(value); } } while (0)
#define SETTLE(type, base, count) /* any NaN becomes the same one */ \
    do { type *p_ = (type *)(base); size_t q_ = 0; \
         while (q_ < (count)) { if (p_[q_] != p_[q_]) p_[q_] = (type)NAN; q_++; } } while (0)

void kernel(int A_1, char *A, unsigned char *B, int C_1, int C_2, uint16_t *restrict C, int E_1, uint16_t *restrict E)
{
    for (uint64_t i = 0; i < N; i += 3) {
        for (uint64_t j = 0; j < 7; j++) {
            A[j * A_1 + i] = (B[j + 6] > 20 ? 9 : 4) % 50;
            char t1 = ((C[((j + 1) * C_1 + i + 2) * C_2 + j] % 31) * (B[j + 7] % 29)) % 7;
            E[j * E_1 + i] = (((E[i * E_1 + j + 1] >> 1)) % 31) + (t1 % 13);
        }
        for (uint64_t j = 0; j < 7; j++) {
            for (uint64_t k = j; k < N; k++) {
                E[(k + 2) * E_1 + j + 1] = ((A[(k + 1) * A_1 + i] % 31) * (C[(i * C_1 + j) * C_2 + k + 1] % 29)) % 31;
            }
        }
    }
}

int main(void)
{
    random_state = 159513177ULL;
    FILL(char, &A_data, 42, r % 101);
    FILL(unsigned char, &B_data, 14, r % 101);
    FILL(uint16_t, &C_data, 448, r % 101);
    FILL(uint16_t, &E_data, 64, r % 101);
    kernel(6, (char *)A_data, (unsigned char *)B_data, 8, 7, (uint16_t *)C_data, 8, (uint16_t *)E_data);
    show_bytes("A", &A_data, sizeof A_data);
    show_bytes("B", &B_data, sizeof B_data);
    show_bytes("C", &C_data, sizeof C_data);
    show_bytes("E", &E_data, sizeof E_data);
    return 0;
}
