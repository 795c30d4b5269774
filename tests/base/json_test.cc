#include "base/json.h"

#include <gtest/gtest.h>

namespace tideover::json {
namespace {

std::string RoundTrip(std::string_view text) {
  auto value = Parse(text);
  return value.ok() ? Write(*value) : std::string(value.status().message());
}

TEST(Json, KeepsNumbersAsTheyWereWritten) {
  for (const char* text : {"9007199254740993", "18446744073709551616", "1.10", "-0",
                           "0.1000000000000000055511151231257827"}) {
    EXPECT_EQ(RoundTrip(text), text);
  }
}

TEST(Json, KeepsTheOrderOfMembers) {
  EXPECT_EQ(RoundTrip(R"({"b":1,"a":{"z":[],"y":null}})"), R"({"b":1,"a":{"z":[],"y":null}})");
}

TEST(Json, KeepsEveryCharacter) {
  EXPECT_EQ(RoundTrip("\"\\u0000\\n\\\"\\u00e9 \xf0\x9f\x8c\x8a\""),
            "\"\\u0000\\n\\\"\xc3\xa9 \xf0\x9f\x8c\x8a\"");
}

TEST(Json, RefusesDepthBeyondTheLimitAndTakesTheLimit) {
  const std::string at_limit = std::string(kDepthMax, '[') + std::string(kDepthMax, ']');
  EXPECT_TRUE(Parse(at_limit).ok());
  EXPECT_EQ(Parse("[" + at_limit + "]").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Parse(std::string(100'000, '[')).ok());
}

TEST(Json, TakesNoNulByteForTheEnd) {
  using std::string_view_literals::operator""sv;
  EXPECT_FALSE(Parse("{}\0"sv).ok());
  EXPECT_FALSE(Parse("{}\0{}"sv).ok());
  EXPECT_FALSE(Parse("\0"sv).ok());
  EXPECT_TRUE(Parse("{} \n").ok());
}

TEST(Json, TellsProgramsWhyAndWhereItRefused) {
  const auto error_of = [](std::string_view text) { return ParseErrorOf(Parse(text).status()); };
  EXPECT_FALSE(error_of("{}").has_value());
  EXPECT_FALSE(ParseErrorOf(absl::InvalidArgumentError("of another kind")).has_value());
  EXPECT_EQ(error_of("{\"a\":x}")->fault, ParseFault::kSyntax);
  EXPECT_EQ(error_of("{\"a\":x}")->offset, 5u);
  EXPECT_EQ(error_of("{\"a\":1,\"a\":2}")->fault, ParseFault::kDuplicateName);
  EXPECT_EQ(error_of(std::string(kDepthMax + 1, '['))->fault, ParseFault::kTooDeep);
  EXPECT_EQ(error_of(std::string(kDocumentBytesMax + 1, ' '))->fault, ParseFault::kTooLong);
  EXPECT_EQ(error_of("\"\xff\"")->fault, ParseFault::kEncoding);
}

TEST(Json, RefusesTextBeyondTheLimitAndTakesTheLimit) {
  EXPECT_TRUE(Parse("\"" + std::string(kDocumentBytesMax - 2, 'x') + "\"").ok());
  EXPECT_FALSE(Parse("\"" + std::string(kDocumentBytesMax - 1, 'x') + "\"").ok());
}

TEST(Json, RefusesDuplicateNamesAndSaysWhich) {
  auto few = Parse(R"({"x":{"twin":1,"twin":2}})");
  EXPECT_NE(few.status().message().find("twin"), std::string::npos);
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_TRUE(Parse(many + "\"k40\":0}").ok());
  EXPECT_FALSE(Parse(many + "\"k7\":0}").ok());
}

TEST(Json, RefusesInvalidUtf8) {
  EXPECT_FALSE(Parse("\"\xc0\xaf\"").ok());
  EXPECT_FALSE(Parse("\"\xed\xa0\x80\"").ok());
  EXPECT_FALSE(Parse("\"\xff\"").ok());
}

TEST(Json, RefusesWhatFollowsTheValue) {
  EXPECT_FALSE(Parse("{} x").ok());
  EXPECT_FALSE(Parse("").ok());
  EXPECT_FALSE(Parse("{\"a\":01}").ok());
  EXPECT_FALSE(Parse("NaN").ok());
  EXPECT_FALSE(Parse("1e400").ok());
}

TEST(Json, EqualityIgnoresOrderAndKnowsIntegers) {
  EXPECT_EQ(*Parse(R"({"a":1,"b":[2]})"), *Parse(R"({"b":[2],"a":1})"));
  EXPECT_FALSE(*Parse("[1,2]") == *Parse("[2,1]"));
  EXPECT_FALSE(*Parse("1.0") == *Parse("\"1.0\""));
}

TEST(Json, PointerFollowsRfc6901) {
  const Value v = *Parse(R"({"a/b":{"m~n":[10,20]},"":3})");
  EXPECT_EQ(Resolve(v, "/a~1b/m~0n/1")->text(), "20");
  EXPECT_EQ(Resolve(v, "/")->text(), "3");
  EXPECT_EQ(Resolve(v, ""), &v);
  EXPECT_EQ(Resolve(v, "/a~1b/m~0n/2"), nullptr);
  EXPECT_EQ(Resolve(v, "/missing/x"), nullptr);
}

struct PatchCase {
  const char* target;
  const char* patch;
  const char* result;
};

// The examples of RFC 7396, appendix A.
TEST(Json, MergePatchFollowsRfc7396) {
  const PatchCase cases[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"({"a":"foo"})", "\"bar\"", "\"bar\""},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {"[1,2]", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const PatchCase& c : cases) {
    Value target = *Parse(c.target);
    MergePatch(&target, *Parse(c.patch));
    EXPECT_EQ(Write(target), c.result) << c.target << " with " << c.patch;
  }
}

}  // namespace
}  // namespace tideover::json
