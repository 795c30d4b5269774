#include "view/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideover::view {
namespace {

using testing::HasSubstr;

// "yes", "no", or what is wrong with the filter.
std::string Match(std::string_view filter, std::string_view document) {
  const auto parsed = Filter::Parse(filter);
  if (!parsed.ok()) return std::string(parsed.status().message());
  const auto value = json::Parse(document);
  EXPECT_TRUE(value.ok()) << document;
  return parsed->Matches(*value) ? "yes" : "no";
}

struct Case {
  const char* filter;
  const char* document;
  const char* matches;
};

class FilterTable : public testing::TestWithParam<Case> {};

TEST_P(FilterTable, MatchesAsAmplifyDoes) {
  const Case& c = GetParam();
  EXPECT_EQ(Match(c.filter, c.document), c.matches) << c.filter << " on " << c.document;
}

constexpr Case kCases[] = {
    {"", R"({"a":1})", "yes"},
    {"{}", R"({"a":1})", "yes"},
    {R"({"a":{"eq":1}})", R"({"a":1})", "yes"},
    {R"({"a":{"eq":1}})", R"({"a":1.0})", "yes"},
    {R"({"a":{"eq":1}})", R"({"a":"1"})", "no"},
    {R"({"a":{"eq":"x"}})", R"({})", "no"},
    {R"({"a":{"eq":null}})", R"({})", "yes"},
    {R"({"a":{"eq":null}})", R"({"a":null})", "yes"},
    {R"({"a":{"ne":null}})", R"({"a":0})", "yes"},
    {R"({"a":{"ne":"x"}})", R"({})", "yes"},
    {R"({"a":{"ne":"x"}})", R"({"a":"x"})", "no"},
    {R"({"a":{"eq":true}})", R"({"a":true})", "yes"},
    // Beyond 2^53 doubles cannot tell these apart.
    {R"({"a":{"eq":9007199254740993}})", R"({"a":9007199254740992})", "no"},
    {R"({"a":{"gt":9007199254740992}})", R"({"a":9007199254740993})", "yes"},
    {R"({"a":{"lt":-9007199254740992}})", R"({"a":-9007199254740993})", "yes"},
    {R"({"a":{"gt":99999999999999999999}})", R"({"a":100000000000000000000})", "yes"},
    {R"({"a":{"ge":0}})", R"({"a":-0})", "yes"},
    {R"({"a":{"lt":1.5}})", R"({"a":1})", "yes"},
    {R"({"a":{"le":1}})", R"({"a":1})", "yes"},
    {R"({"a":{"gt":"b"}})", R"({"a":"c"})", "yes"},
    {R"({"a":{"gt":"b"}})", R"({"a":5})", "no"},
    {R"({"a":{"gt":1}})", R"({})", "no"},
    {R"({"a":{"between":[1,3]}})", R"({"a":3})", "yes"},
    {R"({"a":{"between":[1,3]}})", R"({"a":4})", "no"},
    {R"({"a":{"between":["a","c"]}})", R"({"a":"b"})", "yes"},
    {R"({"a":{"contains":"ilk"}})", R"({"a":"milk"})", "yes"},
    {R"({"a":{"contains":"x"}})", R"({"a":["x","y"]})", "yes"},
    {R"({"a":{"contains":2}})", R"({"a":[1,2]})", "yes"},
    {R"({"a":{"contains":"x"}})", R"({})", "no"},
    {R"({"a":{"notContains":"x"}})", R"({})", "yes"},
    {R"({"a":{"notContains":"x"}})", R"({"a":"axb"})", "no"},
    {R"({"a":{"beginsWith":"mi"}})", R"({"a":"milk"})", "yes"},
    {R"({"a":{"beginsWith":"il"}})", R"({"a":"milk"})", "no"},
    {R"({"a":{"in":["x",2]}})", R"({"a":2})", "yes"},
    {R"({"a":{"in":["x",2]}})", R"({"a":3})", "no"},
    {R"({"a":{"attributeExists":true}})", R"({"a":null})", "yes"},
    {R"({"a":{"attributeExists":false}})", R"({})", "yes"},
    {R"({"a":{"attributeType":"string"}})", R"({"a":"x"})", "yes"},
    {R"({"a":{"attributeType":"_null"}})", R"({"a":null})", "yes"},
    {R"({"a":{"attributeType":"map"}})", R"({"a":[]})", "no"},
    {R"({"a":{"size":{"eq":2}}})", R"({"a":"éa"})", "yes"},
    {R"({"a":{"size":{"between":[1,2]}}})", R"({"a":[1,2,3]})", "no"},
    {R"({"a":{"size":{"ge":0}}})", R"({})", "no"},
    // Several operators and several fields must all hold.
    {R"({"a":{"gt":1,"lt":3}})", R"({"a":2})", "yes"},
    {R"({"a":{"gt":1,"lt":3}})", R"({"a":3})", "no"},
    {R"({"a":{"eq":1},"b":{"eq":2}})", R"({"a":1,"b":3})", "no"},
    {R"({"or":[{"a":{"eq":1}},{"b":{"eq":2}}]})", R"({"b":2})", "yes"},
    {R"({"and":[{"a":{"eq":1}},{"b":{"eq":2}}]})", R"({"b":2})", "no"},
    {R"({"and":{"a":{"eq":1}}})", R"({"a":1})", "yes"},
    {R"({"not":{"a":{"eq":1}}})", R"({"a":2})", "yes"},
    {R"({"not":{"a":{"eq":1}},"b":{"eq":2}})", R"({"a":1,"b":2})", "no"},
    // Nested fields, by nesting or by a path.
    {R"({"a":{"b":{"eq":1}}})", R"({"a":{"b":1}})", "yes"},
    {R"({"a.b":{"eq":1}})", R"({"a":{"b":1}})", "yes"},
    {R"({"a.b":{"eq":1}})", R"({"a.b":1})", "yes"},
    {R"({"a":{"b":{"c":{"contains":"x"},"d":{"gt":1}}}})", R"({"a":{"b":{"c":"x","d":2}}})", "yes"},
    {R"({"a":{"b":{"eq":1}}})", R"({"a":[{"b":1}]})", "no"},
};
INSTANTIATE_TEST_SUITE_P(Cases, FilterTable, testing::ValuesIn(kCases));

TEST(Filter, NamesThePlaceAndTheNearestOperator) {
  EXPECT_EQ(Match(R"({"content":{"contians":"x"}})", "{}"),
            "the filter is wrong at \"/content/contians\": there is no operator \"contians\"; did "
            "you mean \"contains\"?");
  EXPECT_THAT(
      Match(R"({"and":[{"a":{"eq":1}},{"b/c":{"xyzzy":1}}]})", "{}"),
      HasSubstr("at \"/and/1/b~1c/xyzzy\": there is no operator \"xyzzy\"; there are size"));
}

TEST(Filter, NamesTheByteWhereTheTextIsNoJson) {
  const auto parsed = Filter::Parse(R"({"a":{"eq":x}})");
  EXPECT_EQ(json::ParseErrorOf(parsed.status())->offset, 11u);
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("at byte 11"));
}

TEST(Filter, RefusesOperandsThatFitNoOperator) {
  for (const char* filter :
       {R"({"a":1})", R"({"a":{"eq":[1]}})", R"({"a":{"lt":true}})", R"({"a":{"between":[1]}})",
        R"({"a":{"between":[1,"x"]}})", R"({"a":{"beginsWith":1}})", R"({"a":{"in":[]}})",
        R"({"a":{"in":[[]]}})", R"({"a":{"attributeExists":1}})",
        R"({"a":{"attributeType":"text"}})", R"({"a":{"size":3}})",
        R"({"a":{"size":{"contains":3}}})", R"({"a":{"size":{"eq":"3"}}})", R"({"or":[]})",
        R"({"and":1})", R"({"not":[{"a":{"eq":1}}]})", R"([])", R"("x")",
        R"({"a":{"eq":1},"a":{"eq":2}})"}) {
    EXPECT_EQ(Filter::Parse(filter).status().code(), absl::StatusCode::kInvalidArgument) << filter;
  }
}

std::string Nested(int depth) {
  std::string filter = R"({"a":{"eq":1}})";
  for (int i = 0; i < depth; ++i) filter = R"({"not":)" + filter + "}";
  return filter;
}

TEST(Filter, TakesTheDepthOfTheLimitAndNoMore) {
  // The filter itself, the field's condition, and what is around them.
  EXPECT_TRUE(Filter::Parse(Nested(kFilterDepthMax - 2)).ok());
  EXPECT_THAT(std::string(Filter::Parse(Nested(kFilterDepthMax - 1)).status().message()),
              HasSubstr("deeper than 32 levels"));
}

std::string Wide(int conditions) {
  std::string filter = R"({"a":{)";
  for (int i = 0; i < conditions; ++i) {
    filter += (i == 0 ? "" : ",") + std::string("\"f") + std::to_string(i) + R"(":{"eq":1})";
  }
  return filter + "}}";
}

TEST(Filter, TakesAsManyConditionsAsTheLimitAndNoMore) {
  // Each nested field counts, and so does its test; two more are around them.
  EXPECT_TRUE(Filter::Parse(Wide((kFilterNodesMax - 2) / 2)).ok());
  EXPECT_THAT(std::string(Filter::Parse(Wide(kFilterNodesMax / 2)).status().message()),
              HasSubstr("more than 256 conditions"));
}

TEST(Filter, RefusesATextBeyondTheLimit) {
  const std::string head = R"({"a":{"eq":")";
  const std::string tail = R"("}})";
  const std::string fill(kFilterBytesMax - head.size() - tail.size(), 'x');
  EXPECT_TRUE(Filter::Parse(head + fill + tail).ok());
  EXPECT_FALSE(Filter::Parse(head + fill + "x" + tail).ok());
}

}  // namespace
}  // namespace tideover::view
