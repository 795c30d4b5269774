#include "config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tideover {
namespace {

using ::testing::HasSubstr;

// Reads `text` with the keys that a table of the tests has; what went wrong, or "".
std::string Mistake(const std::string& text) {
  const auto root = ParseToml(text, "t.toml");
  if (!root.ok()) return std::string(root.status().message());
  ConfigErrors errors{"t.toml", absl::OkStatus()};
  ConfigReader reader(&*root, "", TomlPosition{}, &errors);
  std::string name;
  bool flag = false;
  size_t count = 0;
  base::Millis wait{0};
  uint64_t size = 0;
  int choice = 0;
  std::optional<std::vector<std::string>> list;
  reader.Text("name", &name);
  reader.Flag("flag", &flag);
  reader.Count("count", 1, 10, &count);
  reader.Duration("wait", &wait);
  reader.Bytes("size", &size);
  reader.Word<int>("choice", {{"one", 1}, {"two", 2}}, &choice);
  reader.Texts("list", &list);
  if (auto inner = reader.Table("collections")) inner->Finish();
  reader.Finish();
  return std::string(errors.first.message());
}

TEST(ConfigReader, NamesPlaceAndNearestOfAnUnknownKey) {
  EXPECT_EQ(Mistake("name = \"x\"\n[colections]\n"),
            "t.toml:2:2: unknown key \"colections\"; did you mean \"collections\"?");
  EXPECT_THAT(Mistake("weather = 1\n"),
              HasSubstr("t.toml:1:1: unknown key \"weather\"; known here: name, flag"));
  EXPECT_EQ(Mistake("[collections]\n  x = 1\n"), "t.toml:2:3: unknown key \"x\"; known here: ");
}

TEST(ConfigReader, NamesPlaceAndWantedTypeOfAWrongValue) {
  EXPECT_EQ(Mistake("name = 1"), "t.toml:1:8: \"name\" must be a text in quotes");
  EXPECT_EQ(Mistake("\nflag = \"yes\""), "t.toml:2:8: \"flag\" must be true or false");
  EXPECT_EQ(Mistake("count = 1.5"), "t.toml:1:9: \"count\" must be a whole number");
  EXPECT_EQ(Mistake("count = 11"), "t.toml:1:9: \"count\" must be between 1 and 10");
  EXPECT_EQ(Mistake("count = -1"), "t.toml:1:9: \"count\" must be between 1 and 10");
  EXPECT_THAT(Mistake("wait = 30"), HasSubstr("\"wait\" must be a duration like"));
  EXPECT_THAT(Mistake("wait = \"30\""), HasSubstr("\"wait\" must be a duration like"));
  EXPECT_THAT(Mistake("size = \"1 GB\""), HasSubstr("\"size\" must be a size like"));
  EXPECT_EQ(Mistake("choice = \"three\""),
            "t.toml:1:10: \"choice\" must be one of \"one\", \"two\", not \"three\"");
  EXPECT_EQ(Mistake("list = [\"a\", 2]"), "t.toml:1:14: \"list\" must be an array of texts");
  EXPECT_EQ(Mistake("collections = 3"), "t.toml:1:15: \"collections\" must be a table");
}

TEST(ConfigReader, NamesPlaceOfWhatIsNoToml) {
  EXPECT_THAT(Mistake("name = \"x\"\nflag = = 1\n"), HasSubstr("t.toml:2:"));
  EXPECT_THAT(Mistake("name = \"x\"\nname = \"y\"\n"), HasSubstr("t.toml:2:"));
}

TEST(ConfigReader, TakesWhatIsRight) {
  EXPECT_EQ(Mistake("name = \"x\"\nflag = true\ncount = 10\nwait = \"5m\"\nsize = \"1GiB\"\n"
                    "choice = \"two\"\nlist = [\"a\"]\n"),
            "");
}

TEST(ConfigReader, ReadsDurationsAndSizes) {
  EXPECT_EQ(ParseDuration("500ms"), base::Millis(500));
  EXPECT_EQ(ParseDuration("12h"), base::Millis(43'200'000));
  EXPECT_EQ(ParseDuration("0s"), base::Millis(0));
  EXPECT_EQ(ParseDuration("-1s"), std::nullopt);
  EXPECT_EQ(ParseDuration("9223372036854775807h"), std::nullopt) << "does not fit";
  EXPECT_EQ(ParseBytes("64MiB"), uint64_t{64} << 20);
  EXPECT_EQ(ParseBytes("64MB"), std::nullopt);
}

}  // namespace
}  // namespace tideover
