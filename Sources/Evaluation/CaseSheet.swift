/// The measurements as comma-separated values, a line for each case and row: what a statistician wants to load.
public enum CaseSheet {
  private static let columns = [
    "bundle", "case", "set", "fold", "source", "corruption", "truth_voxels", "row", "dsc", "rounds", "hd95_mm",
    "surface_dsc", "predicted_dsc", "end",
  ]

  /// The whole file, its lines ended by a line feed (RFC 4180 but for that).
  public static func csv(_ evaluation: Evaluation) -> String {
    var lines = [columns.joined(separator: ",")]
    for run in evaluation.runs {
      for record in run.records {
        let subject = record.subject
        let first = [
          run.name, subject.id, subject.set, subject.fold.map(String.init) ?? "", subject.source ?? "",
          subject.corruption ?? "", String(record.truthVoxels),
        ]
        for row in TableRow.allCases {
          guard let entry = row.entry(of: record) else { continue }
          let isDefault = row == .asShipped
          let fields =
            first + [
              row.key, number(entry.dice), entry.rounds.map(String.init) ?? "", number(entry.quality?.hd95),
              number(entry.quality?.surfaceDice), isDefault ? number(record.defaultRun.predictedDice) : "",
              isDefault ? record.defaultRun.end : "",
            ]
          lines.append(fields.map(quoted).joined(separator: ","))
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Swift's shortest text of a number that gives the number back; nothing for nil.
  private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  private static func quoted(_ field: String) -> String {
    guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
    return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
