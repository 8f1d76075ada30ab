import CDNNL

extension SliceWorkers {
  /// Cores that this process may use: its scheduling affinity as the OpenMP runtime reads it, at least 1.
  public static func availableCores() -> Int { max(1, Int(omp_get_num_procs())) }
}
