/* One-dimensional advection with flux arrays on the stack and macros that span statements. */
#include <stdio.h>

#define CELLS 70
#define STEPS 9
#define UPWIND(v, l, r) ((v) > 0 ? (v) * (l) : (v) * (r))
#define COPY_BOUNDARY(q) \
    do { \
        (q)[0] = (q)[CELLS - 2]; \
        (q)[CELLS - 1] = (q)[1]; \
    } while (0)

static double q[CELLS], velocity[CELLS + 1];

static void advance(double dt_dx)
{
    double flux[CELLS + 1];
    for (int i = 1; i < CELLS; i++)
        flux[i] = UPWIND(velocity[i], q[i - 1], q[i]);
    for (int i = 1; i < CELLS - 1; i++)
        q[i] -= dt_dx * (flux[i + 1] - flux[i]);
    COPY_BOUNDARY(q);
}

int main(void)
{
    for (int i = 0; i < CELLS; i++)
        q[i] = i > 20 && i < 35 ? 1.0 : 0.25;
    for (int i = 0; i <= CELLS; i++)
        velocity[i] = 0.8 - 0.02 * i;
    for (int s = 0; s < STEPS; s++)
        advance(0.4);
    for (int i = 0; i < CELLS; i += 9)
        printf("%a\n", q[i]);
    return 0;
}
