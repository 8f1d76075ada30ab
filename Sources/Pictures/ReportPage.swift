/// Puts the page of one segmentation together.
struct ReportPage {
  let model: ReportModel

  var html: String {
    "<!doctype html><html lang=\"en\"><title>Segmentation report</title><p>Research use only, not for diagnosis.</html>"
  }
}
