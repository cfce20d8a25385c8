"""Programs with a trap each: regenerated from their models in the order as written, they print what they printed."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from frontends.c import CProgram
from optimizer.dependences import analyze
from optimizer.transforms import original
from optimizer.verify.pipeline import Source, emit

PRELUDE = """
#include <stdio.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define SHOW(a, n) do { for (int q_ = 0; q_ < (int)(n); q_++) { printf("%g ", (double)(a)[q_]); if (q_ < -1) break; } \\
    printf("\\n"); } while (0)
"""

CASES = {
    "cells that are skipped, and rows longer than the size": (
        """
void f(int n, int *restrict a, int *restrict b, int *restrict w)
{
    for (int i = 0; i < n; i++) {
        if (a[i] < 0) continue;
        b[i] += a[i];
        if (i % 3 == 1) { b[i]++; continue; }
        a[i] = b[i] - 7;
    }
    for (int i = 1; i <= 4; i++)
        for (int j = 1; j <= n; j++)
            w[i * (n + 2) + j] = w[(i - 1) * (n + 2) + j - 1] + a[j - 1];
}
""",
        """
int a[20], b[20], w[110] = {1, 2, 3};
for (int i = 0; i < 20; i++) { a[i] = i * 7 % 11 - 4; b[i] = i; }
f(20, a, b, w); SHOW(a, 20); SHOW(b, 20); SHOW(w, 110);
""",
        1,
    ),
    "null structure with an empty loop": (
        """
struct img { int w, h; float *data; };
void f(int n, struct img *s, struct img *d)
{
    for (int k = 0; k < n; k++)
        for (int i = 0; i < s->w; i++)
            d->data[i] = s->data[i] + k;
}
""",
        """
float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[8] = {0};
struct img a = {8, 1, x}, b = {8, 1, y};
f(0, NULL, NULL); f(3, &a, &b); SHOW(y, 8); f(2, &a, &a); SHOW(x, 8);
""",
        1,
    ),
    "bytes that overlap the structure that leads to them": (
        """
struct img { int w; unsigned char *data; };
void f(struct img *s)
{
    for (int i = 0; i < s->w; i++)
        s->data[i] = (unsigned char)(s->data[i] >> 3);
}
""",
        """
unsigned char x[8] = {255, 2, 3};
struct img a = {8, x};
f(&a); SHOW(x, 8);
a.w = 4; a.data = (unsigned char *)&a.w; f(&a); printf("%d\\n", a.w);
""",
        1,
    ),
    "a bound that a store changes": (
        """
int size = 6;
void f(int *p) { for (int i = 0; i < size; i++) p[i] = 3; }
void g(int *dims, int *a)
{
    for (int i = 0; i < dims[0]; i++)
        for (int j = 0; j < dims[1]; j++)
            a[i * dims[1] + j] = 2;
}
""",
        """
int x[9] = {0}; f(x); SHOW(x, 9); f(&size); printf("%d\\n", size);
int d[40] = {2, 3}; g(d, x); SHOW(x, 9); g(d, d + 2); SHOW(d, 9); g(d, d); SHOW(d, 9);
""",
        2,
    ),
    "counters after their loops": (
        """
int f(int n, int m, int *a)
{
    int i, j, k = 77, l;
    for (i = 0; i < n; i++)
        for (j = m; j > i; j -= 2)
            for (k = 0; k != 3; k++)
                a[i] += j * k;
    for (l = 10; l >= n; l -= 3)
        a[0] += l;
    return i * 1000000 + l * 10000 + k * 100 + (n > 0 ? j : -1);
}
""",
        """
for (int n = 0; n < 6; n++) for (int m = -2; m < 7; m++) { int a[8] = {0}; printf("%d ", f(n, m, a)); SHOW(a, 8); }
""",
        1,
    ),
    "linear subscripts that leave their row": (
        """
void f(int n, int m, int w, double *a)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i * w + j] = 2 * a[i * w + j] + i - j;
}
""",
        """
for (int m = 1; m < 9; m++) { double a[64]; for (int q = 0; q < 64; q++) a[q] = q % 5; f(5, m, 4, a); SHOW(a, 32); }
""",
        1,
    ),
    "copies of restrict pointers": (
        """
void f(int n, double *restrict a, const double *restrict b)
{
    double *q = a;
    for (int i = 0; i < n; i++)
        q[i + 1] = a[i] + b[i];
}
""",
        "double a[10] = {1}, b[10] = {1, 2, 3, 4}; f(9, a, b); SHOW(a, 10);",
        1,
    ),
    "narrow and unsigned counters": (
        """
void f(int n, int *a)
{
    for (unsigned char c = 250; c < n; c++)
        a[c - 250]++;
    for (short s = -3; s <= 3; s = 1 + s)
        a[s + 3] += s;
    for (unsigned u = n; u-- > 0;)
        a[u & 7] += (int)u;
    for (signed char t = 5; t >= -2; t -= 3)
        a[(t + 8) % 8] += 100;
}
""",
        "int a[16] = {0}; f(0, a); f(255, a); SHOW(a, 16);",
        None,
    ),
    "quotients, remainders, shifts and masks of negative values": (
        """
void f(int n, int *a)
{
    for (int i = -n; i < n; i++) {
        a[i / 3 + 20] += 1;
        a[i % 4 + 20] += 10;
        a[(i >> 2) + 20] += 100;
        a[(i & 3) + 20] += 1000;
        a[-i / 2 + 20] += 10000;
        if (i % 3 == -1)
            a[39] += i;
        if (!(i % 2) || i == 3)
            a[38] -= 1;
    }
}
""",
        "int a[40] = {0}; f(7, a); SHOW(a, 40); f(16, a); SHOW(a, 40);",
        1,
    ),
    "index variables": (
        """
typedef struct { int w, h; uint8_t *px; } image;
void f(const image *s, image *d)
{
    int at;
    for (int y = 0; y < s->h; y++)
        for (int x = 0; x < s->w; x++) {
            const int idx = y * s->w + x;
            const size_t wide = (size_t)y * s->w + (size_t)x;
            at = idx * 3;
            d->px[at] = s->px[idx];
            d->px[at + 1] = (uint8_t)(s->px[wide] >> 1);
            d->px[3 * idx + 2] = (uint8_t)(255 - s->px[idx]);
        }
}
""",
        """
uint8_t p[12], q[36] = {0}; for (int k = 0; k < 12; k++) p[k] = (uint8_t)(k * 20);
image a = {4, 3, p}, b = {4, 3, q}; f(&a, &b); SHOW(q, 36); b.px = p; a.w = 2; a.h = 2; f(&a, &b); SHOW(p, 12);
""",
        1,
    ),
    "conditions on data around loops": (
        """
void f(int n, int m, int *a, int *b)
{
    for (int i = 0; i < n; i++) {
        if (b[i] > 2) {
            for (int j = 0; j < m; j++)
                a[i * m + j] = j;
            b[i] = 0;
        } else if (i > 1 && b[i - 1] == 0)
            for (int j = 0; j < m; j++)
                a[i * m + j] -= b[i];
        else
            b[i] = 5;
    }
}
""",
        """
int a[24] = {0}, b[6] = {1, 3, 2, 9, 0, 1}; f(6, 4, a, b); SHOW(a, 24); SHOW(b, 6); f(3, 4, a, a + 5); SHOW(a, 24);
""",
        1,
    ),
    "macros that hide statements": (
        """
#define SWAP(x, y) do { double t_ = (x); (x) = (y); (y) = t_; } while (0)
#define EACH(i, n) for (int i = 0; i < (n); i++)
#define LESS(n) (n)-1
void f(int n, double *a, double *b)
{
    EACH(i, LESS(n)) SWAP(a[i], b[LESS(n) - i]);
    EACH(i, sizeof(int)) { a[i] *= 2; }
}
""",
        """
double a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {7, 8, 9}; f(6, a, b); SHOW(a, 6); SHOW(b, 6); f(5, a, a + 1); SHOW(a, 6);
""",
        1,
    ),
    "statement expressions and commas": (
        """
#define MAX(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })
void f(int n, int m, int *a, float *x)
{
    for (int i = MAX(1, n - m); i < n; i++) {
        a[i] = MAX(a[i], 3) + MAX(MAX(n, i) / 2, a[i - 1]);
        x[i] = MAX(x[i], 2.0f), a[i]++;
    }
}
""",
        "int a[9] = {5, -3, 9}; float x[9] = {7, 1}; f(9, 5, a, x); SHOW(a, 9); SHOW(x, 9); f(4, 9, a, x); SHOW(a, 9);",
        1,
    ),
    "several shapes of one array": (
        """
void f(int n, int m, float *a)
{
    for (int k = 0; k < n * m; k++)
        a[k] = k;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i * m + j] += i * 100 + j;
    for (int j = 0; j < m; j++)
        a[(n - 1) * m + j] = -1;
}
""",
        "float a[60]; for (int n = 1; n < 7; n++) { f(n, 13 - 2 * n, a); SHOW(a, n * (13 - 2 * n)); }",
        2,
    ),
    "chained and compound assignments of mixed types": (
        """
void f(int n, short *s, unsigned char *c, double *d, long *l)
{
    for (int i = 0; i < n; i++) {
        d[i] = s[i] = c[i] = (unsigned char)(i * 37);
        s[i] *= 1000;
        c[i] += 1.9;
        l[i] = s[i] < c[i] ? -1 : 1;
        l[i] <<= c[i] & 7;
    }
}
""",
        """
short s[9]; unsigned char c[9]; double d[9]; long l[9]; f(9, s, c, d, l);
SHOW(s, 9); SHOW(c, 9); SHOW(d, 9); SHOW(l, 9);
""",
        1,
    ),
    "a row of a parameter that is used with a wrong extent": (
        """
void f(int n, int m, int a[n][4]) { for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) a[i][j] = a[i][j] * 2 + j; }
""",
        "int a[8][4] = {{1, 2, 3}, {4, 5, 6}}; f(3, 4, a); SHOW(&a[0][0], 32); f(3, 3, a); SHOW(&a[0][0], 32);",
        1,
    ),
}


def run(text: str, directory: Path) -> str:
    source, program = directory / "candidate.c", directory / "candidate"
    source.write_text(text)
    flags = ["-O1", "-fopenmp", "-ffp-contract=off", "-Wall", "-Wextra", "-Wno-unused", "-Wno-sign-compare", "-Werror"]
    subprocess.run(["gcc", *flags, str(source), "-o", str(program)], check=True)
    return subprocess.run([str(program)], check=True, capture_output=True, text=True, timeout=20).stdout


@pytest.mark.parametrize("name", CASES)
def test_output_stays(read: Callable[..., CProgram], tmp_path: Path, name: str) -> None:
    functions, calls, expected = CASES[name]
    text = f"{PRELUDE}{functions}\nint main(void)\n{{\n{calls}\nreturn 0;\n}}\n"
    program = read(text)
    scops = tuple(s for s in program.scops if s.function != "main")
    if expected is not None:
        assert len(scops) == expected, [str(d) for d in program.refusals]
    nests = [analyze(scop) for scop in scops]
    made = emit(Source(text.encode(), scops, ()), nests, [original(n.scop) for n in nests])
    assert made is not None
    assert run(made, tmp_path) == run(text, tmp_path)
