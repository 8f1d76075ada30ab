#ifndef ISLET_H
#define ISLET_H
#endif
