#ifndef OUTCROP_PEER_BLAS_SHIM_H
#define OUTCROP_PEER_BLAS_SHIM_H

#include <cblas.h>

#endif
