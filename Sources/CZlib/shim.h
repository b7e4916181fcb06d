#ifndef OUTCROP_ZLIB_SHIM_H
#define OUTCROP_ZLIB_SHIM_H

#include <zlib.h>

#endif
