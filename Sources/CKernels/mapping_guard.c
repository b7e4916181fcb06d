#include "CKernels.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

// Mapped files and their names. An access beyond the end of a file that was truncated raises SIGBUS: the
// handler names the file and ends the process. Any other SIGBUS is left to the handler that was installed
// before.

enum { SLOTS = 256, NAME_SIZE = 1024 };

struct mapping {
  _Atomic(uintptr_t) start;
  _Atomic(size_t) size;
  char name[NAME_SIZE];
};

static struct mapping mappings[SLOTS];
static struct sigaction previous;
static atomic_flag busy = ATOMIC_FLAG_INIT;
static atomic_bool installed;

static void say(const char *text) {
  size_t count = strlen(text);
  while (count > 0) {
    const ssize_t written = write(STDERR_FILENO, text, count);
    if (written <= 0) return;
    text += written;
    count -= (size_t)written;
  }
}

static void on_bus_error(int number, siginfo_t *info, void *context) {
  (void)context;
  const uintptr_t place = (uintptr_t)info->si_addr;
  for (int slot = 0; slot < SLOTS; slot++) {
    const uintptr_t start = atomic_load(&mappings[slot].start);
    if (start == 0 || place < start || place - start >= atomic_load(&mappings[slot].size)) continue;
    say("error: ");
    say(mappings[slot].name);
    say(": found a file that was truncated while it was in use, expected one that does not change\n");
    _exit(1);
  }
  // The access is repeated after the return, and raises the signal again.
  sigaction(number, &previous, NULL);
  // A signal that another process sent is not repeated.
  if (info->si_code <= 0) raise(number);
}

static void lock(void) {
  while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) {}
}

static void unlock(void) { atomic_flag_clear_explicit(&busy, memory_order_release); }

void oc_guard_mapping(const void *base, size_t size, const char *name) {
  lock();
  if (!atomic_load(&installed)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    atomic_store(&installed, sigaction(SIGBUS, &action, &previous) == 0);
  }
  for (int slot = 0; slot < SLOTS; slot++) {
    if (atomic_load(&mappings[slot].start) != 0) continue;
    strncpy(mappings[slot].name, name, NAME_SIZE - 1);
    atomic_store(&mappings[slot].size, size);
    atomic_store(&mappings[slot].start, (uintptr_t)base);
    break;
  }
  unlock();
}

void oc_unguard_mapping(const void *base) {
  lock();
  for (int slot = 0; slot < SLOTS; slot++)
    if (atomic_load(&mappings[slot].start) == (uintptr_t)base) {
      atomic_store(&mappings[slot].start, 0);
      break;
    }
  unlock();
}
