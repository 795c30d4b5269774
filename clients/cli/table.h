// Tables for people: columns as wide as their widest cell, two spaces between them, colours where
// the caller allows them, long cells shortened only where the reader is a terminal. Everything that
// is shown passes through Printable, so that a document cannot send control sequences to a
// terminal. Table is a value; its functions are pure.
#ifndef TIDEOVER_CLI_TABLE_H_
#define TIDEOVER_CLI_TABLE_H_

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace tideover::cli {

enum class Colour { kNone, kBold, kDim, kRed, kGreen, kYellow };

// `text` with the escape sequences of the colour around it, if `enabled`.
std::string Paint(std::string_view text, Colour colour, bool enabled);

// `text` with every control character replaced by a visible sign, and bytes that are not UTF-8 too.
std::string Printable(std::string_view text);

// Cells of a terminal that printable text takes: wide East Asian characters and emoji take two,
// combining marks none.
size_t DisplayWidth(std::string_view text);

// The longest beginning that fits into `width` cells, with an ellipsis where something is missing.
std::string Shorten(std::string_view text, size_t width);

struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
  bool right = false;  // aligned to the right, as numbers are
};

struct TableStyle {
  bool colours = false;
  // Cells per line; 0 means that nothing is shortened.
  size_t width_max = 0;
};

class Table {
 public:
  // A table without a heading has an empty one.
  explicit Table(std::vector<std::string> heading) : heading_(std::move(heading)) {}

  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  // Writes the heading, if any, and the rows, each ended by a newline, without spaces at line ends.
  void Print(std::ostream& out, TableStyle style) const;

 private:
  std::vector<std::string> heading_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_TABLE_H_
