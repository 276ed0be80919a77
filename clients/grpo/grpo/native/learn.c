/* A layer in learning, on CPU, in float32: what stands before its attention and after it, forwards and backwards.

   Gradients by inputs are computed here, a block of rows at a time; those by matrices are products of what this leaves behind. */

#include "layer.h"

typedef struct {
    int64_t rows, width, heads, kinds, size;
    float epsilon;
    const float *x, *norm, *cosines, *sines; /* of each row [rows][size], the first half of the sines turned */
    Linear query, key, value;
    float *queries, *keys, *values; /* results; going back, their gradients, which are turned back in place */
    float *normed, *to_x, *to_norm; /* going back: of the matrices' other side; gradients */
} Before;

typedef struct {
    int64_t rows, width, inner;
    float epsilon;
    const float *x, *seen, *norm;
    Linear output, gate, up, down;
    float *between, *gates, *ups, *result; /* between: x and attention; gates and ups may be NULL, if nobody is to go back */
    const float *slope; /* going back: the gradient by result; gates and ups become theirs */
    float *normed, *active, *to_between, *to_seen, *to_norm;
} After;

/* Matrices in panels, to be multiplied with forwards or backwards. */
typedef struct {
    float *memory, *panels[4];
} Panels;

static int make_panels(Panels *p, const Linear *const *linears, int count, int back, int threads) {
    int64_t total = 0;
    for (int i = 0; i < count; i++) total += linears[i]->in * linears[i]->out;
    if (!(p->memory = floats(total))) return 1;
    float *next = p->memory;
    for (int i = 0; i < count; i++) {
        const Linear linear = *linears[i];
        float *const to = p->panels[i] = next;
        next += linear.in * linear.out;
#pragma omp parallel for num_threads(threads)
        for (int64_t index = 0; index < (back ? linear.in : linear.out) / PANEL; index++)
            if (back) pack_panel_back(linear.weight, linear.in, linear.in, linear.out, index, to + index * linear.out * PANEL);
            else pack_panel(linear.weight, linear.in, linear.in, linear.out, index, to + index * linear.in * PANEL);
    }
    return 0;
}

/* What each block leaves, one row each, summed in the order of blocks. */
static void sum_blocks(const float *each, int64_t blocks, int64_t width, float *total) {
    memset(total, 0, width * sizeof *total);
    for (int64_t block = 0; block < blocks; block++)
        for (int64_t i = 0; i < width; i++) total[i] += each[block * width + i];
}

static int64_t blocks_of(int64_t rows) { return (rows + BLOCK - 1) / BLOCK; }

/* Of norm: normed becomes its result again; what slope, the gradient by that, means for x is added to to_x, and for the weight to
   to_weight. */
static void norm_back(int64_t rows, const float *x, const float *weight, int64_t size, float epsilon, const float *slope, float *normed, float *to_x, float *to_weight) {
    for (int64_t row = 0; row < rows; row++, x += size, slope += size, normed += size, to_x += size) {
        const float scale = scale_of(x, size, epsilon);
        Vector products = {};
        for (int64_t i = 0; i < size; i += LANES) products += load(slope + i) * load(weight + i) * load(x + i);
        const float along = sum(products) * scale * scale / size;
        for (int64_t i = 0; i < size; i++) {
            to_weight[i] += slope[i] * x[i] * scale;
            normed[i] = x[i] * scale * weight[i];
            to_x[i] += scale * (slope[i] * weight[i] - along * x[i]);
        }
    }
}

static void turn(const Before *b, int64_t row) {
    const float *cosines = b->cosines + row * b->size, *sines = b->sines + row * b->size;
    rotate(b->queries + row * b->heads * b->size, b->heads, cosines, sines, b->size);
    rotate(b->keys + row * b->kinds * b->size, b->kinds, cosines, sines, b->size);
}

/* The gradient of turn, of a row: by the transposed matrix. */
static void turn_back(const Before *b, int64_t row) {
    const int64_t half = b->size / 2;
    const float *cosines = b->cosines + row * b->size, *sines = b->sines + row * b->size;
    for (int64_t head = 0; head < b->heads + b->kinds; head++) {
        float *x = head < b->heads ? b->queries + (row * b->heads + head) * b->size
                                   : b->keys + (row * b->kinds + head - b->heads) * b->size;
        for (int64_t i = 0; i < half; i++) {
            const float first = x[i], second = x[i + half];
            x[i] = first * cosines[i] + second * sines[i + half];
            x[i + half] = second * cosines[i + half] + first * sines[i];
        }
    }
}

/* Queries, keys and values. Like those below, gives 0, or another number without memory. */
int before(const Before *b, int threads) {
    const Linear *const linears[] = {&b->query, &b->key, &b->value};
    float *const results[] = {b->queries, b->keys, b->values};
    int failed = 0;
    Panels p;
    if (make_panels(&p, linears, 3, 0, threads)) return 1;
#pragma omp parallel for num_threads(threads) reduction(| : failed)
    for (int64_t block = 0; block < blocks_of(b->rows); block++) {
        const int64_t first = block * BLOCK, rows = smaller(BLOCK, b->rows - first);
        float *normed = floats(rows * b->width);
        if (!normed) { failed = 1; continue; }
        norm(rows, b->x + first * b->width, b->norm, b->width, b->epsilon, normed);
        for (int i = 0; i < 3; i++)
            apply(rows, normed, linears[i], p.panels[i], results[i] + first * linears[i]->out, 0);
        for (int64_t row = first; row < first + rows; row++) turn(b, row);
        free(normed);
    }
    free(p.memory);
    return failed;
}

int before_back(const Before *b, int threads) {
    const Linear *const linears[] = {&b->query, &b->key, &b->value};
    float *const slopes[] = {b->queries, b->keys, b->values};
    const int64_t blocks = blocks_of(b->rows);
    int failed = 0;
    Panels p;
    float *to_norms = zeros(blocks * b->width);
    if (!to_norms || make_panels(&p, linears, 3, 1, threads)) return free(to_norms), 1;
#pragma omp parallel for num_threads(threads) reduction(| : failed)
    for (int64_t block = 0; block < blocks; block++) {
        const int64_t first = block * BLOCK, rows = smaller(BLOCK, b->rows - first), at = first * b->width;
        float *to_normed = floats(rows * b->width);
        if (!to_normed) { failed = 1; continue; }
        for (int64_t row = first; row < first + rows; row++) turn_back(b, row);
        for (int i = 0; i < 3; i++)
            multiply(rows, slopes[i] + first * linears[i]->out, linears[i]->out, p.panels[i], linears[i]->out, b->width, to_normed, b->width, i > 0);
        memset(b->to_x + at, 0, rows * b->width * sizeof(float));
        norm_back(rows, b->x + at, b->norm, b->width, b->epsilon, to_normed, b->normed + at, b->to_x + at, to_norms + block * b->width);
        free(to_normed);
    }
    sum_blocks(to_norms, blocks, b->width, b->to_norm);
    free(p.memory), free(to_norms);
    return failed;
}

/* The layer's result. */
int after(const After *a, int threads) {
    const Linear *const linears[] = {&a->output, &a->gate, &a->up, &a->down};
    int failed = 0;
    Panels p;
    if (make_panels(&p, linears, 4, 0, threads)) return 1;
#pragma omp parallel for num_threads(threads) reduction(| : failed)
    for (int64_t block = 0; block < blocks_of(a->rows); block++) {
        const int64_t first = block * BLOCK, rows = smaller(BLOCK, a->rows - first);
        const int64_t at = first * a->width, inner_at = first * a->inner, inner = rows * a->inner;
        float *normed = floats(rows * a->width + 3 * inner), *active = normed + rows * a->width;
        if (!normed) { failed = 1; continue; }
        float *gate = a->gates ? a->gates + inner_at : active + inner, *up = a->ups ? a->ups + inner_at : active + 2 * inner;
        memcpy(a->between + at, a->x + at, rows * a->width * sizeof(float));
        apply(rows, a->seen + first * a->output.in, &a->output, p.panels[0], a->between + at, 1);
        norm(rows, a->between + at, a->norm, a->width, a->epsilon, normed);
        apply(rows, normed, &a->gate, p.panels[1], gate, 0);
        apply(rows, normed, &a->up, p.panels[2], up, 0);
        activate(gate, up, inner, active);
        memcpy(a->result + at, a->between + at, rows * a->width * sizeof(float));
        apply(rows, active, &a->down, p.panels[3], a->result + at, 1);
        free(normed);
    }
    free(p.memory);
    return failed;
}

/* Of activate: gates and ups become their gradients, given that by its result, and active that result. */
static void activate_back(int64_t size, const float *slope, float *gates, float *ups, float *active) {
    for (int64_t i = 0; i < size; i += LANES) {
        const Vector gate = load(gates + i), up = load(ups + i), by = load(slope + i);
        const Vector share = sigmoid(gate), silu = gate * share;
        store(active + i, silu * up);
        store(ups + i, by * silu);
        store(gates + i, by * up * share * (1.0f + gate * (1.0f - share)));
    }
}

int after_back(const After *a, int threads) {
    const Linear *const linears[] = {&a->output, &a->gate, &a->up, &a->down};
    const int64_t blocks = blocks_of(a->rows), width = a->width, inner = a->inner;
    int failed = 0;
    Panels p;
    float *to_norms = zeros(blocks * width);
    if (!to_norms || make_panels(&p, linears, 4, 1, threads)) return free(to_norms), 1;
#pragma omp parallel for num_threads(threads) reduction(| : failed)
    for (int64_t block = 0; block < blocks; block++) {
        const int64_t first = block * BLOCK, rows = smaller(BLOCK, a->rows - first), at = first * width, inner_at = first * inner;
        float *to_normed = floats(rows * (width + inner)), *to_active = to_normed + rows * width;
        if (!to_normed) { failed = 1; continue; }
        multiply(rows, a->slope + at, width, p.panels[3], width, inner, to_active, inner, 0);
        activate_back(rows * inner, to_active, a->gates + inner_at, a->ups + inner_at, a->active + inner_at);
        multiply(rows, a->gates + inner_at, inner, p.panels[1], inner, width, to_normed, width, 0);
        multiply(rows, a->ups + inner_at, inner, p.panels[2], inner, width, to_normed, width, 1);
        memcpy(a->to_between + at, a->slope + at, rows * width * sizeof(float));
        norm_back(rows, a->between + at, a->norm, width, a->epsilon, to_normed, a->normed + at, a->to_between + at, to_norms + block * width);
        multiply(rows, a->to_between + at, width, p.panels[0], width, a->output.in, a->to_seen + first * a->output.in, a->output.in, 0);
        free(to_normed);
    }
    sum_blocks(to_norms, blocks, width, a->to_norm);
    free(p.memory), free(to_norms);
    return failed;
}
