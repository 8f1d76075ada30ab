#include "Attributes.h"

#include <gdcm-3.0/gdcmSequenceOfItems.h>

#include <cmath>
#include <cstdlib>

namespace islet {

namespace {

/// Appends the nth item of a sequence when there is one.
bool item(const gdcm::DataSet &data_set, gdcm::Tag tag, size_t index, gdcm::DataSet &result) {
  if (!data_set.FindDataElement(tag)) return false;
  gdcm::SmartPointer<gdcm::SequenceOfItems> sequence = data_set.GetDataElement(tag).GetValueAsSQ();
  if (!sequence || index >= sequence->GetNumberOfItems()) return false;
  result = sequence->GetItem(index + 1).GetNestedDataSet();
  return true;
}

}  // namespace

std::string text(const gdcm::DataSet &data_set, gdcm::Tag tag) {
  if (!data_set.FindDataElement(tag)) return {};
  const gdcm::ByteValue *value = data_set.GetDataElement(tag).GetByteValue();
  if (!value || !value->GetPointer()) return {};
  std::string result(value->GetPointer(), value->GetLength());
  const size_t end = result.find_last_not_of(std::string(" \0", 2));
  result.resize(end == std::string::npos ? 0 : end + 1);
  return result.substr(std::min(result.find_first_not_of(' '), result.size()));
}

FrameAttributes::FrameAttributes(const gdcm::DataSet &data_set, unsigned frame) : data_set_(data_set) {
  gdcm::DataSet found;
  if (item(data_set, gdcm::Tag(0x5200, 0x9230), frame, found)) groups_.push_back(found);
  if (item(data_set, gdcm::Tag(0x5200, 0x9229), 0, found)) groups_.push_back(found);
}

std::string FrameAttributes::text(gdcm::Tag group, gdcm::Tag tag) const {
  for (const gdcm::DataSet &groups : groups_) {
    gdcm::DataSet found;
    if (!item(groups, group, 0, found)) continue;
    const std::string result = islet::text(found, tag);
    if (!result.empty()) return result;
  }
  return islet::text(data_set_, tag);
}

bool FrameAttributes::numbers(gdcm::Tag group, gdcm::Tag tag, double *values, size_t count) const {
  const std::string all = text(group, tag);
  const char *rest = all.c_str();
  for (size_t index = 0; index < count; ++index) {
    char *end = nullptr;
    values[index] = std::strtod(rest, &end);
    if (end == rest || !std::isfinite(values[index])) return false;
    while (*end == ' ') ++end;
    if (index + 1 < count && *end != '\\') return false;
    rest = end + 1;
  }
  return true;
}

}  // namespace islet
