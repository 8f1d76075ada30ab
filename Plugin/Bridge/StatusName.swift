import CIslet

/// Name of a status as islet.h spells it; static text.
func statusName(_ status: islet_status) -> UnsafePointer<CChar> {
  StatusNames.shared.byStatus[status] ?? StatusNames.shared.unknown
}

/// The names as C strings, made once.
private struct StatusNames: @unchecked Sendable {
  static let shared = StatusNames()

  let byStatus: [islet_status: UnsafePointer<CChar>]
  let unknown = permanentCString("unknown status")

  private init() {
    let names: [(status: islet_status, name: String)] = [
      (ISLET_OK, "ISLET_OK"), (ISLET_CANCELLED, "ISLET_CANCELLED"),
      (ISLET_ERROR_ARGUMENT, "ISLET_ERROR_ARGUMENT"), (ISLET_ERROR_ABI_MISMATCH, "ISLET_ERROR_ABI_MISMATCH"),
      (ISLET_ERROR_STRUCT_SIZE, "ISLET_ERROR_STRUCT_SIZE"), (ISLET_ERROR_WRONG_ORDER, "ISLET_ERROR_WRONG_ORDER"),
      (ISLET_ERROR_BUSY, "ISLET_ERROR_BUSY"), (ISLET_ERROR_VOLUME, "ISLET_ERROR_VOLUME"),
      (ISLET_ERROR_OUTPUT, "ISLET_ERROR_OUTPUT"), (ISLET_ERROR_REQUEST, "ISLET_ERROR_REQUEST"),
      (ISLET_ERROR_CONFIG, "ISLET_ERROR_CONFIG"),
      (ISLET_ERROR_BUNDLE_UNREADABLE, "ISLET_ERROR_BUNDLE_UNREADABLE"),
      (ISLET_ERROR_BUNDLE_FORMAT, "ISLET_ERROR_BUNDLE_FORMAT"),
      (ISLET_ERROR_BUNDLE_VERSION, "ISLET_ERROR_BUNDLE_VERSION"),
      (ISLET_ERROR_BUNDLE_CORRUPT, "ISLET_ERROR_BUNDLE_CORRUPT"),
      (ISLET_ERROR_BUNDLE_MANIFEST, "ISLET_ERROR_BUNDLE_MANIFEST"),
      (ISLET_ERROR_BUNDLE_TENSOR, "ISLET_ERROR_BUNDLE_TENSOR"),
      (ISLET_ERROR_BUNDLE_UNSIGNED, "ISLET_ERROR_BUNDLE_UNSIGNED"),
      (ISLET_ERROR_BUNDLE_FOREIGN, "ISLET_ERROR_BUNDLE_FOREIGN"),
      (ISLET_ERROR_BUNDLE_CHANGED, "ISLET_ERROR_BUNDLE_CHANGED"),
      (ISLET_ERROR_BUNDLE_ROLLED_BACK, "ISLET_ERROR_BUNDLE_ROLLED_BACK"),
      (ISLET_ERROR_RESOURCES, "ISLET_ERROR_RESOURCES"), (ISLET_ERROR_ENGINE, "ISLET_ERROR_ENGINE"),
      (ISLET_ERROR_INTERNAL, "ISLET_ERROR_INTERNAL"), (ISLET_ERROR_WORKER, "ISLET_ERROR_WORKER"),
    ]
    byStatus = Dictionary(uniqueKeysWithValues: names.map { ($0.status, permanentCString($0.name)) })
  }
}
