// oneDNN 2.6 (Debian: libdnnl-dev) and two calls of its OpenMP runtime: while Islet computes, oneDNN stays on the
// calling thread, so that no OpenMP worker is ever started in a host; afterwards the host's own setting is restored.
// Headers alone: nothing is linked, CEngineLibrary opens the library when it is needed.
#include <dnnl.h>
#include <dnnl_debug.h>
void omp_set_num_threads(int);
int omp_get_max_threads(void);
