#include "chostsystem.h"
