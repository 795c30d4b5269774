#include "view/page_token.h"

#include <fmt/format.h>

#include "base/status_macros.h"
#include "store/keys.h"

namespace tideover::view {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeadBytes = 9;

std::string ToHex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

int DigitOf(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// "" for what is no hexadecimal text.
std::string FromHex(std::string_view text) {
  std::string out;
  if (text.size() % 2 != 0) return out;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = DigitOf(text[i]);
    const int low = DigitOf(text[i + 1]);
    if (high < 0 || low < 0) return "";
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

absl::Status NoToken() {
  return absl::InvalidArgumentError(
      "the page_token is none of ours: pass next_page_token on as it came");
}

}  // namespace

std::string WritePageToken(uint64_t fingerprint, const SortKey& last) {
  json::Value place = json::Value::Array();
  place.elements().push_back(json::Value::String(last.id));
  for (const json::Value& value : last.values) place.elements().push_back(value);
  std::string bytes(1, kVersion);
  store::AppendU64(fingerprint, &bytes);
  return ToHex(bytes + json::Write(place));
}

absl::StatusOr<SortKey> ReadPageToken(std::string_view token, uint64_t fingerprint,
                                      size_t value_count) {
  const std::string bytes = FromHex(token);
  if (bytes.size() <= kHeadBytes || bytes[0] != kVersion) return NoToken();
  if (store::ReadU64(std::string_view(bytes).substr(1, 8)) != fingerprint) {
    return absl::InvalidArgumentError(
        "the page_token belongs to another query: change nothing but the token between pages, and "
        "start a changed query without one");
  }
  auto place = json::Parse(std::string_view(bytes).substr(kHeadBytes),
                           {json::kDocumentBytesMax * 2, json::kDepthMax});
  if (!place.ok() || !place->is_array() || place->elements().size() != value_count + 1 ||
      !place->elements()[0].is_string()) {
    return NoToken();
  }
  SortKey key;
  key.id = place->elements()[0].text();
  key.values.assign(place->elements().begin() + 1, place->elements().end());
  return key;
}

}  // namespace tideover::view
