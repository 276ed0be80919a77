/* Tokens drawn from logits, on CPU. */

#include "layer.h"

typedef struct {
    int64_t rows, count, row; /* logits [rows][count], rows so far apart */
    float scale;              /* by which logits are multiplied: 1 / temperature */
    const float *logits;
    const double *points; /* where among the probabilities each row's draw falls, in [0, 1) */
    int64_t *chosen;
    float *logprobs;
} Draw;

/* In float64, no probability is too small to be drawn. weights has room for all in whole vectors. */
static void draw_row(const Draw *d, int64_t row, float *weights) {
    const float *logits = d->logits + row * d->row;
    float most = -INFINITY;
    double total = 0, mass = 0;
    for (int64_t i = 0; i < d->count; i++) {
        weights[i] = logits[i] * d->scale;
        if (weights[i] > most) most = weights[i];
    }
    for (int64_t i = d->count; i < whole_panels(d->count); i++) weights[i] = most;
    for (int64_t i = 0; i < d->count; i += LANES) store(weights + i, exponential(load(weights + i) - most));
    for (int64_t i = 0; i < d->count; i++) total += weights[i];
    int64_t chosen = 0;
    for (int64_t i = 0; i < d->count && mass <= d->points[row] * total; i++) {
        if (weights[i] > 0) chosen = i;
        mass += weights[i];
    }
    d->chosen[row] = chosen;
    const float logprob = logits[chosen] * d->scale - most - (float)log(total);
    d->logprobs[row] = logprob > 0 ? 0 : logprob; /* rounded */
}

/* Gives 0, or another number without memory. */
int draw(const Draw *d, int threads) {
    int failed = 0;
#pragma omp parallel for num_threads(threads) reduction(| : failed)
    for (int64_t row = 0; row < d->rows; row++) {
        float *weights = floats(whole_panels(d->count));
        if (!weights) { failed = 1; continue; }
        draw_row(d, row, weights);
        free(weights);
    }
    return failed;
}
