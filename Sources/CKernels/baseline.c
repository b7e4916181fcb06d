#define INSTRUCTION_SET baseline
#define INSTRUCTION_SET_NAME "baseline"
#define NARROW_LANES 0
#include "template/kernels.h"
