/* Loops that leave early, call functions, or change their counter: each has to be refused by itself. */
#include <stdio.h>

#define N 50

static int data[N], copy[N];
static int calls;

static int impure(int v)
{
    calls++;
    return v * 2;
}

static int find(int key)
{
    for (int i = 0; i < N; i++)
        if (data[i] == key)
            return i;
    return -1;
}

static int first_negative(void)
{
    int found = -1;
    for (int i = 0; i < N; i++) {
        if (data[i] < 0) {
            found = i;
            break;
        }
    }
    return found;
}

static void with_calls(void)
{
    for (int i = 0; i < N; i++)
        copy[i] = impure(data[i]);
}

static void with_skips(void)
{
    for (int i = 0; i < N; i++) {
        copy[i] += 1;
        if (data[i] == 3)
            i++;
    }
}

static void compact(void)
{
    int *p = copy;
    for (int i = 0; i < N; i++)
        *p++ = data[i];
}

int main(void)
{
    int i = 0;
    do {
        data[i] = (i * 29) % 31 - 4;
        i++;
    } while (i < N);
    int a = find(7), b = first_negative();
    with_calls();
    with_skips();
    int c = copy[20];
    compact();
    printf("%d %d %d %d %d\n", a, b, c, copy[20], calls);
    return 0;
}
