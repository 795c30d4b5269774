#include "net/http_head.h"

#include <charconv>

namespace tideover::net {

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view Trim(std::string_view text) {
  size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

int StatusOf(std::string_view status_line) {
  size_t space = status_line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  const char* begin = status_line.data() + space + 1;
  std::from_chars(begin, status_line.data() + status_line.size(), status);
  return status;
}

void AppendHeader(std::string_view line, HttpHeaders* headers) {
  size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  headers->emplace_back(LowerCase(Trim(line.substr(0, colon))),
                        std::string(Trim(line.substr(colon + 1))));
}

}  // namespace tideover::net
