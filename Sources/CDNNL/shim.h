// oneDNN 2.6 (Debian: libdnnl-dev) and the one call of its OpenMP runtime that we need: each worker thread tells
// oneDNN to stay on that thread, so that no OpenMP worker is ever started in a host.
#include <dnnl.h>
void omp_set_num_threads(int);
