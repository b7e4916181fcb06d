// The time of a message between two processes of MPI, both of which send and receive at once as in a training step.
//
//     mpicc -O2 Benchmarks/messages.c -o messages && mpirun -n 2 ./messages
//
// Prints one line for each size: bytes, median and least time in microseconds, and bytes by time in MB/s.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int count, char **words) {
  MPI_Init(&count, &words);
  int rank = 0, size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size != 2) {
    fprintf(stderr, "messages: found %d processes, expected 2\n", size);
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  const int sizes[] = {8, 1024, 32768, 262144, 1048576, 4194304};
  static char sent[4194304], received[4194304];
  for (int index = 0; index < 6; index++) {
    double times[200];
    int rounds = sizes[index] > 100000 ? 20 : 200;
    for (int round = -5; round < rounds; round++) {
      MPI_Barrier(MPI_COMM_WORLD);
      double start = MPI_Wtime();
      MPI_Sendrecv(
          sent, sizes[index], MPI_BYTE, 1 - rank, 0, received, sizes[index], MPI_BYTE, 1 - rank, 0, MPI_COMM_WORLD,
          MPI_STATUS_IGNORE);
      if (round >= 0) times[round] = MPI_Wtime() - start;
    }
    qsort(times, rounds, sizeof *times, compare);
    if (rank == 0) {
      printf("%d %.1f %.1f %.0f\n", sizes[index], 1e6 * times[rounds / 2], 1e6 * times[0],
             1e-6 * sizes[index] / times[rounds / 2]);
    }
  }
  MPI_Finalize();
  return 0;
}
