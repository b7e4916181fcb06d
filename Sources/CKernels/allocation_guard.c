#define _GNU_SOURCE
#include "CKernels.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The Swift runtime, Foundation's Data and C++ end the process by a signal when the system refuses memory for
// their own objects, and offer no other way. (The Swift runtime first prints a stack trace, which may itself end by
// an access to memory that it did not get.) The handler of these signals looks at the functions on the stack:
// where one of those that allocate is among them, `ending` is called. Any other signal is left to whoever
// handled it before; so is one from inside of `malloc` or `free`, which do not end the process for want of memory: the
// heap is damaged, and what `ending` does could wait for the allocator's lock forever.

#if defined(__GLIBC__)
#include <dlfcn.h>
#include <execinfo.h>

enum { SIGNALS = 4, FRAMES = 64, RESERVE = 4 << 20 };

static const int numbers[SIGNALS] = {SIGABRT, SIGILL, SIGTRAP, SIGSEGV};
static struct sigaction previous[SIGNALS];
static void (*at_end)(void);
static void *reserve;
static atomic_flag is_ending = ATOMIC_FLAG_INIT;
static pthread_t ending_thread;

/// Names of the functions that allocate and do not return without memory.
static int allocates(const char *name) {
  static const char *const names[] = {"swift_slowAlloc", "_Znwm", "_Znam", "_Block_copy"};
  for (size_t index = 0; index < sizeof names / sizeof *names; index++)
    if (strncmp(name, names[index], strlen(names[index])) == 0) return 1;
  return strstr(name, "__DataStorage") != NULL;
}

/// The C library's functions that change the heap.
static int changes_heap(const char *name) {
  static const char *const names[] = {
      "malloc", "calloc", "realloc", "free", "cfree", "memalign", "aligned_alloc", "posix_memalign"};
  if (strncmp(name, "__libc_", 7) == 0) name += 7;
  for (size_t index = 0; index < sizeof names / sizeof *names; index++)
    if (strcmp(name, names[index]) == 0) return 1;
  return 0;
}

static void on_signal(int number, siginfo_t *info, void *context) {
  (void)context;
  // One that another process sent is no failure of ours.
  if (info->si_code > 0 || number == SIGABRT) {
    void *frames[FRAMES];
    const int count = backtrace(frames, FRAMES);
    for (int index = 0; index < count; index++) {
      Dl_info symbol;
      // A call that does not return may be the last instruction of its function.
      if (dladdr((char *)frames[index] - 1, &symbol) == 0 || symbol.dli_sname == NULL) continue;
      // The innermost function comes first.
      if (changes_heap(symbol.dli_sname)) break;
      if (!allocates(symbol.dli_sname)) continue;
      if (atomic_flag_test_and_set(&is_ending)) {
        if (pthread_equal(ending_thread, pthread_self())) _exit(1);
        for (;;) pause();
      }
      ending_thread = pthread_self();
      free(reserve);
      at_end();
    }
  }
  // After the return the trap occurs again, and `abort` continues; both then reach the previous handler.
  for (int index = 0; index < SIGNALS; index++)
    if (numbers[index] == number) sigaction(number, &previous[index], NULL);
  if (info->si_code <= 0) raise(number);
}

void oc_guard_allocations(void (*ending)(void)) {
  at_end = ending;
  // So large that it goes back to the system when it is freed.
  reserve = malloc(RESERVE);
  // The first call loads a library, which takes memory.
  void *frames[1];
  backtrace(frames, 1);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  for (int index = 0; index < SIGNALS; index++) sigaction(numbers[index], &action, &previous[index]);
}

#else

void oc_guard_allocations(void (*ending)(void)) { (void)ending; }

#endif
