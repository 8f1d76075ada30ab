import CEngineLibrary

extension SliceWorkers {
  /// Cores that this thread may run on: the system's scheduling affinity, at least 1.
  public static func availableCores() -> Int { Int(cenginelibrary_available_cores()) }
}
