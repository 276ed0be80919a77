/* One decoding step on CPU, in float32: for each row, what follows its last token. */

#include "layer.h"

typedef struct {
    Linear linear;
    const float *panels;
} Packed;

typedef struct {
    Packed query, key, value, output, gate, up, down;
    const float *before_attention, *before_mlp, *of_query, *of_key; /* weights of norms; the last two may be NULL */
} Layer;

typedef struct {
    int64_t width, heads, kinds, size, inner, layers; /* kinds: heads of keys and values */
    float epsilon;
    const float *embedding, *norm, *cosines, *sines; /* of all positions, [positions][size] */
    const Layer *layer;
    Packed head;
} Model;

typedef struct {
    float *const *keys, *const *values; /* of each layer [slots][kinds][columns][size] */
    int64_t columns;
} Cache;

/* Where the rows of a block are computed: each [rows][...]. */
typedef struct {
    float *x, *normed, *queries, *keys, *values, *seen, *gate, *up, *scores;
} Scratch;

int64_t panel(void) { return PANEL; }

int pack(const float *matrix, int64_t in, int64_t out, float *panels, int threads) {
#pragma omp parallel for num_threads(threads)
    for (int64_t index = 0; index < whole_panels(out) / PANEL; index++)
        pack_panel(matrix, in, in, out, index, panels + index * in * PANEL);
    return 0;
}

static float product(const float *x, const float *y, int64_t size) {
    Vector even = {}, odd = {};
    int64_t i = 0;
    for (; i + 2 * LANES <= size; i += 2 * LANES) {
        even += load(x + i) * load(y + i);
        odd += load(x + i + LANES) * load(y + i + LANES);
    }
    float total = sum(even + odd);
    for (; i < size; i++) total += x[i] * y[i];
    return total;
}

/* What one query sees: softmax(keys query / sqrt(size)) values, of so many columns. scores has room for them in whole vectors; next is
   what is read next. */
static void look(const float *query, const float *keys, const float *values, const float *next, int64_t columns, int64_t size, float *scores, float *seen) {
    const float scale = 1 / sqrtf(size);
    float most = -INFINITY, total = 0;
    for (int64_t c = 0; c < columns; c++) {
        bring(values + c * size, size);
        scores[c] = product(query, keys + c * size, size) * scale;
        if (scores[c] > most) most = scores[c];
    }
    for (int64_t c = columns; c % LANES; c++) scores[c] = most;
    for (int64_t c = 0; c < columns; c += LANES) store(scores + c, exponential(load(scores + c) - most));
    memset(seen, 0, size * sizeof *seen);
    for (int64_t c = 0; c < columns; c++) {
        total += scores[c];
        bring(next + c * size, size);
        for (int64_t i = 0; i < size; i++) seen[i] += scores[c] * values[c * size + i];
    }
    for (int64_t i = 0; i < size; i++) seen[i] /= total;
}

/* The attention of one row: its own key and value join those of its slot. */
static void attention(const Scratch *s, const Model *m, const Layer *layer, float *keys, float *values, int64_t columns, int64_t row, int64_t at) {
    const int64_t group = m->heads / m->kinds, size = m->size;
    const float *cosines = m->cosines + at * size, *sines = m->sines + at * size;
    float *query = s->queries + row * m->heads * size, *seen = s->seen + row * m->heads * size;
    float *key = s->keys + row * m->kinds * size, *value = s->values + row * m->kinds * size;
    if (layer->of_query) norm(m->heads, query, layer->of_query, size, m->epsilon, query);
    if (layer->of_key) norm(m->kinds, key, layer->of_key, size, m->epsilon, key);
    rotate(query, m->heads, cosines, sines, size);
    rotate(key, m->kinds, cosines, sines, size);
    for (int64_t kind = 0; kind < m->kinds; kind++, keys += columns * size, values += columns * size) {
        memcpy(keys + at * size, key + kind * size, size * sizeof *key);
        memcpy(values + at * size, value + kind * size, size * sizeof *value);
        for (int64_t head = kind * group; head < (kind + 1) * group; head++)
            look(query + head * size, keys, values, keys + columns * size, at + 1, size, s->scores, seen + head * size);
    }
}

static void one_layer(const Scratch *s, const Model *m, const Cache *cache, int64_t index, int64_t slot, int64_t rows, const int64_t *at) {
    const Layer *layer = m->layer + index;
    norm(rows, s->x, layer->before_attention, m->width, m->epsilon, s->normed);
    apply(rows, s->normed, &layer->query.linear, layer->query.panels, s->queries, 0);
    apply(rows, s->normed, &layer->key.linear, layer->key.panels, s->keys, 0);
    apply(rows, s->normed, &layer->value.linear, layer->value.panels, s->values, 0);
    for (int64_t row = 0; row < rows; row++) {
        const int64_t start = (slot + row) * m->kinds * cache->columns * m->size;
        attention(s, m, layer, cache->keys[index] + start, cache->values[index] + start, cache->columns, row, at[slot + row]);
    }
    apply(rows, s->seen, &layer->output.linear, layer->output.panels, s->x, 1);
    norm(rows, s->x, layer->before_mlp, m->width, m->epsilon, s->normed);
    apply(rows, s->normed, &layer->gate.linear, layer->gate.panels, s->gate, 0);
    apply(rows, s->normed, &layer->up.linear, layer->up.panels, s->up, 0);
    activate(s->gate, s->up, rows * m->inner, s->gate);
    apply(rows, s->gate, &layer->down.linear, layer->down.panels, s->x, 1);
}

/* The slots from first to end. Gives 0, or another number without memory. */
static int some(const Model *m, const Cache *cache, const int64_t *tokens, const int64_t *at, int64_t first, int64_t end, float *logits) {
    const int64_t vocabulary = whole_panels(m->head.linear.out), most = smaller(BLOCK, end - first);
    const int64_t queries = m->heads * m->size, keys = m->kinds * m->size;
    const int64_t sizes[] = {m->width, m->width, queries, keys, keys, queries, m->inner, m->inner, cache->columns + LANES};
    Scratch s;
    float **const parts[] = {&s.x, &s.normed, &s.queries, &s.keys, &s.values, &s.seen, &s.gate, &s.up, &s.scores};
    int64_t total = 0;
    for (int i = 0; i < 9; i++) total += most * sizes[i];
    float *memory = floats(total), *next = memory;
    if (!memory) return 1;
    for (int i = 0; i < 9; next += most * sizes[i++]) *parts[i] = next;
    for (int64_t slot = first, rows; slot < end; slot += rows) {
        rows = smaller(BLOCK, end - slot);
        for (int64_t row = 0; row < rows; row++)
            memcpy(s.x + row * m->width, m->embedding + tokens[slot + row] * m->width, m->width * sizeof *s.x);
        for (int64_t layer = 0; layer < m->layers; layer++) one_layer(&s, m, cache, layer, slot, rows, at);
        norm(rows, s.x, m->norm, m->width, m->epsilon, s.normed);
        apply(rows, s.normed, &m->head.linear, m->head.panels, logits + slot * vocabulary, 0);
    }
    free(memory);
    return 0;
}

/* Logits [slots][vocabulary, in whole panels], by so many threads. tokens: each slot's last; at: its column and position.
   Gives 0, or another number without memory. */
int decode(const Model *m, const Cache *cache, const int64_t *tokens, const int64_t *at, int64_t slots, float *logits, int threads) {
    int failed = 0;
#pragma omp parallel for num_threads(threads) schedule(static, 1) reduction(| : failed)
    for (int part = 0; part < threads; part++)
        failed |= some(m, cache, tokens, at, slots * part / threads, slots * (part + 1) / threads, logits);
    return failed;
}
