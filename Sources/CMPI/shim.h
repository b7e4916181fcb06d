// Found through pkg-config. Only CRanks includes it, and only with the package trait `MPI`.
#include <mpi.h>
