#define INSTRUCTION_SET baseline
#define INSTRUCTION_SET_NAME "baseline"
#include "template/kernels.h"
