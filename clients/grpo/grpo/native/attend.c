/* Causal attention within sequences that lie end to end, on CPU, in float32; the last query of each sees its last key. */

#include "layer.h"

typedef struct {
    int64_t sequences, heads, kinds, size; /* kinds: heads of keys and values */
    const int32_t *query_ends, *key_ends;  /* where each sequence begins, and the last ends */
    const float *queries, *keys, *values;  /* [tokens][heads or kinds][size] */
    float *seen;
    const float *slope; /* going back: the gradient by what was seen, and those by the others */
    float *to_queries, *to_keys, *to_values;
} Attention;

/* One kind of one sequence: its keys and values in panels, and a block of its queries at a time. */
typedef struct {
    int64_t queries, keys, size, query_row, key_row, first_query, first_key; /* first: where its numbers begin */
    float *memory, *keys_across, *keys_along, *values_across, *values_along;
    float *shares, *slopes, *turned, *block, *block_panels, *to_keys, *to_values;
} Task;

static void panels_across(const float *matrix, int64_t row, int64_t rows, int64_t columns, float *panels) {
    for (int64_t index = 0; index < whole_panels(rows) / PANEL; index++)
        pack_panel(matrix, row, columns, rows, index, panels + index * columns * PANEL);
}

static void panels_along(const float *matrix, int64_t row, int64_t rows, int64_t columns, float *panels) {
    for (int64_t index = 0; index < whole_panels(columns) / PANEL; index++)
        pack_panel_back(matrix, row, columns, rows, index, panels + index * rows * PANEL);
}

static int prepare(Task *t, const Attention *a, int64_t index, int back) {
    const int64_t sequence = index / a->kinds, kind = index % a->kinds;
    t->size = a->size, t->query_row = a->heads * a->size, t->key_row = a->kinds * a->size;
    t->queries = a->query_ends[sequence + 1] - a->query_ends[sequence];
    t->keys = a->key_ends[sequence + 1] - a->key_ends[sequence];
    t->first_query = a->query_ends[sequence] * t->query_row + kind * (a->heads / a->kinds) * a->size;
    t->first_key = a->key_ends[sequence] * t->key_row + kind * a->size;
    const int64_t size = whole_panels(t->size), keys = whole_panels(t->keys);
    const int64_t sizes[] = {keys * t->size, t->keys * size, keys * t->size, t->keys * size, BLOCK * keys,  BLOCK * keys,
                             BLOCK * t->keys, BLOCK * size,  BLOCK * size,   t->keys * size, t->keys * size};
    float **const parts[] = {&t->keys_across, &t->values_along, &t->values_across, &t->keys_along,  &t->shares,   &t->slopes,
                             &t->turned,      &t->block,        &t->block_panels,  &t->to_keys,     &t->to_values};
    int64_t total = 0;
    for (int i = 0; i < 11; i++) total += sizes[i];
    if (!(t->memory = floats(total))) return 1;
    float *next = t->memory;
    for (int i = 0; i < 11; next += sizes[i++]) *parts[i] = next;
    panels_across(a->keys + t->first_key, t->key_row, t->keys, t->size, t->keys_across);
    panels_along(a->values + t->first_key, t->key_row, t->keys, t->size, t->values_along);
    if (back) {
        panels_across(a->values + t->first_key, t->key_row, t->keys, t->size, t->values_across);
        panels_along(a->keys + t->first_key, t->key_row, t->keys, t->size, t->keys_along);
        memset(t->to_keys, 0, t->keys * size * sizeof(float));
        memset(t->to_values, 0, t->keys * size * sizeof(float));
    }
    return 0;
}

/* How many keys a query sees. */
static int64_t seen_by(const Task *t, int64_t query) { return t->keys - t->queries + query + 1; }

/* Softmax of one row of products, over the first so many; 0 behind, up to the end. */
static void soften(float *x, int64_t count, int64_t end, float scale) {
    float most = -INFINITY, total = 0;
    for (int64_t i = 0; i < count; i++) most = x[i] > most ? x[i] : most;
    for (int64_t i = count; i < whole_panels(count); i++) x[i] = most;
    for (int64_t i = 0; i < count; i += LANES) store(x + i, exponential((load(x + i) - most) * scale));
    for (int64_t i = 0; i < count; i++) total += x[i];
    for (int64_t i = 0; i < count; i++) x[i] /= total;
    memset(x + count, 0, (end - count) * sizeof(float));
}

/* What rows queries of a head, from first on, see of each key: [rows][keys in whole panels]. */
static void shares_of(const Task *t, const float *queries, int64_t first, int64_t rows) {
    const int64_t row = whole_panels(t->keys);
    multiply(rows, queries + first * t->query_row, t->query_row, t->keys_across, t->size, seen_by(t, first + rows - 1), t->shares, row, 0);
    for (int64_t query = 0; query < rows; query++)
        soften(t->shares + query * row, seen_by(t, first + query), row, 1 / sqrtf(t->size));
}

/* shares times what lies along, as rows of a head of a tensor. */
static void gather(const Task *t, const float *shares, const float *along, int64_t rows, float *to) {
    const int64_t size = whole_panels(t->size);
    multiply(rows, shares, whole_panels(t->keys), along, t->keys, t->size, t->block, size, 0);
    for (int64_t row = 0; row < rows; row++) memcpy(to + row * t->query_row, t->block + row * size, t->size * sizeof(float));
}

/* to += shares, transposed, times rows of a head of a tensor. */
static void scatter(const Task *t, const float *shares, const float *from, int64_t rows, float *to) {
    for (int64_t row = 0; row < rows; row++)
        for (int64_t key = 0; key < t->keys; key++) t->turned[key * rows + row] = shares[row * whole_panels(t->keys) + key];
    panels_along(from, t->query_row, rows, t->size, t->block_panels);
    multiply(t->keys, t->turned, rows, t->block_panels, rows, t->size, to, whole_panels(t->size), 1);
}

/* The gradient of soften, in place of that by its result. */
static void soften_back(const Task *t, int64_t first, int64_t rows) {
    const int64_t row = whole_panels(t->keys);
    for (int64_t query = 0; query < rows; query++) {
        const float *shares = t->shares + query * row;
        float *slopes = t->slopes + query * row, along = 0;
        const int64_t count = seen_by(t, first + query);
        for (int64_t key = 0; key < count; key++) along += shares[key] * slopes[key];
        for (int64_t key = 0; key < count; key++) slopes[key] = shares[key] * (slopes[key] - along) / sqrtf(t->size);
        memset(slopes + count, 0, (row - count) * sizeof(float));
    }
}

static void forwards(const Task *t, const Attention *a, int64_t at, int64_t first, int64_t rows) {
    shares_of(t, a->queries + at, first, rows);
    gather(t, t->shares, t->values_along, rows, a->seen + at + first * t->query_row);
}

static void backwards(const Task *t, const Attention *a, int64_t at, int64_t first, int64_t rows) {
    const int64_t here = at + first * t->query_row;
    shares_of(t, a->queries + at, first, rows);
    scatter(t, t->shares, a->slope + here, rows, t->to_values);
    multiply(rows, a->slope + here, t->query_row, t->values_across, t->size, t->keys, t->slopes, whole_panels(t->keys), 0);
    soften_back(t, first, rows);
    gather(t, t->slopes, t->keys_along, rows, a->to_queries + here);
    scatter(t, t->slopes, a->queries + here, rows, t->to_keys);
}

static int run(const Attention *a, int back, int threads) {
    int failed = 0;
#pragma omp parallel for num_threads(threads) schedule(dynamic) reduction(| : failed)
    for (int64_t index = 0; index < a->sequences * a->kinds; index++) {
        Task t;
        if (prepare(&t, a, index, back)) { failed = 1; continue; }
        for (int64_t head = 0; head < a->heads / a->kinds; head++)
            for (int64_t first = 0; first < t.queries; first += BLOCK)
                (back ? backwards : forwards)(&t, a, t.first_query + head * a->size, first, smaller(BLOCK, t.queries - first));
        for (int64_t key = 0; back && key < t.keys; key++) {
            memcpy(a->to_keys + t.first_key + key * t.key_row, t.to_keys + key * whole_panels(a->size), a->size * sizeof(float));
            memcpy(a->to_values + t.first_key + key * t.key_row, t.to_values + key * whole_panels(a->size), a->size * sizeof(float));
        }
        free(t.memory);
    }
    return failed;
}

/* What is seen. Like its gradients, gives 0, or another number without memory. */
int attend(const Attention *a, int threads) { return run(a, 0, threads); }

int attend_back(const Attention *a, int threads) { return run(a, 1, threads); }
