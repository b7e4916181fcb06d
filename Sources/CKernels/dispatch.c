#include "CKernels.h"

#include <stdatomic.h>
#include <stdio.h>
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

static const char *const names[] = {"baseline", "avx2", "avx512"};

/// The highest instruction set of this processor, but not above `limit`.
static enum instruction_set supported(enum instruction_set limit) {
#if defined(__x86_64__)
  if (limit >= AVX512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    return AVX512;
  if (limit >= AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return AVX2;
#endif
  (void)limit;
  return BASELINE;
}

/// Warns on standard error that the variable is ignored.
static void warn(const char *asked, const char *expected, enum instruction_set used) {
  static atomic_flag warned = ATOMIC_FLAG_INIT;
  if (atomic_flag_test_and_set(&warned)) return;
  fprintf(stderr, "warning: OUTCROP_INSTRUCTION_SET: found \"%.80s\", expected %s; using %s\n", asked,
          expected, names[used]);
}

static enum instruction_set instruction_set(void) {
  const char *asked = getenv("OUTCROP_INSTRUCTION_SET");
  if (!asked || !*asked) return supported(AVX512);
  for (enum instruction_set known = BASELINE; known <= AVX512; known++) {
    if (strcmp(asked, names[known])) continue;
    const enum instruction_set found = supported(known);
    if (found != known) warn(asked, "an instruction set of this processor", found);
    return found;
  }
  const enum instruction_set found = supported(AVX512);
  warn(asked, "baseline, avx2 or avx512", found);
  return found;
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
