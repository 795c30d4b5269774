#include "bench/records.h"

#include <fmt/format.h>

namespace tideover::bench {
namespace {

void PadTo(size_t bytes, std::string* text) {
  if (text->size() + 2 < bytes) text->append(bytes - 2 - text->size(), 'x');
  *text += "\"}";
}

}  // namespace

std::string DocumentText(uint64_t number, size_t bytes) {
  std::string text = fmt::format("{{\"content\":\"todo {} ", number);
  PadTo(bytes, &text);
  return text;
}

std::string DocumentText(const std::string& id, uint64_t number, size_t bytes) {
  std::string text = fmt::format("{{\"{}\":\"{}\",\"content\":\"todo {} ", kIdField, id, number);
  PadTo(bytes, &text);
  return text;
}

std::string ServerId(uint64_t number) { return fmt::format("6561{:020x}", number); }

}  // namespace tideover::bench
