#include "cache/document.h"

#include <cstring>

namespace tideover::cache {
namespace {

// On disk: never to change.
constexpr uint8_t kRecordVersion = 1;
constexpr uint8_t kHasView = 1;
constexpr uint8_t kHasBase = 2;
constexpr uint8_t kBaseIsView = 4;
constexpr size_t kHeaderBytes = 1 + 1 + 4 + 8 + 8 + 8 + 8 + 8 + 4;

// A base that is the view needs both.
bool IsFlags(uint8_t flags) {
  const bool same = (flags & kBaseIsView) != 0;
  const bool both = (flags & kHasView) != 0 && (flags & kHasBase) != 0;
  return flags < 2 * kBaseIsView && (!same || both);
}

template <typename T>
void AppendLittle(T n, std::string* out) {
  for (size_t i = 0; i < sizeof n; ++i) {
    out->push_back(static_cast<char>((static_cast<uint64_t>(n) >> (8 * i)) & 0xff));
  }
}

template <typename T>
T TakeLittle(std::string_view* in) {
  uint64_t n = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    n |= uint64_t{static_cast<unsigned char>((*in)[i])} << (8 * i);
  }
  in->remove_prefix(sizeof(T));
  return static_cast<T>(n);
}

}  // namespace

Document DocumentRef::Copy() const {
  Document copy;
  copy.header = header;
  if (view.has_value()) copy.view = std::string(*view);
  if (base.has_value()) copy.base = std::string(*base);
  return copy;
}

std::string EncodeDocument(const Document& document) {
  const bool same = document.base.has_value() && document.base == document.view;
  uint8_t flags = 0;
  if (document.view.has_value()) flags |= kHasView;
  if (document.base.has_value()) flags |= kHasBase;
  if (same) flags |= kBaseIsView;
  std::string out;
  const size_t view_size = document.view.has_value() ? document.view->size() : 0;
  const size_t base_size = document.base.has_value() && !same ? document.base->size() : 0;
  out.reserve(kHeaderBytes + view_size + base_size);
  const DocumentHeader& h = document.header;
  AppendLittle(kRecordVersion, &out);
  AppendLittle(flags, &out);
  AppendLittle(h.pending, &out);
  AppendLittle(h.revision, &out);
  AppendLittle(h.settled_commit, &out);
  AppendLittle(h.fetched_wall_ms, &out);
  AppendLittle(h.server_version, &out);
  AppendLittle(h.last_changed_ms, &out);
  AppendLittle(static_cast<uint32_t>(view_size), &out);
  if (view_size > 0) out += *document.view;
  if (base_size > 0) out += *document.base;
  return out;
}

absl::StatusOr<DocumentRef> DecodeDocument(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || static_cast<uint8_t>(bytes[0]) != kRecordVersion) {
    return absl::DataLossError("a document record does not decode");
  }
  bytes.remove_prefix(1);
  const auto flags = TakeLittle<uint8_t>(&bytes);
  DocumentRef document;
  DocumentHeader& h = document.header;
  h.pending = TakeLittle<uint32_t>(&bytes);
  h.revision = TakeLittle<uint64_t>(&bytes);
  h.settled_commit = TakeLittle<uint64_t>(&bytes);
  h.fetched_wall_ms = TakeLittle<int64_t>(&bytes);
  h.server_version = TakeLittle<int64_t>(&bytes);
  h.last_changed_ms = TakeLittle<int64_t>(&bytes);
  const auto view_size = TakeLittle<uint32_t>(&bytes);
  if (view_size > bytes.size()) return absl::DataLossError("a document record is cut short");
  const bool base_has_bytes = (flags & (kHasBase | kBaseIsView)) == kHasBase;
  if (!IsFlags(flags) || ((flags & kHasView) == 0 && view_size > 0) ||
      (!base_has_bytes && view_size < bytes.size())) {
    return absl::DataLossError("a document record contradicts itself");
  }
  if ((flags & kHasView) != 0) document.view = bytes.substr(0, view_size);
  if ((flags & kBaseIsView) != 0) {
    document.base = document.view;
  } else if ((flags & kHasBase) != 0) {
    document.base = bytes.substr(view_size);
  }
  return document;
}

}  // namespace tideover::cache
