// Edge-featured attention in one pass over edges grouped by destination. `referenceEdgeAttention` in
// OutcropModels is the readable version of this computation and uses the same names. narrow_heads.h is the
// vectorized version for narrow heads.

INLINE REAL NAME(clamp5)(REAL x) {
  x = x > 5 ? 5 : x;
  return x < -5 ? -5 : x;
}

/// b = (q . key_bias) / sqrt(depth) for every head.
INLINE void NAME(bias_scores)(const REAL *qs, const REAL *key_bias, REAL *b, int64_t heads,
                              int64_t depth) {
  for (int64_t h = 0; h < heads; h++) {
    REAL sum = 0;
    for (int64_t c = 0; c < depth; c++) sum += qs[h * depth + c] * key_bias[h * depth + c];
    b[h] = sum;
  }
}

INLINE void NAME(edge_attention_body)(const oc_edge_attention *a, int64_t first, int64_t last,
                                      const int64_t depth) {
  const int64_t heads = a->heads, width = heads * depth;
  const REAL scale = (REAL)(1 / sqrt((double)depth));
  const REAL *factors = a->factors, *edge_bias = a->edge_bias, *value_bias = a->value_bias;
  const int kinds = a->alternate ? 2 : 1;
  REAL q_scaled[2 * width], acc[width], b_kinds[2 * heads], total[heads], w[heads], local[width];
  for (int64_t i = first; i < last; i++) {
    for (int kind = 0; kind < kinds; kind++) {
      const REAL *q = (const REAL *)a->q + i * a->q_stride + kind * a->q_alternate;
      REAL *qs = q_scaled + kind * width, *b = b_kinds + kind * heads;
      for (int64_t c = 0; c < width; c++) qs[c] = q[c] * scale;
      for (int64_t h = 0; h < heads; h++) b[h] = 0;
      if (edge_bias) NAME(bias_scores)(qs, a->key_bias, b, heads, depth);
    }
    for (int64_t c = 0; c < width; c++) acc[c] = 0;
    for (int64_t h = 0; h < heads; h++) total[h] = 0;
    for (int64_t e = a->offsets[i]; e < a->offsets[i + 1]; e++) {
      const int64_t j = a->sources[e], kind = a->alternate && a->alternate[e];
      const REAL *qs = q_scaled + kind * width, *b = b_kinds + kind * heads;
      const REAL *k = (const REAL *)a->k + j * a->k_stride + kind * a->k_alternate;
      const REAL *v = (const REAL *)a->v + j * a->v_stride;
      REAL *s = a->scores ? (REAL *)a->scores + e * width : local;
      REAL *logits = (REAL *)a->logits + e * heads;
      if (a->p) {
        const REAL *p = (const REAL *)a->p + e * width;
        for (int64_t c = 0; c < width; c++) s[c] = k[c] * qs[c] * p[c];
      } else {
        for (int64_t c = 0; c < width; c++) s[c] = k[c] * qs[c];
      }
      if (edge_bias)
        for (int64_t h = 0; h < heads; h++)
          for (int64_t c = h * depth; c < (h + 1) * depth; c++) s[c] += b[h] * edge_bias[c];
      for (int64_t h = 0; h < heads; h++) {
        REAL sum = 0;
        for (int64_t c = h * depth; c < (h + 1) * depth; c++) sum += s[c];
        logits[h] = sum;
      }
      const REAL factor = factors ? factors[e] : 1;
      for (int64_t h = 0; h < heads; h++) {
        w[h] = NAME(exp_one)(NAME(clamp5)(logits[h])) * factor;
        total[h] += w[h];
      }
      for (int64_t h = 0; h < heads; h++)
        for (int64_t c = h * depth; c < (h + 1) * depth; c++) acc[c] += w[h] * v[c];
    }
    REAL *out = (REAL *)a->out + i * width, *sums = (REAL *)a->weight_sum + i * heads;
    for (int64_t h = 0; h < heads; h++) {
      const REAL inverse = 1 / (total[h] + (REAL)1e-6);
      sums[h] = total[h];
      for (int64_t c = h * depth; c < (h + 1) * depth; c++) {
        REAL t = acc[c];
        if (value_bias) t += value_bias[c] * total[h];
        out[c] = t * inverse;
      }
    }
  }
}

INLINE void NAME(edge_attention_destinations_body)(const oc_edge_attention_gradient *gradient,
                                                   double *biases, int64_t first, int64_t last,
                                                   const int64_t depth) {
  const oc_edge_attention *a = gradient->attention;
  const int64_t heads = a->heads, width = heads * depth;
  const REAL scale = (REAL)(1 / sqrt((double)depth));
  const REAL *factors = a->factors, *edge_bias = a->edge_bias, *key_bias = a->key_bias;
  const REAL *value_bias = a->value_bias;
  const int kinds = a->alternate ? 2 : 1;
  REAL q_scaled[2 * width], dq_kinds[2 * width], g[width], inverse[heads], og[heads];
  REAL ds[width], ds_kinds[2 * width], dl[heads], b[heads], db[heads];
  for (int64_t i = first; i < last; i++) {
    const REAL *out = (const REAL *)a->out + i * width;
    const REAL *sums = (const REAL *)a->weight_sum + i * heads;
    const REAL *d_out = gradient->d_out ? (const REAL *)gradient->d_out + i * width : 0;
    for (int kind = 0; kind < kinds; kind++) {
      const REAL *q = (const REAL *)a->q + i * a->q_stride + kind * a->q_alternate;
      for (int64_t c = 0; c < width; c++) {
        q_scaled[kind * width + c] = q[c] * scale;
        dq_kinds[kind * width + c] = ds_kinds[kind * width + c] = 0;
      }
    }
    for (int64_t c = 0; c < width; c++) g[c] = d_out ? d_out[c] : 0;
    for (int64_t h = 0; h < heads; h++) {
      inverse[h] = 1 / (sums[h] + (REAL)1e-6);
      REAL sum = 0;
      for (int64_t c = h * depth; c < (h + 1) * depth; c++) {
        sum += out[c] * g[c];
        // v_bias is added to every value, so it shifts v . g of all edges by the same number.
        if (value_bias) sum -= value_bias[c] * g[c];
      }
      og[h] = sum;
    }
    for (int64_t e = a->offsets[i]; e < a->offsets[i + 1]; e++) {
      const int64_t j = a->sources[e], kind = a->alternate && a->alternate[e];
      const REAL *qs = q_scaled + kind * width;
      REAL *dqs = dq_kinds + kind * width, *total_ds = ds_kinds + kind * width;
      const REAL *k = (const REAL *)a->k + j * a->k_stride + kind * a->k_alternate;
      const REAL *v = (const REAL *)a->v + j * a->v_stride;
      const REAL *p = a->p ? (const REAL *)a->p + e * width : 0;
      const REAL *logits = (const REAL *)a->logits + e * heads;
      REAL *d_logits = (REAL *)gradient->d_logits + e * heads;
      REAL *alpha = (REAL *)gradient->alpha + e * heads;
      REAL *dp = gradient->dp ? (REAL *)gradient->dp + e * width : 0;
      const REAL factor = factors ? factors[e] : 1;
      REAL d_factor = 0;
      for (int64_t h = 0; h < heads; h++) {
        REAL sum = 0;
        for (int64_t c = h * depth; c < (h + 1) * depth; c++) sum += v[c] * g[c];
        dl[h] = sum;
      }
      for (int64_t h = 0; h < heads; h++) {
        const REAL x = logits[h], w1 = NAME(exp_one)(NAME(clamp5)(x)), w = w1 * factor;
        const REAL dw = (dl[h] - og[h]) * inverse[h];
        d_factor += w1 * dw;
        alpha[h] = w * inverse[h];
        // The clamp has gradient 1 at its limits and 0 outside.
        dl[h] = (x > 5 || x < -5) ? 0 : dw * w;
        d_logits[h] = dl[h];
      }
      if (gradient->d_factors) ((REAL *)gradient->d_factors)[e] = d_factor;
      for (int64_t h = 0; h < heads; h++)
        for (int64_t c = h * depth; c < (h + 1) * depth; c++) ds[c] = dl[h];
      if (gradient->d_scores) {
        const REAL *external = (const REAL *)gradient->d_scores + e * width;
        for (int64_t c = 0; c < width; c++) ds[c] += external[c];
      }
      if (p) {
        for (int64_t c = 0; c < width; c++) {
          const REAL t = ds[c] * k[c];
          dqs[c] += t * p[c];
          if (dp) dp[c] = t * qs[c];
        }
      } else {
        for (int64_t c = 0; c < width; c++) dqs[c] += ds[c] * k[c];
      }
      if (edge_bias)
        for (int64_t c = 0; c < width; c++) total_ds[c] += ds[c];
    }
    for (int kind = 0; kind < kinds; kind++) {
      const REAL *qs = q_scaled + kind * width, *total_ds = ds_kinds + kind * width;
      REAL *dqs = dq_kinds + kind * width;
      if (edge_bias) {
        double *d_key = biases, *d_edge = biases + width;
        for (int64_t h = 0; h < heads; h++) b[h] = db[h] = 0;
        NAME(bias_scores)(qs, key_bias, b, heads, depth);
        for (int64_t h = 0; h < heads; h++) {
          for (int64_t c = h * depth; c < (h + 1) * depth; c++) db[h] += total_ds[c] * edge_bias[c];
          for (int64_t c = h * depth; c < (h + 1) * depth; c++) {
            d_edge[c] += (double)(b[h] * total_ds[c]);
            d_key[c] += (double)(db[h] * qs[c]);
            dqs[c] += db[h] * key_bias[c];
          }
        }
      }
      REAL *dq = (REAL *)gradient->dq + i * gradient->dq_stride + kind * a->q_alternate;
      for (int64_t c = 0; c < width; c++) dq[c] = dqs[c] * scale;
    }
    if (edge_bias) {
      double *d_value = biases + 2 * width;
      for (int64_t h = 0; h < heads; h++)
        for (int64_t c = h * depth; c < (h + 1) * depth; c++)
          d_value[c] += (double)(sums[h] * inverse[h] * g[c]);
    }
  }
}

INLINE void NAME(edge_attention_sources_body)(const oc_edge_attention_gradient *gradient,
                                              int64_t first, int64_t last, const int64_t depth) {
  const oc_edge_attention *a = gradient->attention;
  const int64_t heads = a->heads, width = heads * depth;
  const REAL scale = (REAL)(1 / sqrt((double)depth));
  const int kinds = a->alternate ? 2 : 1;
  REAL dk_kinds[2 * width], dv_sum[width], ds[width];
  for (int64_t j = first; j < last; j++) {
    for (int64_t c = 0; c < kinds * width; c++) dk_kinds[c] = 0;
    for (int64_t c = 0; c < width; c++) dv_sum[c] = 0;
    for (int64_t at = gradient->source_offsets[j]; at < gradient->source_offsets[j + 1]; at++) {
      const int64_t e = gradient->source_order[at], i = gradient->destinations[e];
      const int64_t kind = a->alternate && a->alternate[e];
      const REAL *q = (const REAL *)a->q + i * a->q_stride + kind * a->q_alternate;
      REAL *dk_sum = dk_kinds + kind * width;
      const REAL *d_logits = (const REAL *)gradient->d_logits + e * heads;
      const REAL *alpha = (const REAL *)gradient->alpha + e * heads;
      for (int64_t h = 0; h < heads; h++)
        for (int64_t c = h * depth; c < (h + 1) * depth; c++) ds[c] = d_logits[h];
      if (gradient->d_scores) {
        const REAL *external = (const REAL *)gradient->d_scores + e * width;
        for (int64_t c = 0; c < width; c++) ds[c] += external[c];
      }
      if (a->p) {
        const REAL *p = (const REAL *)a->p + e * width;
        for (int64_t c = 0; c < width; c++) dk_sum[c] += ds[c] * q[c] * p[c];
      } else {
        for (int64_t c = 0; c < width; c++) dk_sum[c] += ds[c] * q[c];
      }
      if (gradient->d_out) {
        const REAL *g = (const REAL *)gradient->d_out + i * width;
        for (int64_t h = 0; h < heads; h++)
          for (int64_t c = h * depth; c < (h + 1) * depth; c++) dv_sum[c] += alpha[h] * g[c];
      }
    }
    for (int kind = 0; kind < kinds; kind++) {
      REAL *dk = (REAL *)gradient->dk + j * gradient->dk_stride + kind * a->k_alternate;
      for (int64_t c = 0; c < width; c++) dk[c] = dk_kinds[kind * width + c] * scale;
    }
    REAL *dv = (REAL *)gradient->dv + j * gradient->dv_stride;
    for (int64_t c = 0; c < width; c++) dv[c] = dv_sum[c];
  }
}

// For common depths, the loops have constant lengths.
#define BY_DEPTH(depth, call) \
  switch (depth) {            \
    case 8: call(8); break;   \
    case 16: call(16); break; \
    default: call(depth);     \
  }

// Heads of few channels use the vectorized kernels, if the processor has the instructions.
#if REAL_IS_FLOAT && NARROW_LANES == 16
#define BY_LANES(depth, call)       \
  if ((depth) <= 8) return call(8); \
  if ((depth) <= 16) return call(16);
#elif REAL_IS_FLOAT && NARROW_LANES == 8
#define BY_LANES(depth, call) \
  if ((depth) <= 8) return call(8);
#else
#define BY_LANES(depth, call)
#endif

static void NAME(edge_attention)(const oc_edge_attention *a, int64_t first, int64_t last) {
#define NARROW(lanes) NAME(edge_attention_##lanes)(a, first, last)
  BY_LANES(a->depth, NARROW)
#undef NARROW
#define CALL(d) NAME(edge_attention_body)(a, first, last, d)
  BY_DEPTH(a->depth, CALL)
#undef CALL
}

static void NAME(edge_attention_gradient_destinations)(const oc_edge_attention_gradient *gradient,
                                                       double *biases, int64_t first, int64_t last) {
#define NARROW(lanes) \
  NAME(edge_attention_destinations_##lanes)(gradient, biases, first, last)
  BY_LANES(gradient->attention->depth, NARROW)
#undef NARROW
#define CALL(d) NAME(edge_attention_destinations_body)(gradient, biases, first, last, d)
  BY_DEPTH(gradient->attention->depth, CALL)
#undef CALL
}

static void NAME(edge_attention_gradient_sources)(const oc_edge_attention_gradient *gradient,
                                                  int64_t first, int64_t last) {
#define NARROW(lanes) NAME(edge_attention_sources_##lanes)(gradient, first, last)
  BY_LANES(gradient->attention->depth, NARROW)
#undef NARROW
#define CALL(d) NAME(edge_attention_sources_body)(gradient, first, last, d)
  BY_DEPTH(gradient->attention->depth, CALL)
#undef CALL
}
#undef BY_DEPTH
#undef BY_LANES
