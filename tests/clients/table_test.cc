#include "cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace tideover::cli {
namespace {

std::string Printed(const Table& table, TableStyle style = {}) {
  std::ostringstream out;
  table.Print(out, style);
  return out.str();
}

TEST(Table, AlignsColumnsAndLeavesNoSpacesAtLineEnds) {
  Table table({"ID", "COUNT", "WHY"});
  table.Add({{"a"}, {"5", Colour::kNone, true}, {""}});
  table.Add({{"longer"}, {"1000000", Colour::kNone, true}, {"late"}});
  EXPECT_EQ(Printed(table),
            "ID        COUNT  WHY\n"
            "a             5\n"
            "longer  1000000  late\n");
}

TEST(Table, WithoutAHeadingPrintsOnlyRows) {
  Table table({});
  table.Add({{"state"}, {"queued"}});
  EXPECT_EQ(Printed(table), "state  queued\n");
}

TEST(Table, CountsWideAndCombiningCharactersAsTheTerminalDoes) {
  EXPECT_EQ(DisplayWidth("mjölk"), 5u);
  EXPECT_EQ(DisplayWidth("牛乳"), 4u);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1u);
  Table table({"A", "B"});
  table.Add({{"牛乳"}, {"x"}});
  table.Add({{"milk!"}, {"y"}});
  EXPECT_EQ(Printed(table), "A      B\n牛乳   x\nmilk!  y\n");
}

TEST(Table, ShortensOnlyWhereTheReaderIsATerminal) {
  Table table({"ID", "TEXT"});
  table.Add({{"a"}, {"0123456789"}});
  EXPECT_EQ(Printed(table), "ID  TEXT\na   0123456789\n");
  EXPECT_EQ(Printed(table, {.width_max = 10}), "ID  TEXT\na   01234…\n");
}

TEST(Table, NeverPrintsALineWiderThanTheTerminal) {
  Table table({"ONE", "TWO", "THREE"});
  table.Add({{std::string(100, 'x')}, {std::string(100, 'y')}, {std::string(100, 'z')}});
  for (const size_t width : {1u, 10u, 44u, 46u, 47u, 80u, 93u}) {
    std::istringstream lines(Printed(table, {.width_max = width}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(DisplayWidth(line), width);
  }
}

TEST(Table, ColoursOnlyWhereTheyAreAllowed) {
  Table table({});
  table.Add({{"refused", Colour::kRed}});
  EXPECT_EQ(Printed(table), "refused\n");
  EXPECT_EQ(Printed(table, {.colours = true}), "\033[31mrefused\033[0m\n");
}

TEST(Table, LetsNoControlSequenceThrough) {
  Table table({});
  table.Add({{"a\033[2Jb\r\n\x9b\xC2\x9B\xE2\x80\xAE"}});
  EXPECT_EQ(Printed(table), "a\uFFFD[2Jb\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\n");
}

TEST(Printable, KeepsTextAsItIs) {
  EXPECT_EQ(Printable("smörgås 牛乳 🥛"), "smörgås 牛乳 🥛");
}

TEST(Printable, ReplacesCutOffUtf8) { EXPECT_EQ(Printable("x\xE7\x89"), "x\uFFFD\uFFFD"); }

TEST(Shorten, NeverCutsACharacterInTwo) {
  EXPECT_EQ(Shorten("牛乳牛乳", 5), "牛乳…");
  EXPECT_EQ(Shorten("牛乳牛乳", 4), "牛…");
  EXPECT_EQ(Shorten("abc", 0), "");
  EXPECT_EQ(Shorten("abc", 3), "abc");
}

}  // namespace
}  // namespace tideover::cli
