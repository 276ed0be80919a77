/* Vectors of the widest registers that the compiler was told of, and what is computed of them. */

#include <math.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define LANES 16
#define TILE_ROWS 12
#elif defined(__AVX__)
#define LANES 8
#define TILE_ROWS 6
#else
#define LANES 4
#define TILE_ROWS 6
#endif

/* Columns of a panel of weights: two vectors. */
#define PANEL (2 * LANES)

typedef float Vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t Whole __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE Vector load(const float *from) { return *(const Vector *)from; }

INLINE void store(float *to, Vector x) { *(Vector *)to = x; }

INLINE Vector all(float x) { return x - (Vector){}; }

INLINE Vector choose(Whole where, Vector yes, Vector no) { return (Vector)(((Whole)yes & where) | ((Whole)no & ~where)); }

INLINE float sum(Vector x) {
    float total = 0;
    for (int i = 0; i < LANES; i++) total += x[i];
    return total;
}

/* exp(x) to 2 units in the last place, by 2^n exp(r) with |r| <= ln(2) / 2; below exp(-87) it is 0, above exp(88) that. */
INLINE Vector exponential(Vector x) {
    const Vector least = all(-87.0f), most = all(88.0f);
    const Whole vanishes = x < least;
    x = choose(vanishes, least, choose(x > most, most, x));
    const Vector magic = all(12582912.0f); /* 1.5 * 2^23: adding it rounds to a whole number */
    const Vector n = (x * 1.44269504f + magic) - magic;
    const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    Vector series = all(1.0f / 5040);
    series = series * r + 1.0f / 720;
    series = series * r + 1.0f / 120;
    series = series * r + 1.0f / 24;
    series = series * r + 1.0f / 6;
    series = series * r + 0.5f;
    series = series * r + 1.0f;
    series = series * r + 1.0f;
    const Whole power = (__builtin_convertvector(n, Whole) + 127) << 23;
    return choose(vanishes, (Vector){}, series * (Vector)power);
}
