#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace tideover::base {
namespace {

// Length of the sequence that starts with `lead`, 0 for a byte that cannot start one.
size_t SequenceLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// The second byte excludes overlong forms, surrogates and values above U+10FFFF (RFC 3629, section
// 4).
bool SecondByteFits(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xe0:
      return second >= 0xa0 && second <= 0xbf;
    case 0xed:
      return second >= 0x80 && second <= 0x9f;
    case 0xf0:
      return second >= 0x90 && second <= 0xbf;
    case 0xf4:
      return second >= 0x80 && second <= 0x8f;
    default:
      return (second & 0xc0) == 0x80;
  }
}

absl::Status CheckId(std::string_view id, std::string_view what, size_t bytes_max) {
  if (id.empty()) return absl::InvalidArgumentError(fmt::format("{} is empty", what));
  if (id.size() > bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("{} has {} bytes; at most {} are allowed", what, id.size(), bytes_max));
  }
  if (!IsValidUtf8(id)) {
    return absl::InvalidArgumentError(fmt::format("{} is not valid UTF-8", what));
  }
  if (id.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError(fmt::format("{} contains a NUL byte", what));
  }
  return absl::OkStatus();
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      const size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replace, above + 1, row[j - 1] + 1});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

bool IsValidUtf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const size_t length = SequenceLength(lead);
    if (length == 0 || i + length > bytes.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      const auto byte = static_cast<unsigned char>(bytes[i + k]);
      if (k == 1 ? !SecondByteFits(lead, byte) : (byte & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

absl::Status CheckDocumentId(std::string_view id) {
  return CheckId(id, "the document id", kDocumentIdBytesMax);
}

absl::Status CheckMutationId(std::string_view id) {
  return CheckId(id, "the mutation_id", kMutationIdBytesMax);
}

absl::Status CheckCollectionName(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > kCollectionNameBytesMax || !letter(name[0]) ||
      !std::all_of(name.begin(), name.end(), inner)) {
    return absl::InvalidArgumentError(fmt::format(
        "the collection name must be a letter or _ followed by letters, digits or _, at most {} "
        "bytes",
        kCollectionNameBytesMax));
  }
  return absl::OkStatus();
}

std::string NearestWord(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  size_t best_distance = word.size() / 3 + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance <= best_distance && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace tideover::base
