#include "CKernels.h"

#include <stdlib.h>
#include <string.h>

extern const oc_kernels oc_kernels_baseline_float, oc_kernels_baseline_double;
extern const oc_packed oc_packed_baseline_float, oc_packed_baseline_double;
#if defined(__x86_64__)
extern const oc_kernels oc_kernels_avx2_float, oc_kernels_avx2_double;
extern const oc_kernels oc_kernels_avx512_float, oc_kernels_avx512_double;
extern const oc_packed oc_packed_avx2_float, oc_packed_avx2_double;
extern const oc_packed oc_packed_avx512_float, oc_packed_avx512_double;
#endif

enum instruction_set { BASELINE, AVX2, AVX512 };

static enum instruction_set instruction_set(void) {
#if defined(__x86_64__)
  const char *asked = getenv("OUTCROP_INSTRUCTION_SET");
  enum instruction_set limit = AVX512;
  if (asked && !strcmp(asked, "baseline")) limit = BASELINE;
  if (asked && !strcmp(asked, "avx2")) limit = AVX2;
  if (limit >= AVX512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    return AVX512;
  if (limit >= AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return AVX2;
#endif
  return BASELINE;
}

const oc_kernels *oc_kernels_float(void) {
#if defined(__x86_64__)
  if (instruction_set() == AVX512) return &oc_kernels_avx512_float;
  if (instruction_set() == AVX2) return &oc_kernels_avx2_float;
#endif
  return &oc_kernels_baseline_float;
}

const oc_kernels *oc_kernels_double(void) {
#if defined(__x86_64__)
  if (instruction_set() == AVX512) return &oc_kernels_avx512_double;
  if (instruction_set() == AVX2) return &oc_kernels_avx2_double;
#endif
  return &oc_kernels_baseline_double;
}

const oc_packed *oc_packed_for_float(void) {
#if defined(__x86_64__)
  if (instruction_set() == AVX512) return &oc_packed_avx512_float;
  if (instruction_set() == AVX2) return &oc_packed_avx2_float;
#endif
  return &oc_packed_baseline_float;
}

const oc_packed *oc_packed_for_double(void) {
#if defined(__x86_64__)
  if (instruction_set() == AVX512) return &oc_packed_avx512_double;
  if (instruction_set() == AVX2) return &oc_packed_avx2_double;
#endif
  return &oc_packed_baseline_double;
}
