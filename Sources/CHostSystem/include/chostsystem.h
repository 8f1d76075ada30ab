#ifndef CHOSTSYSTEM_H
#define CHOSTSYSTEM_H
#endif
