#ifndef OUTCROP_OPENBLAS_SHIM_H
#define OUTCROP_OPENBLAS_SHIM_H

// LAPACKE's complex types come as C99 `_Complex`, which Swift cannot import; nothing here uses them.
#define LAPACK_COMPLEX_STRUCTURE
#include <cblas.h>
#include <lapacke.h>

#include "lapack.h"

#endif
