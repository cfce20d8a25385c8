/* Memory that the compiler may not reason about. */
#include <stdio.h>

static volatile int device[8];
static int shadow[8];

static void poll(void)
{
    for (int i = 0; i < 8; i++)
        shadow[i] = device[i];
}

static void fenced(void)
{
    for (int i = 0; i < 8; i++) {
        shadow[i] += 1;
        __asm__ volatile("" ::: "memory");
    }
}

int main(void)
{
    device[3] = 5;
    poll();
    fenced();
    printf("%d\n", shadow[3]);
    return 0;
}
