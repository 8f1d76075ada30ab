import ArgumentParser

/// What a mask can be written as.
enum OutputFormat: String, CaseIterable {
  case nifti
  case nrrd
  case segNRRD = "seg-nrrd"
  case dicomSeg = "dicom-seg"
  case rtstruct
  case surface

  /// The files of the format.
  var files: [String] {
    switch self {
    case .nifti: ["mask.nii.gz", "probability.nii.gz"]
    case .nrrd: ["mask.nrrd", "probability.nrrd"]
    case .segNRRD: ["mask.seg.nrrd"]
    case .dicomSeg: ["segmentation.dcm", "probability.dcm"]
    case .rtstruct: ["rtstruct.dcm"]
    case .surface: ["surface.ply"]
    }
  }

  /// Derived DICOM objects name the images that they belong to.
  var needsSeries: Bool { self == .dicomSeg || self == .rtstruct }
}

/// The options about what a segmentation leaves behind.
struct ResultOptions: ParsableArguments {
  @Option(
    help: "Output formats, comma separated: nifti, nrrd, seg-nrrd, dicom-seg, rtstruct, surface.",
    transform: Self.parse)
  var formats: Set<OutputFormat> = [.nifti]

  @Flag(help: "Leave patient data and the input's name out of everything that is written. UIDs of DICOM objects stay.")
  var anonymous = false

  /// What an empty mask has no file of, for the sentence that says so.
  var leftOutWhenEmpty: String {
    let names = OutputFormat.allCases.filter { formats.contains($0) && $0 != .nifti && $0 != .nrrd }.map(\.rawValue)
    return names.isEmpty ? "" : ", the mask is empty and \(names.joined(separator: ", ")) not written"
  }

  private static func parse(_ text: String) throws -> Set<OutputFormat> {
    let formats = try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let format = OutputFormat(rawValue: String(name)) else {
        let known = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--formats \(name): expected \(known)")
      }
      return format
    }
    return Set(formats)
  }
}
