#include "CKernels.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// A release of OpenBLAS does not know processors that are newer than itself, and computes with kernels of 2004
// ("Prescott", SSE3) there, a fifth as fast: 0.3.21 does so on Intel's server processors since 2023. Where the
// processor has AVX2 or AVX-512, OpenBLAS is told to choose again, by the variable that users set for the same purpose.

static const char *own_choice;

const char *oc_openblas_own_choice(void) { return own_choice; }

#if defined(__x86_64__) && defined(__ELF__)

// OpenBLAS exports these functions if it was built for several processors. The last two are not in its header.
extern __attribute__((weak)) char *openblas_get_corename(void);
extern __attribute__((weak)) void gotoblas_dynamic_init(void);
extern __attribute__((weak)) void gotoblas_dynamic_quit(void);

/// The names of OpenBLAS's kernels for processors without AVX2.
static int is_older_than_avx2(const char *name) {
  static const char *const older[] = {
      "Katmai", "Coppermine", "Northwood", "Banias", "Prescott", "Core2", "Penryn", "Dunnington", "Nehalem",
      "Atom", "Nano", "Athlon", "Opteron", "Opteron_SSE3", "Barcelona", "Bobcat", "Sandybridge", "Bulldozer",
      "Piledriver", "Steamroller"};
  for (size_t i = 0; i < sizeof older / sizeof *older; i++)
    if (!strcmp(name, older[i])) return 1;
  return 0;
}

// Runs before `main`, while no other thread can use OpenBLAS.
static __attribute__((constructor)) void choose_openblas_kernels(void) {
  static const char variable[] = "OPENBLAS_CORETYPE";
  if (!openblas_get_corename || !gotoblas_dynamic_init || !gotoblas_dynamic_quit || getenv(variable)) return;
  const char *set = oc_kernels_float()->instruction_set;
  const int has_avx512 = !strcmp(set, "avx512");
  if (!has_avx512 && strcmp(set, "avx2")) return;
  // Does nothing where OpenBLAS has started. In a program with OpenBLAS linked in, it may start after this function.
  gotoblas_dynamic_init();
  const char *const name = openblas_get_corename();
  if (!is_older_than_avx2(name)) return;
  // A release of OpenBLAS that does not know one of the names ignores it.
  const char *const wanted[] = {__builtin_cpu_supports("avx512bf16") ? "Cooperlake" : "SkylakeX", "SkylakeX", "Haswell"};
  for (int i = has_avx512 ? 0 : 2; i < 3 && is_older_than_avx2(openblas_get_corename()); i++) {
    setenv(variable, wanted[i], 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv(variable);
  }
  if (strcmp(name, openblas_get_corename())) own_choice = name;
}

#endif
