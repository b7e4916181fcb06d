#ifndef OUTCROP_CKERNELS_H
#define OUTCROP_CKERNELS_H

#include <stdint.h>

/// Tells the processor that the thread is waiting in a loop.
static inline void oc_cpu_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
