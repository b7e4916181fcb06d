#ifndef OUTCROP_OPENBLAS_SHIM_H
#define OUTCROP_OPENBLAS_SHIM_H

// By default LAPACKE's complex types are C99 `_Complex`, which Swift cannot import. No function here uses
// them.
#define LAPACK_COMPLEX_STRUCTURE
#include <cblas.h>
#include <lapacke.h>

#include "lapack.h"

#endif
