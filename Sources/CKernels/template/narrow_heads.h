// Edge attention for heads of at most LANES channels: a head is one vector, eight heads are processed at a
// time, and the sums of a destination stay in registers. This file is included once for each LANES (8, 16),
// for float on processors with masked loads. The loops of edge_attention.h are the specification.

#define V JOIN(vector, LANES)
#define WIDE(x) NAME(JOIN(JOIN(x, _), LANES))

typedef float V __attribute__((ext_vector_type(LANES)));

/// The channels of head h in the first `depth` lanes; the other lanes are 0.
INLINE V WIDE(load)(const float *x, int64_t h, const int64_t depth) {
  const float *p = x + h * depth;
  if (depth == LANES) {
    V v;
    memcpy(&v, p, sizeof v);
    return v;
  }
  return MASKED_LOAD(LANES, p, depth);
}

INLINE void WIDE(store)(float *x, int64_t h, V v, const int64_t depth) {
  float *p = x + h * depth;
  if (depth == LANES)
    memcpy(p, &v, sizeof v);
  else
    MASKED_STORE(LANES, p, v, depth);
}

/// Stores heads 0 ..< n of a row, with non-temporal stores if `streams` is not 0 and heads are whole vectors.
INLINE void WIDE(store_row)(float *x, const V *v, const int n, const int64_t depth, int64_t streams) {
  if (depth == LANES && streams)
    for (int h = 0; h < n; h++) __builtin_nontemporal_store(v[h], (V *)(x + h * LANES));
  else
    for (int h = 0; h < n; h++) WIDE(store)(x, h, v[h], depth);
}

/// Completes non-temporal stores before other threads are told that the results are ready.
INLINE void WIDE(finish)(const oc_edge_attention *a) {
#if defined(__x86_64__)
  if (a->streams) __builtin_ia32_sfence();
#endif
}

INLINE void WIDE(add)(double *x, int64_t h, V v, const int64_t depth) {
  for (int64_t c = 0; c < depth; c++) x[h * depth + c] += (double)v[c];
}

/// The sum of the lanes of each of eight vectors.
INLINE vector8 WIDE(sums)(const V *x) {
  vector8 a[8];
#if LANES == 16
  for (int h = 0; h < 8; h++) a[h] = x[h].lo + x[h].hi;
#else
  for (int h = 0; h < 8; h++) a[h] = x[h];
#endif
  for (int h = 0; h < 8; h += 2)
    a[h] = __builtin_shufflevector(a[h], a[h + 1], 0, 8, 2, 10, 4, 12, 6, 14) +
           __builtin_shufflevector(a[h], a[h + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  for (int h = 0; h < 8; h += 4)
    a[h] = __builtin_shufflevector(a[h], a[h + 2], 0, 1, 8, 9, 4, 5, 12, 13) +
           __builtin_shufflevector(a[h], a[h + 2], 2, 3, 10, 11, 6, 7, 14, 15);
  return __builtin_shufflevector(a[0], a[4], 0, 1, 2, 3, 8, 9, 10, 11) +
         __builtin_shufflevector(a[0], a[4], 4, 5, 6, 7, 12, 13, 14, 15);
}

/// Heads h0 ..< h0 + n of destinations first ..< last. `plain`: no Explicit Bias Term, one kind of edges.
INLINE void WIDE(narrow_forward)(const oc_edge_attention *a, int64_t first, int64_t last,
                                 const int64_t h0, const int n, const int64_t depth,
                                 const int plain) {
  const int64_t heads = a->heads, width = heads * depth, c0 = h0 * depth;
  const float scale = (float)(1 / sqrt((double)depth));
  const float *factors = a->factors;
  const int kinds = !plain && a->alternate ? 2 : 1, hasBias = !plain && a->edge_bias;
  const float *k0 = (const float *)a->k + c0, *v0 = (const float *)a->v + c0;
  const float *p0 = a->p ? (const float *)a->p + c0 : 0;
  float *s0 = a->scores ? (float *)a->scores + c0 : 0;
  for (int64_t i = first; i < last; i++) {
    V q[2][8], acc[8], s[8] = {0};
    vector8 b[2] = {0}, total = 0;
    for (int kind = 0; kind < kinds; kind++) {
      const float *q0 = (const float *)a->q + i * a->q_stride + kind * a->q_alternate + c0;
      for (int h = 0; h < n; h++) q[kind][h] = WIDE(load)(q0, h, depth) * scale;
      if (hasBias) {
        for (int h = 0; h < n; h++)
          s[h] = q[kind][h] * WIDE(load)((const float *)a->key_bias + c0, h, depth);
        b[kind] = WIDE(sums)(s);
      }
    }
    for (int h = 0; h < n; h++) acc[h] = 0;
    for (int64_t e = a->offsets[i]; e < a->offsets[i + 1]; e++) {
      const int64_t j = a->sources[e];
      const int kind = kinds == 2 && a->alternate[e];
      const float *k = k0 + j * a->k_stride + (kind ? a->k_alternate : 0);
      const float *v = v0 + j * a->v_stride;
      for (int h = 0; h < n; h++) s[h] = WIDE(load)(k, h, depth) * q[kind][h];
      if (p0)
        for (int h = 0; h < n; h++) s[h] *= WIDE(load)(p0 + e * width, h, depth);
      if (hasBias)
        for (int h = 0; h < n; h++)
          s[h] += b[kind][h] * WIDE(load)((const float *)a->edge_bias + c0, h, depth);
      if (s0) WIDE(store_row)(s0 + e * width, s, n, depth, a->streams);
      const vector8 logits = WIDE(sums)(s);
      store_heads((float *)a->logits + e * heads + h0, logits, n);
      vector8 w = exponential_of_clamped(logits);
      if (factors) w *= factors[e];
      total += w;
      for (int h = 0; h < n; h++) acc[h] += w[h] * WIDE(load)(v, h, depth);
    }
    float *out = (float *)a->out + i * width + c0;
    const vector8 inverse = 1 / (total + 1e-6f);
    store_heads((float *)a->weight_sum + i * heads + h0, total, n);
    for (int h = 0; h < n; h++) {
      if (hasBias)
        acc[h] += total[h] * WIDE(load)((const float *)a->value_bias + c0, h, depth);
      acc[h] *= inverse[h];
    }
    WIDE(store_row)(out, acc, n, depth, a->streams);
  }
}

INLINE void WIDE(narrow_destinations)(const oc_edge_attention_gradient *gradient, double *biases,
                                      int64_t first, int64_t last, const int64_t h0, const int n,
                                      const int64_t depth, const int plain) {
  const oc_edge_attention *a = gradient->attention;
  const int64_t heads = a->heads, width = heads * depth, c0 = h0 * depth;
  const float scale = (float)(1 / sqrt((double)depth));
  const float *factors = a->factors;
  const int kinds = !plain && a->alternate ? 2 : 1, hasBias = !plain && a->edge_bias;
  const float *key_bias = hasBias ? (const float *)a->key_bias + c0 : 0;
  const float *edge_bias = hasBias ? (const float *)a->edge_bias + c0 : 0;
  const float *value_bias = hasBias ? (const float *)a->value_bias + c0 : 0;
  const float *k0 = (const float *)a->k + c0, *v0 = (const float *)a->v + c0;
  const float *p0 = a->p ? (const float *)a->p + c0 : 0;
  const float *external0 = gradient->d_scores ? (const float *)gradient->d_scores + c0 : 0;
  float *dp0 = gradient->dp ? (float *)gradient->dp + c0 : 0;
  for (int64_t i = first; i < last; i++) {
    V q[2][8], dq[2][8], ds_total[2][8], g[8], x[8] = {0};
    const float *out = (const float *)a->out + i * width + c0;
    const vector8 sums = load_heads((const float *)a->weight_sum + i * heads + h0, n);
    const vector8 inverse = 1 / (sums + 1e-6f);
    for (int kind = 0; kind < kinds; kind++) {
      const float *q0 = (const float *)a->q + i * a->q_stride + kind * a->q_alternate + c0;
      for (int h = 0; h < n; h++) {
        q[kind][h] = WIDE(load)(q0, h, depth) * scale;
        dq[kind][h] = ds_total[kind][h] = 0;
      }
    }
    for (int h = 0; h < n; h++) {
      g[h] = gradient->d_out
                 ? WIDE(load)((const float *)gradient->d_out + i * width + c0, h, depth)
                 : (V)0;
      V value = WIDE(load)(out, h, depth);
      // v_bias is added to every value, so it shifts v . g of all edges by the same number.
      if (hasBias) value -= WIDE(load)(value_bias, h, depth);
      x[h] = value * g[h];
    }
    const vector8 og = WIDE(sums)(x);
    for (int64_t e = a->offsets[i]; e < a->offsets[i + 1]; e++) {
      const int64_t j = a->sources[e];
      const int kind = kinds == 2 && a->alternate[e];
      const float *k = k0 + j * a->k_stride + (kind ? a->k_alternate : 0);
      const float *v = v0 + j * a->v_stride;
      for (int h = 0; h < n; h++) x[h] = WIDE(load)(v, h, depth) * g[h];
      const vector8 dw = (WIDE(sums)(x) - og) * inverse;
      const vector8 logits = load_heads((const float *)a->logits + e * heads + h0, n);
      const vector8 w1 = exponential_of_clamped(logits), w = factors ? w1 * factors[e] : w1;
      // The clamp has gradient 1 at its limits and 0 outside.
      const vector8 dl = ((logits > 5) | (logits < -5)) ? (vector8)0 : dw * w;
      store_heads((float *)gradient->d_logits + e * heads + h0, dl, n);
      store_heads((float *)gradient->alpha + e * heads + h0, w * inverse, n);
      if (gradient->d_factors) {
        float *d_factor = (float *)gradient->d_factors + e, sum = h0 == 0 ? 0 : *d_factor;
        for (int h = 0; h < n; h++) sum += w1[h] * dw[h];
        *d_factor = sum;
      }
      for (int h = 0; h < n; h++) {
        V ds = dl[h];
        if (external0) ds += WIDE(load)(external0 + e * width, h, depth);
        V t = ds * WIDE(load)(k, h, depth);
        x[h] = t * q[kind][h];
        dq[kind][h] += p0 ? t * WIDE(load)(p0 + e * width, h, depth) : t;
        if (hasBias) ds_total[kind][h] += ds;
      }
      if (dp0) WIDE(store_row)(dp0 + e * width, x, n, depth, a->streams);
    }
    for (int kind = 0; kind < kinds; kind++) {
      if (hasBias) {
        double *d_key = biases + c0, *d_edge = biases + width + c0;
        for (int h = 0; h < n; h++) x[h] = q[kind][h] * WIDE(load)(key_bias, h, depth);
        const vector8 b = WIDE(sums)(x);
        for (int h = 0; h < n; h++) x[h] = ds_total[kind][h] * WIDE(load)(edge_bias, h, depth);
        const vector8 db = WIDE(sums)(x);
        for (int h = 0; h < n; h++) {
          WIDE(add)(d_edge, h, b[h] * ds_total[kind][h], depth);
          WIDE(add)(d_key, h, db[h] * q[kind][h], depth);
          dq[kind][h] += db[h] * WIDE(load)(key_bias, h, depth);
        }
      }
      float *target = (float *)gradient->dq + i * gradient->dq_stride + kind * a->q_alternate + c0;
      for (int h = 0; h < n; h++) dq[kind][h] *= scale;
      WIDE(store_row)(target, dq[kind], n, depth, a->streams);
    }
    if (hasBias)
      for (int h = 0; h < n; h++)
        WIDE(add)(biases + 2 * width + c0, h, sums[h] * inverse[h] * g[h], depth);
  }
}

INLINE void WIDE(narrow_sources)(const oc_edge_attention_gradient *gradient, int64_t first,
                                 int64_t last, const int64_t h0, const int n, const int64_t depth,
                                 const int plain) {
  const oc_edge_attention *a = gradient->attention;
  const int64_t heads = a->heads, width = heads * depth, c0 = h0 * depth;
  const float scale = (float)(1 / sqrt((double)depth));
  const int kinds = !plain && a->alternate ? 2 : 1;
  const float *p0 = a->p ? (const float *)a->p + c0 : 0;
  const float *external0 = gradient->d_scores ? (const float *)gradient->d_scores + c0 : 0;
  const float *d_out = gradient->d_out ? (const float *)gradient->d_out + c0 : 0;
  for (int64_t j = first; j < last; j++) {
    V dk[2][8], dv[8];
    for (int h = 0; h < n; h++) dk[0][h] = dk[1][h] = dv[h] = 0;
    for (int64_t at = gradient->source_offsets[j]; at < gradient->source_offsets[j + 1]; at++) {
      const int64_t e = gradient->source_order[at], i = gradient->destinations[e];
      const int kind = kinds == 2 && a->alternate[e];
      const float *q = (const float *)a->q + i * a->q_stride + (kind ? a->q_alternate : 0) + c0;
      const float *d_logits = (const float *)gradient->d_logits + e * heads + h0;
      const float *alpha = (const float *)gradient->alpha + e * heads + h0;
      for (int h = 0; h < n; h++) {
        V ds = d_logits[h];
        if (external0) ds += WIDE(load)(external0 + e * width, h, depth);
        ds *= WIDE(load)(q, h, depth);
        dk[kind][h] += p0 ? ds * WIDE(load)(p0 + e * width, h, depth) : ds;
      }
      if (d_out)
        for (int h = 0; h < n; h++) dv[h] += alpha[h] * WIDE(load)(d_out + i * width, h, depth);
    }
    for (int kind = 0; kind < kinds; kind++) {
      float *target = (float *)gradient->dk + j * gradient->dk_stride + kind * a->k_alternate + c0;
      for (int h = 0; h < n; h++) dk[kind][h] *= scale;
      WIDE(store_row)(target, dk[kind], n, depth, a->streams);
    }
    WIDE(store_row)((float *)gradient->dv + j * gradient->dv_stride + c0, dv, n, depth, a->streams);
  }
}

// Specialized code for eight heads, for eight channels, and for attention without EBT.
#define NARROW(function, ...)                                   \
  for (int64_t h0 = 0; h0 < heads; h0 += 8) {                   \
    const int n = heads - h0 < 8 ? (int)(heads - h0) : 8;       \
    if (n < 8)                                                  \
      WIDE(function)(__VA_ARGS__, first, last, h0, n, depth, 0); \
    else if (depth == LANES && plain)                           \
      WIDE(function)(__VA_ARGS__, first, last, h0, 8, LANES, 1); \
    else if (depth == LANES)                                    \
      WIDE(function)(__VA_ARGS__, first, last, h0, 8, LANES, 0); \
    else if (plain)                                             \
      WIDE(function)(__VA_ARGS__, first, last, h0, 8, depth, 1); \
    else                                                        \
      WIDE(function)(__VA_ARGS__, first, last, h0, 8, depth, 0); \
  }

static __attribute__((noinline)) void WIDE(edge_attention)(const oc_edge_attention *a, int64_t first, int64_t last) {
  const int64_t heads = a->heads, depth = a->depth;
  const int plain = !a->alternate && !a->edge_bias;
  NARROW(narrow_forward, a)
  WIDE(finish)(a);
}

static __attribute__((noinline)) void WIDE(edge_attention_destinations)(const oc_edge_attention_gradient *gradient,
                                              double *biases, int64_t first, int64_t last) {
  const oc_edge_attention *a = gradient->attention;
  const int64_t heads = a->heads, depth = a->depth;
  const int plain = !a->alternate && !a->edge_bias;
  NARROW(narrow_destinations, gradient, biases)
  WIDE(finish)(a);
}

static __attribute__((noinline)) void WIDE(edge_attention_sources)(const oc_edge_attention_gradient *gradient, int64_t first,
                                         int64_t last) {
  const oc_edge_attention *a = gradient->attention;
  const int64_t heads = a->heads, depth = a->depth;
  const int plain = !a->alternate;
  NARROW(narrow_sources, gradient)
  WIDE(finish)(a);
}

#undef NARROW
#undef V
#undef WIDE
