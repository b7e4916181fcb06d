#define INSTRUCTION_SET baseline
#define INSTRUCTION_SET_NAME "baseline"
#define NARROW_LANES 0
#define PRODUCT_BYTES 16
#define PRODUCT_VECTORS 2
#include "template/kernels.h"
