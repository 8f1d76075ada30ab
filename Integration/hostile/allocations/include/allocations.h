/* Counts what this process asks of malloc: for the mutation run, whose cases may not take more than they declare. */
#ifndef ISLET_ALLOCATIONS_H
#define ISLET_ALLOCATIONS_H

#include <stddef.h>

/* Starts a measurement: what is allocated from here on counts. */
void allocations_restart(void);

/* The most bytes that were allocated at once since then, beyond what was allocated at its start. Memory that is asked for
 * and never touched counts, too. */
size_t allocations_peak(void);

#endif
