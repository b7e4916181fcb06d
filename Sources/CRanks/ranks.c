#ifdef OUTCROP_MPI

#if !__has_include(<mpi.h>)
#error "the package trait MPI needs the header of MPI: install libopenmpi-dev or libmpich-dev, see Docs/Scaling.md"
#endif

#include "CRanks.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Counts of MPI are `int`: larger messages are sent in pieces.
static const int64_t piece = 1 << 30;

// For the exit statuses, apart from all other messages, which some processes may still await.
static MPI_Comm ending = MPI_COMM_NULL;

// Messages that go on while the process computes, apart from those of exchanges.
static struct {
  MPI_Comm world;
  MPI_Request *requests;
  int count, capacity;
} started = {.world = MPI_COMM_NULL};

int32_t oc_ranks_start(int32_t *rank, int32_t *size, int32_t *neighbors) {
  int provided = 0, value = 0, code = MPI_SUCCESS;
  if ((code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided)) != MPI_SUCCESS) return code;
  if ((code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN)) != MPI_SUCCESS) return code;
  if (provided < MPI_THREAD_FUNNELED) return MPI_ERR_OTHER;
  if ((code = MPI_Comm_rank(MPI_COMM_WORLD, &value)) != MPI_SUCCESS) return code;
  *rank = value;
  if ((code = MPI_Comm_size(MPI_COMM_WORLD, &value)) != MPI_SUCCESS) return code;
  *size = value;
  MPI_Comm machine;
  code = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
  if (code != MPI_SUCCESS) return code;
  if ((code = MPI_Comm_size(machine, &value)) != MPI_SUCCESS) return code;
  *neighbors = value;
  if ((code = MPI_Comm_free(&machine)) != MPI_SUCCESS) return code;
  if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &ending)) != MPI_SUCCESS) return code;
  if ((code = MPI_Comm_set_errhandler(ending, MPI_ERRORS_RETURN)) != MPI_SUCCESS) return code;
  if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &started.world)) != MPI_SUCCESS) return code;
  return MPI_Comm_set_errhandler(started.world, MPI_ERRORS_RETURN);
}

static void copy(const char *text, char *target, int32_t capacity) {
  size_t count = strlen(text);
  if (count > (size_t)capacity - 1) count = (size_t)capacity - 1;
  memcpy(target, text, count);
  target[count] = 0;
}

void oc_ranks_library(char *text, int32_t capacity) {
  char name[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int count = 0;
  MPI_Get_library_version(name, &count);
  copy(name, text, capacity);
}

void oc_ranks_error(int32_t code, char *text, int32_t capacity) {
  char name[MPI_MAX_ERROR_STRING] = "";
  int count = 0;
  if (MPI_Error_string(code, name, &count) != MPI_SUCCESS) strcpy(name, "an error without text");
  copy(name, text, capacity);
}

int32_t oc_ranks_broadcast(void *bytes, int64_t count, int32_t root) {
  for (int64_t start = 0; start < count; start += piece) {
    int64_t length = count - start < piece ? count - start : piece;
    int code = MPI_Bcast((char *)bytes + start, (int)length, MPI_BYTE, root, MPI_COMM_WORLD);
    if (code != MPI_SUCCESS) return code;
  }
  return MPI_SUCCESS;
}

int32_t oc_ranks_gather(int64_t number, int64_t *all) {
  return MPI_Allgather(&number, 8, MPI_BYTE, all, 8, MPI_BYTE, MPI_COMM_WORLD);
}

static int64_t pieces(int64_t count) { return (count + piece - 1) / piece; }

static void pause_briefly(void) {
  struct timespec time = {0, 1000000};
  nanosleep(&time, NULL);
}

// Ends what is left of messages of which one failed, so that none arrives in memory of the caller afterward. A message
// that is under way gets a second, all together, to arrive.
static void cancel(MPI_Request *requests, int open) {
  for (int index = 0; index < open; index++) {
    if (requests[index] != MPI_REQUEST_NULL) MPI_Cancel(&requests[index]);
  }
  double start = MPI_Wtime();
  for (int index = 0; index < open; index++) {
    int done = 0;
    while (!done && requests[index] != MPI_REQUEST_NULL) {
      if (MPI_Test(&requests[index], &done, MPI_STATUS_IGNORE) != MPI_SUCCESS) break;
      if (MPI_Wtime() - start > 1) break;
      if (!done) pause_briefly();
    }
    if (requests[index] != MPI_REQUEST_NULL) MPI_Request_free(&requests[index]);
  }
}

// Waits for all requests, up to the first that fails: the error is that of this request. One by one, since
// `MPI_Waitall` of Open MPI 4.1 does not return where a request had failed before the call and another is open.
static int wait_for_all(MPI_Request *requests, int open) {
  for (int left = open; left > 0;) {
    left = 0;
    for (int index = 0; index < open; index++) {
      if (requests[index] == MPI_REQUEST_NULL) continue;
      int done = 0, code = MPI_Test(&requests[index], &done, MPI_STATUS_IGNORE);
      if (code != MPI_SUCCESS) return code;
      left += !done;
    }
  }
  return MPI_SUCCESS;
}

int32_t oc_ranks_exchange(
    const void *const *parts, const int64_t *counts, void *const *received, const int64_t *received_counts) {
  int rank = 0, size = 0, code = MPI_SUCCESS;
  if ((code = MPI_Comm_rank(MPI_COMM_WORLD, &rank)) != MPI_SUCCESS) return code;
  if ((code = MPI_Comm_size(MPI_COMM_WORLD, &size)) != MPI_SUCCESS) return code;
  int64_t total = 0;
  for (int other = 0; other < size; other++) {
    if (other != rank) total += pieces(counts[other]) + pieces(received_counts[other]);
  }
  if (total == 0) return MPI_SUCCESS;
  MPI_Request *requests = malloc((size_t)total * sizeof *requests);
  if (!requests) return MPI_ERR_NO_MEM;
  int open = 0;
  // In the order of the distance, so that the ranks do not all begin with the same one.
  for (int step = 1; step < size && code == MPI_SUCCESS; step++) {
    int from = (rank - step + size) % size;
    for (int64_t start = 0; start < received_counts[from] && code == MPI_SUCCESS; start += piece) {
      int64_t left = received_counts[from] - start;
      code = MPI_Irecv(
          (char *)received[from] + start, (int)(left < piece ? left : piece), MPI_BYTE, from, 0, MPI_COMM_WORLD,
          &requests[open]);
      open += code == MPI_SUCCESS;
    }
  }
  for (int step = 1; step < size && code == MPI_SUCCESS; step++) {
    int to = (rank + step) % size;
    for (int64_t start = 0; start < counts[to] && code == MPI_SUCCESS; start += piece) {
      int64_t left = counts[to] - start;
      code = MPI_Isend(
          (const char *)parts[to] + start, (int)(left < piece ? left : piece), MPI_BYTE, to, 0, MPI_COMM_WORLD,
          &requests[open]);
      open += code == MPI_SUCCESS;
    }
  }
  if (code == MPI_SUCCESS) code = wait_for_all(requests, open);
  if (code != MPI_SUCCESS) cancel(requests, open);
  free(requests);
  return code;
}

// Room for one more request; nil where there is no memory.
static MPI_Request *next_request(void) {
  if (started.count == started.capacity) {
    int capacity = started.capacity ? 2 * started.capacity : 64;
    MPI_Request *requests = realloc(started.requests, (size_t)capacity * sizeof *requests);
    if (!requests) return NULL;
    started.requests = requests;
    started.capacity = capacity;
  }
  return &started.requests[started.count];
}

int32_t oc_ranks_start_sending(const void *bytes, int64_t count, int32_t to, int32_t number) {
  for (int64_t start = 0; start < count; start += piece) {
    int64_t left = count - start;
    MPI_Request *request = next_request();
    if (!request) return MPI_ERR_NO_MEM;
    int code = MPI_Isend(
        (const char *)bytes + start, (int)(left < piece ? left : piece), MPI_BYTE, to, number, started.world, request);
    if (code != MPI_SUCCESS) return code;
    started.count++;
  }
  return MPI_SUCCESS;
}

int32_t oc_ranks_start_receiving(void *bytes, int64_t count, int32_t from, int32_t number) {
  for (int64_t start = 0; start < count; start += piece) {
    int64_t left = count - start;
    MPI_Request *request = next_request();
    if (!request) return MPI_ERR_NO_MEM;
    int code = MPI_Irecv(
        (char *)bytes + start, (int)(left < piece ? left : piece), MPI_BYTE, from, number, started.world, request);
    if (code != MPI_SUCCESS) return code;
    started.count++;
  }
  return MPI_SUCCESS;
}

int32_t oc_ranks_advance(void) {
  if (!started.count) return MPI_SUCCESS;
  // Libraries of MPI move messages only in calls like this one. It touches no request, so that an error of one is that
  // of `oc_ranks_finish_messages`.
  int is_there = 0;
  return MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, started.world, &is_there, MPI_STATUS_IGNORE);
}

int32_t oc_ranks_finish_messages(void) {
  int code = started.count ? wait_for_all(started.requests, started.count) : MPI_SUCCESS;
  if (code != MPI_SUCCESS) cancel(started.requests, started.count);
  started.count = 0;
  return code;
}

void oc_ranks_cancel_messages(void) {
  cancel(started.requests, started.count);
  started.count = 0;
}

int32_t oc_ranks_statuses(int32_t status, double seconds, int32_t *all, int32_t *is_complete) {
  // Kept where the time is over: the messages may still arrive.
  static int32_t own, *received;
  int size = 0, code = MPI_Comm_size(ending, &size);
  *is_complete = 0;
  if (code != MPI_SUCCESS) return code;
  own = status;
  received = malloc((size_t)size * sizeof *received);
  if (!received) return MPI_ERR_NO_MEM;
  MPI_Request request;
  code = MPI_Iallgather(&own, 4, MPI_BYTE, received, 4, MPI_BYTE, ending, &request);
  double start = MPI_Wtime();
  while (code == MPI_SUCCESS) {
    int done = 0;
    code = MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done && code == MPI_SUCCESS) {
      memcpy(all, received, (size_t)size * sizeof *received);
      free(received);
      *is_complete = 1;
      break;
    }
    if (seconds >= 0 && MPI_Wtime() - start > seconds) break;
    pause_briefly();
  }
  return code;
}

int32_t oc_ranks_barrier(void) { return MPI_Barrier(MPI_COMM_WORLD); }

int32_t oc_ranks_finish(void) {
  if (ending != MPI_COMM_NULL) MPI_Comm_free(&ending);
  if (started.world != MPI_COMM_NULL) MPI_Comm_free(&started.world);
  return MPI_Finalize();
}

void oc_ranks_abort(int32_t status) { MPI_Abort(MPI_COMM_WORLD, status); }

#endif
