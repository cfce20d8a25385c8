/* Dense matrices the way small numerical libraries write them: a struct, a macro for elements, size_t counters. */
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    size_t rows, cols;
    double *data;
} Matrix;

#define AT(m, r, c) ((m)->data[(r) * (m)->cols + (c)])

static Matrix *matrix_new(size_t rows, size_t cols)
{
    Matrix *m = malloc(sizeof *m);
    m->rows = rows;
    m->cols = cols;
    m->data = calloc(rows * cols, sizeof *m->data);
    return m;
}

static void matrix_fill(Matrix *m, double seed)
{
    for (size_t i = 0; i < m->rows; ++i)
        for (size_t j = 0; j < m->cols; ++j)
            AT(m, i, j) = seed * (double)(i + 1) / (double)(j + 2);
}

void matrix_multiply(const Matrix *a, const Matrix *b, Matrix *c)
{
    for (size_t i = 0; i < a->rows; ++i) {
        for (size_t j = 0; j < b->cols; ++j) {
            double sum = 0.0;
            for (size_t k = 0; k < a->cols; ++k)
                sum += AT(a, i, k) * AT(b, k, j);
            AT(c, i, j) = sum;
        }
    }
}

int main(void)
{
    Matrix *a = matrix_new(17, 23), *b = matrix_new(23, 11), *c = matrix_new(17, 11);
    matrix_fill(a, 1.5);
    matrix_fill(b, 0.25);
    matrix_multiply(a, b, c);
    for (size_t i = 0; i < c->rows * c->cols; i += 13)
        printf("%a\n", c->data[i]);
    free(a->data); free(b->data); free(c->data);
    free(a); free(b); free(c);
    return 0;
}
