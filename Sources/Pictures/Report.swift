/// The report page of one segmentation.
public enum Report {
  /// One self-contained HTML page: no script, no external reference, light and dark, screen and paper.
  ///
  /// Every text of the model is escaped. Cost: the pictures' bytes once more, as base64.
  public static func html(_ model: ReportModel) -> String {
    ReportPage(model: model).html
  }
}
