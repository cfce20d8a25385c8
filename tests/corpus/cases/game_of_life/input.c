/* Conway's Game of Life on a torus-free board with a frame of dead cells. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ROWS 24
#define COLS 30

static bool board[ROWS + 2][COLS + 2], fresh[ROWS + 2][COLS + 2];

static void step(void)
{
    for (int r = 1; r <= ROWS; r++) {
        for (int c = 1; c <= COLS; c++) {
            int alive = board[r - 1][c - 1] + board[r - 1][c] + board[r - 1][c + 1] + board[r][c - 1]
                      + board[r][c + 1] + board[r + 1][c - 1] + board[r + 1][c] + board[r + 1][c + 1];
            fresh[r][c] = alive == 3 || (board[r][c] && alive == 2);
        }
    }
    for (int r = 1; r <= ROWS; r++)
        for (int c = 1; c <= COLS; c++)
            board[r][c] = fresh[r][c];
}

int main(void)
{
    for (int r = 1; r <= ROWS; r++)
        for (int c = 1; c <= COLS; c++)
            board[r][c] = (r * 7 + c * 13 + r * c) % 5 < 2;
    for (int t = 0; t < 12; t++)
        step();
    for (int r = 1; r <= ROWS; r += 5) {
        for (int c = 1; c <= COLS; c++)
            putchar(board[r][c] ? '#' : '.');
        putchar('\n');
    }
    return 0;
}
