/* Forces between bodies in structure-of-arrays form, with a pointer to the state. */
#include <math.h>
#include <stdio.h>

#define BODIES 24

struct state {
    double x[BODIES], y[BODIES], z[BODIES];
    double ax[BODIES], ay[BODIES], az[BODIES];
    double mass[BODIES];
    double softening;
};

static struct state world;

static void forces(struct state *s)
{
    for (int i = 0; i < BODIES; i++) {
        s->ax[i] = s->ay[i] = s->az[i] = 0.0;
        for (int j = 0; j < BODIES; j++) {
            double dx = s->x[j] - s->x[i], dy = s->y[j] - s->y[i], dz = s->z[j] - s->z[i];
            double r2 = dx * dx + dy * dy + dz * dz + s->softening;
            double w = s->mass[j] / (r2 * sqrt(r2));
            s->ax[i] += w * dx;
            s->ay[i] += w * dy;
            s->az[i] += w * dz;
        }
    }
}

static void drift(struct state *s, double dt)
{
    for (int i = 0; i < BODIES; i++) {
        s->x[i] += dt * s->ax[i];
        s->y[i] += dt * s->ay[i];
        s->z[i] += dt * s->az[i];
    }
}

int main(void)
{
    world.softening = 0.01;
    for (int i = 0; i < BODIES; i++) {
        world.x[i] = (i * 37 % 19) * 0.3;
        world.y[i] = (i * 11 % 23) * 0.2;
        world.z[i] = (i * 5 % 17) * 0.1;
        world.mass[i] = 1.0 + i % 3;
    }
    for (int t = 0; t < 4; t++) {
        forces(&world);
        drift(&world, 0.05);
    }
    printf("%a %a %a\n", world.x[3], world.y[11], world.z[23]);
    return 0;
}
