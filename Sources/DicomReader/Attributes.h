#pragma once
// Attributes of one frame of a CT image, from wherever its kind of object keeps them.

#include <gdcm-3.0/gdcmDataSet.h>

#include <string>
#include <vector>

namespace islet {

/// Looks in the frame's own functional groups, then in the shared ones, then in the data set (PS3.3, C.7.6.16).
///
/// A single-frame CT has no functional groups: there the data set alone answers.
class FrameAttributes {
 public:
  FrameAttributes(const gdcm::DataSet &data_set, unsigned frame);

  /// Text of an attribute, `group` naming the functional group that holds it; empty when absent.
  std::string text(gdcm::Tag group, gdcm::Tag tag) const;

  /// The backslash-separated numbers of an attribute: true when there are at least `count` and they are finite.
  bool numbers(gdcm::Tag group, gdcm::Tag tag, double *values, size_t count) const;

 private:
  std::vector<gdcm::DataSet> groups_;  // the frame's, the shared
  const gdcm::DataSet &data_set_;
};

/// Text of a top-level attribute without padding; empty when absent.
std::string text(const gdcm::DataSet &data_set, gdcm::Tag tag);

}  // namespace islet
