/* What a layer of Llama's family is computed of: products with matrices, and what stands between them.

   A row is computed in the same order of operations whatever rows stand beside it, and from any number of threads. */

#include <stdlib.h>
#include <string.h>

#include "vectors.h"

/* Rows of a matrix that are multiplied with while they are in the first cache. */
#define DEPTH 256

/* Rows that are computed together: what they are computed in stays in the second cache. */
#define BLOCK 96

typedef struct {
    const float *weight, *bias; /* [out][in], and perhaps NULL */
    int64_t in, out;
} Linear;

INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

INLINE int64_t whole_panels(int64_t columns) { return (columns + PANEL - 1) / PANEL * PANEL; }

INLINE float *floats(int64_t count) { return malloc(count * sizeof(float)); }

INLINE float *zeros(int64_t count) { return calloc(count, sizeof(float)); }

/* One panel of a matrix [out][in], its rows so far apart, as it is multiplied with from the right, transposed: [in][PANEL]. Like all
   panels it is filled up with zeros. */
static void pack_panel(const float *matrix, int64_t row, int64_t in, int64_t out, int64_t index, float *panel) {
    const int64_t first = index * PANEL;
    for (int64_t i = 0; i < PANEL; i++)
        for (int64_t j = 0; j < in; j++) panel[j * PANEL + i] = first + i < out ? matrix[(first + i) * row + j] : 0;
}

/* One panel of it as it is: [out][PANEL]. */
INLINE void pack_panel_back(const float *matrix, int64_t row, int64_t in, int64_t out, int64_t index, float *panel) {
    const int64_t first = index * PANEL, count = smaller(PANEL, in - first);
    for (int64_t j = 0; j < out; j++)
        for (int64_t i = 0; i < PANEL; i++) panel[j * PANEL + i] = i < count ? matrix[j * row + first + i] : 0;
}

INLINE void tile(int rows, const float *a, int64_t a_row, const float *b, int64_t depth, float *c, int64_t c_row, int adding) {
    Vector left[TILE_ROWS], right[TILE_ROWS];
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++) {
        left[i] = adding ? load(c + i * c_row) : (Vector){};
        right[i] = adding ? load(c + i * c_row + LANES) : (Vector){};
    }
    for (int64_t p = 0; p < depth; p++, b += PANEL) {
        const Vector b_left = load(b), b_right = load(b + LANES);
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) {
            const Vector each = all(a[i * a_row + p]);
            left[i] += each * b_left;
            right[i] += each * b_right;
        }
    }
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++) {
        store(c + i * c_row, left[i]);
        store(c + i * c_row + LANES, right[i]);
    }
}

#define OF_ROWS(n) case n: tile(n, a, a_row, b, depth, c, c_row, adding); break;

static void tile_of(int rows, const float *a, int64_t a_row, const float *b, int64_t depth, float *c, int64_t c_row, int adding) {
    switch (rows) { /* so that each number has registers of its own */
        OF_ROWS(1) OF_ROWS(2) OF_ROWS(3) OF_ROWS(4) OF_ROWS(5) OF_ROWS(6)
#if TILE_ROWS > 6
        OF_ROWS(7) OF_ROWS(8) OF_ROWS(9) OF_ROWS(10) OF_ROWS(11) OF_ROWS(12)
#endif
    }
}

/* Has what is needed soon brought near while something else is computed. */
INLINE void bring(const float *soon, int64_t count) {
    for (int64_t i = 0; i < count; i += 16) __builtin_prefetch(soon + i, 0, 2);
}

/* c = a m, or with adding c += a m; a [rows][in] and c [rows][out in whole panels], their rows so far apart;
   m in panels of [in][out]. */
static void multiply(int64_t rows, const float *a, int64_t a_row, const float *panels, int64_t in, int64_t out, float *c, int64_t c_row, int adding) {
    for (int64_t start = 0; start < in; start += DEPTH) {
        const int64_t depth = smaller(DEPTH, in - start);
        for (int64_t column = 0; column < out; column += PANEL) {
            const float *b = panels + column * in + start * PANEL;
            const int64_t all_tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
            for (int64_t row = 0, tiles = all_tiles; tiles > 0; tiles--) {
                const int64_t count = (rows - row + tiles - 1) / tiles;
                const int64_t part = depth * PANEL / all_tiles;
                bring(b + in * PANEL + (all_tiles - tiles) * part, part);
                tile_of(count, a + row * a_row + start, a_row, b, depth, c + row * c_row + column, c_row, start || adding);
                row += count;
            }
        }
    }
}

/* A linear layer, its weight in panels. */
static void apply(int64_t rows, const float *a, const Linear *linear, const float *panels, float *c, int adding) {
    multiply(rows, a, linear->in, panels, linear->in, linear->out, c, whole_panels(linear->out), adding);
    for (int64_t row = 0; linear->bias && row < rows; row++)
        for (int64_t i = 0; i < linear->out; i++) c[row * whole_panels(linear->out) + i] += linear->bias[i];
}

INLINE float scale_of(const float *x, int64_t size, float epsilon) {
    Vector squares = {};
    int64_t i = 0;
    for (; i + LANES <= size; i += LANES) squares += load(x + i) * load(x + i);
    float total = sum(squares);
    for (; i < size; i++) total += x[i] * x[i];
    return 1 / sqrtf(total / size + epsilon);
}

/* y = x / sqrt(mean(x^2) + epsilon) * weight (Zhang and Sennrich, 1910.07467, eq. 4), of each row. */
static void norm(int64_t rows, const float *x, const float *weight, int64_t size, float epsilon, float *y) {
    for (int64_t row = 0; row < rows; row++, x += size, y += size) {
        const float scale = scale_of(x, size, epsilon);
        for (int64_t i = 0; i < size; i++) y[i] = x[i] * scale * weight[i];
    }
}

/* Rotary position embedding (RoFormer, 2104.09864, section 3.4.2), in place, in transformers' layout of halves, of each head.
   The first half of the sines has its sign turned. */
static void rotate(float *x, int64_t heads, const float *cosines, const float *sines, int64_t size) {
    const int64_t half = size / 2;
    for (int64_t head = 0; head < heads; head++, x += size)
        for (int64_t i = 0; i < half; i++) {
            const float first = x[i], second = x[i + half];
            x[i] = first * cosines[i] + second * sines[i];
            x[i + half] = second * cosines[i + half] + first * sines[i + half];
        }
}

INLINE Vector sigmoid(Vector x) { return 1.0f / (exponential(-x) + 1.0f); }

/* to = silu(gate) up: SwiGLU without its matrices (Shazeer, 2002.05202, eq. 6); of whole vectors. */
static void activate(const float *gate, const float *up, int64_t size, float *to) {
    for (int64_t i = 0; i < size; i += LANES) store(to + i, load(gate + i) * sigmoid(load(gate + i)) * load(up + i));
}
