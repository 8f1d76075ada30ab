/// A NRRD file put together line by line, without the code under test; every field may be wrong or absent.
struct NRRDFixture {
  var magic = "NRRD0004"
  /// In the order in which they are written; nil leaves a field out.
  var type: String? = "short"
  var dimension: String? = "3"
  var sizes: String? = "3 2 2"
  var space: String? = "left-posterior-superior"
  var directions: String? = "(2,0,0) (0,3,0) (0,0,4)"
  var origin: String? = "(10,20,30)"
  var kinds: String? = "domain domain domain"
  var endian: String? = "little"
  var encoding: String? = "raw"
  /// Whole lines behind these.
  var more: [String] = []
  var lineEnd = "\n"
  /// Voxels as they are in the file.
  var data: [UInt8] = (0..<12).flatMap { [UInt8($0), 0] }

  var bytes: [UInt8] {
    let fields: [(String, String?)] = [
      ("type", type), ("dimension", dimension), ("space", space), ("sizes", sizes), ("space directions", directions),
      ("kinds", kinds), ("endian", endian), ("encoding", encoding), ("space origin", origin),
    ]
    let lines =
      [magic, "# a comment"] + fields.compactMap { name, value in value.map { "\(name): \($0)" } } + more + [""]
    return Array(lines.map { $0 + lineEnd }.joined().utf8) + data
  }
}
