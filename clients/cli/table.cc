#include "cli/table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>

namespace tideover::cli {
namespace {

constexpr size_t kColumnGap = 2;
// On a terminal no cell but the last of a row is wider than this.
constexpr size_t kCellWidthMax = 44;

struct Range {
  uint32_t first;
  uint32_t last;
};

// Wide by Unicode's East Asian Width (W, F) in the blocks that people meet.
constexpr std::array<Range, 9> kWide = {{{0x1100, 0x115F},
                                         {0x2E80, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0xFFE0, 0xFFE6},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 4> kCombining = {
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};

template <size_t kSize>
bool IsIn(const std::array<Range, kSize>& ranges, uint32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](Range r) { return r.first <= c && c <= r.last; });
}

struct Decoded {
  uint32_t code_point;
  size_t bytes;  // 0: not UTF-8
};

Decoded DecodeOne(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {0, 0};
  uint32_t code_point = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0, 0};
    code_point = code_point << 6 | (byte(i) & 0x3F);
  }
  return {code_point, bytes};
}

size_t WidthOf(uint32_t code_point) {
  if (IsIn(kCombining, code_point)) return 0;
  return IsIn(kWide, code_point) ? 2 : 1;
}

// C0, DEL, C1, and the marks that turn the direction of text around.
bool IsControl(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

const char* SequenceOf(Colour colour) {
  switch (colour) {
    case Colour::kBold:
      return "\033[1m";
    case Colour::kDim:
      return "\033[2m";
    case Colour::kRed:
      return "\033[31m";
    case Colour::kGreen:
      return "\033[32m";
    case Colour::kYellow:
      return "\033[33m";
    case Colour::kNone:
      break;
  }
  return "";
}

void Widen(const std::vector<Cell>& row, std::vector<size_t>* widths) {
  if (row.size() > widths->size()) widths->resize(row.size(), 0);
  for (size_t i = 0; i < row.size(); ++i) {
    (*widths)[i] = std::max((*widths)[i], DisplayWidth(row[i].text));
  }
}

void PrintRow(std::ostream& out, const std::vector<Cell>& row, const std::vector<size_t>& widths,
              TableStyle style) {
  size_t used = 0;
  size_t owed = 0;  // spaces that are written only if something follows them
  for (size_t i = 0; i < row.size(); ++i) {
    std::string text = row[i].text;
    if (style.width_max > 0) {
      if (used + owed >= style.width_max) break;
      text = Shorten(text, std::min(style.width_max - used - owed,
                                    i + 1 < row.size() ? widths[i] : style.width_max));
    }
    const size_t width = DisplayWidth(text);
    const size_t padding = widths[i] > width ? widths[i] - width : 0;
    if (row[i].right) owed += padding;
    if (!text.empty()) {
      out << std::string(owed, ' ') << Paint(text, row[i].colour, style.colours);
      used += owed + width;
      owed = 0;
    }
    owed += (row[i].right ? 0 : padding) + kColumnGap;
  }
  out << '\n';
}

}  // namespace

std::string Paint(std::string_view text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::kNone || text.empty()) return std::string(text);
  return SequenceOf(colour) + std::string(text) + "\033[0m";
}

std::string Printable(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const Decoded decoded = DecodeOne(text);
    const size_t bytes = std::max<size_t>(decoded.bytes, 1);
    if (decoded.bytes == 0 || IsControl(decoded.code_point)) {
      printable += "\xEF\xBF\xBD";  // U+FFFD
    } else {
      printable += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return printable;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Decoded decoded = DecodeOne(text);
    width += decoded.bytes == 0 ? 1 : WidthOf(decoded.code_point);
    text.remove_prefix(std::max<size_t>(decoded.bytes, 1));
  }
  return width;
}

std::string Shorten(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t used = 0;
  size_t end = 0;
  while (end < text.size()) {
    const Decoded decoded = DecodeOne(text.substr(end));
    const size_t next = decoded.bytes == 0 ? 1 : WidthOf(decoded.code_point);
    if (used + next > width - 1) break;
    used += next;
    end += std::max<size_t>(decoded.bytes, 1);
  }
  return std::string(text.substr(0, end)) + "\xE2\x80\xA6";  // U+2026
}

void Table::Print(std::ostream& out, TableStyle style) const {
  std::vector<Cell> heading;
  for (const std::string& name : heading_) heading.push_back({name, Colour::kBold, false});
  // A heading stands above its column as the column's first row stands.
  for (size_t i = 0; !rows_.empty() && i < std::min(heading.size(), rows_[0].size()); ++i) {
    heading[i].right = rows_[0][i].right;
  }
  std::vector<std::vector<Cell>> rows = rows_;
  for (auto& row : rows) {
    for (Cell& cell : row) cell.text = Printable(cell.text);
  }
  std::vector<size_t> widths;
  Widen(heading, &widths);
  for (const auto& row : rows) Widen(row, &widths);
  if (style.width_max > 0) {
    for (size_t& width : widths) width = std::min(width, kCellWidthMax);
  }
  if (!heading.empty()) PrintRow(out, heading, widths, style);
  for (const auto& row : rows) PrintRow(out, row, widths, style);
}

}  // namespace tideover::cli
