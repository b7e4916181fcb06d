// Copies of rows by vector loads and stores. memcpy may copy more than some kilobytes by `rep movsb`, which on Zen 4
// takes twelve times as long where the target begins a few bytes after the source, modulo the size of a page.

typedef char copy_lanes __attribute__((ext_vector_type(PRODUCT_BYTES), aligned(1), may_alias));

static void NAME(copy_rows)(const void *source, int64_t source_stride, void *target, int64_t target_stride,
                            int64_t rows, int64_t bytes) {
  for (int64_t r = 0; r < rows; r++) {
    const char *x = (const char *)source + r * source_stride;
    char *y = (char *)target + r * target_stride;
    int64_t i = 0;
    for (; i + 4 * PRODUCT_BYTES <= bytes; i += 4 * PRODUCT_BYTES) {
      copy_lanes v[4];
      EACH(k, 4) v[k] = *(const copy_lanes *)(x + i + k * PRODUCT_BYTES);
      EACH(k, 4) *(copy_lanes *)(y + i + k * PRODUCT_BYTES) = v[k];
    }
    memcpy(y + i, x + i, bytes - i);
  }
}
