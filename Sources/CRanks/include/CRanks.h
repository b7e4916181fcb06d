// The part of MPI that OutcropDistributed uses, as plain functions: much of MPI's own interface is macros,
// and differs between libraries. Every function returns 0 or an error code of MPI. Without the package trait
// `MPI` none of them is defined.
#pragma once

#include <stdint.h>

/// Starts MPI for calls from one thread, and makes it return errors instead of ending the process.
///
/// @param rank the number of this process
/// @param size the number of processes
/// @param neighbors the number of processes on this machine
int32_t oc_ranks_start(int32_t *rank, int32_t *size, int32_t *neighbors);

/// The name and version of the MPI library, in a text of up to `capacity` bytes with its end.
void oc_ranks_library(char *text, int32_t capacity);

/// The text of an error code, in up to `capacity` bytes with its end.
void oc_ranks_error(int32_t code, char *text, int32_t capacity);

int32_t oc_ranks_broadcast(void *bytes, int64_t count, int32_t root);

/// The number that each process gives, in `all[size]`.
int32_t oc_ranks_gather(int64_t number, int64_t *all);

/// Sends `counts[r]` bytes at `parts[r]` to each other process r, and receives `received_counts[r]` bytes at
/// `received[r]` from it. Counts of this process are ignored. Counts may be above 2 GiB. After an error no message
/// arrives in `received` any more, unless one was on its way for longer than a second.
int32_t oc_ranks_exchange(
    const void *const *parts, const int64_t *counts, void *const *received, const int64_t *received_counts);

/// Starts to send `count` bytes to another process. They must stay as they are until `oc_ranks_finish_messages` or
/// `oc_ranks_cancel_messages` has returned.
///
/// @param number 0 to 32,767; that of the message that the other process expects
int32_t oc_ranks_start_sending(const void *bytes, int64_t count, int32_t to, int32_t number);

/// Starts to receive `count` bytes from another process, which are there when `oc_ranks_finish_messages` has returned.
int32_t oc_ranks_start_receiving(void *bytes, int64_t count, int32_t from, int32_t number);

/// Lets started messages go on, without waiting for them.
int32_t oc_ranks_advance(void);

/// Waits for all started messages. After an error none is left.
int32_t oc_ranks_finish_messages(void);

/// Ends what is left of started messages.
void oc_ranks_cancel_messages(void);

int32_t oc_ranks_barrier(void);

/// The exit status that each process gives, in `all[size]`, apart from all other messages: another process may be
/// waiting for one of those. A process calls this once, as its last message.
///
/// @param seconds how long to wait for the others; negative: without end
/// @param is_complete 1 if all processes have given theirs; otherwise `all` is not set
int32_t oc_ranks_statuses(int32_t status, double seconds, int32_t *all, int32_t *is_complete);

/// Ends MPI; waits for the other processes.
int32_t oc_ranks_finish(void);

/// Ends all processes.
void oc_ranks_abort(int32_t status);
