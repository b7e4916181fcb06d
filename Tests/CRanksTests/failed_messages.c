// An exchange and started messages on three processes that fail on one of them: the error is that of the message, and no message arrives in
// the memory of the exchange afterward. `Scripts/check-ranks` builds and runs it; it prints `ok`.
#include "CRanks.h"

#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *text) {
  printf("%s\n", text);
  oc_ranks_abort(1);
  return 1;
}

int main(void) {
  int32_t rank = 0, size = 0, neighbors = 0;
  if (oc_ranks_start(&rank, &size, &neighbors) != 0 || size != 3) return fail("expected three processes");
  char sent[16], received[3][16];
  memset(sent, 'a' + rank, sizeof sent);
  memset(received, '-', sizeof received);
  const void *parts[] = {sent, sent, sent};
  void *targets[] = {received[0], received[1], received[2]};
  int64_t none[] = {0, 0, 0}, to0[] = {16, 0, 0}, short_of_1[] = {0, 8, 16};
  if (rank == 0) {
    // Rank 1 sends 16 bytes where 8 are expected; rank 2 sends late.
    char text[512] = "";
    int32_t code = oc_ranks_exchange(parts, none, targets, short_of_1);
    if (code == 0) return fail("a message that is too long was taken");
    oc_ranks_error(code, text, sizeof text);
    if (!strstr(text, "TRUNCATE") && !strstr(text, "truncate")) return fail(text);
    // The message of rank 2 arrives meanwhile.
    for (int round = 0; round < 60; round++) {
      int flag = 0;
      MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
      usleep(50000);
    }
    for (int index = 0; index < 16; index++) {
      if (received[2][index] != '-') return fail("a message arrived after the exchange had failed");
    }
  } else {
    if (rank == 2) usleep(2000000);
    oc_ranks_exchange(parts, to0, targets, none);
  }
  // Started messages arrive by number. One that fails is an error of the end, which leaves none.
  char first[16], second[16];
  memset(sent, 'A' + rank, sizeof sent);
  memset(received, '-', sizeof received);
  if (rank == 0) {
    if (oc_ranks_start_receiving(first, 16, 1, 7) || oc_ranks_start_receiving(second, 16, 2, 9)) return fail("receive");
    if (oc_ranks_advance() || oc_ranks_finish_messages()) return fail("started messages");
    if (first[15] != 'B' || second[0] != 'C') return fail("started messages: other bytes");
    if (oc_ranks_start_receiving(received[1], 8, 1, 1) || oc_ranks_start_receiving(received[2], 16, 2, 2)) {
      return fail("receive");
    }
    char text[512] = "";
    int32_t code = oc_ranks_finish_messages();
    if (code == 0) return fail("a started message that is too long was taken");
    oc_ranks_error(code, text, sizeof text);
    if (!strstr(text, "TRUNCATE") && !strstr(text, "truncate")) return fail(text);
    if (oc_ranks_finish_messages() != 0) return fail("a message was left after an error");
  } else {
    memset(first, 'a', sizeof first);
    if (oc_ranks_start_sending(sent, 16, 0, rank == 1 ? 7 : 9) || oc_ranks_advance()) return fail("send");
    if (oc_ranks_finish_messages()) return fail("sent messages");
    oc_ranks_start_sending(first, 16, 0, rank);
    oc_ranks_finish_messages();
  }
  // Each status is known to all, and a process that waits alone is told so in time.
  int32_t statuses[3] = {-1, -1, -1}, is_complete = 0;
  if (rank == 1) usleep(500000);
  if (oc_ranks_statuses(rank + 5, -1, statuses, &is_complete) != 0 || is_complete != 1) return fail("no statuses");
  for (int index = 0; index < 3; index++) {
    if (statuses[index] != index + 5) return fail("other statuses");
  }
  double start = MPI_Wtime();
  if (rank == 0) {
    if (oc_ranks_statuses(0, 0.5, statuses, &is_complete) != 0 || is_complete != 0) return fail("statuses of one");
    if (MPI_Wtime() - start > 5) return fail("late");
    printf("ok\n");
    fflush(stdout);
    oc_ranks_abort(0);
  }
  oc_ranks_barrier();
  return 1;
}
