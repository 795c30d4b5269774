#include "view/commute.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "view/coalesce.h"
#include "view/fold.h"

namespace tideover::view {
namespace {

using log::Mutation;

constexpr Mutation::Kind kIncrement = Mutation::INCREMENT;
constexpr Mutation::Kind kAdd = Mutation::ADD_TO_SET;
constexpr Mutation::Kind kRemove = Mutation::REMOVE;

json::Value Json(const std::string& text) {
  const auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.value_or(json::Value());
}

struct Case {
  const char* what;
  Mutation::Kind kind;
  const char* document;
  const char* change;
  const char* after;
};

TEST(Commute, ChangesMembersByTheirOperands) {
  const Case table[] = {
      {"integers", kIncrement, R"({"n":1})", R"({"n":2})", R"({"n":3})"},
      {"beyond a double's precision", kIncrement, R"({"n":9007199254740993})", R"({"n":2})",
       R"({"n":9007199254740995})"},
      {"at the end of 64 bits", kIncrement, R"({"n":9223372036854775806})", R"({"n":1})",
       R"({"n":9223372036854775807})"},
      {"beyond 64 bits", kIncrement, R"({"n":9223372036854775807})", R"({"n":1})",
       R"({"n":9.223372036854776e+18})"},
      {"down", kIncrement, R"({"n":1})", R"({"n":-3})", R"({"n":-2})"},
      {"doubles", kIncrement, R"({"n":0.5})", R"({"n":1})", R"({"n":1.5})"},
      {"missing", kIncrement, R"({})", R"({"n":2.50})", R"({"n":2.50})"},
      {"null", kIncrement, R"({"n":null})", R"({"n":2})", R"({"n":2})"},
      {"no number", kIncrement, R"({"n":"1","m":1})", R"({"n":1,"m":1})", R"({"n":"1","m":2})"},
      {"no sum", kIncrement, R"({"n":1e308})", R"({"n":1e308})", R"({"n":1e308})"},
      {"several", kIncrement, R"({"a":1,"n":1})", R"({"n":1,"m":5})", R"({"a":1,"n":2,"m":5})"},
      {"add", kAdd, R"({"l":[1]})", R"({"l":[2,1,2]})", R"({"l":[1,2]})"},
      {"add to none", kAdd, R"({})", R"({"l":["a","a"]})", R"({"l":["a"]})"},
      {"add nothing", kAdd, R"({})", R"({"l":[]})", R"({"l":[]})"},
      {"elements are values", kAdd, R"({"l":[{"a":1,"b":2}]})", R"({"l":[{"b":2,"a":1},null]})",
       R"({"l":[{"a":1,"b":2},null]})"},
      {"add to no list", kAdd, R"({"l":{"x":1}})", R"({"l":[1]})", R"({"l":{"x":1}})"},
      {"remove", kRemove, R"({"l":[1,2,1]})", R"({"l":[1,3]})", R"({"l":[2]})"},
      {"remove from none", kRemove, R"({})", R"({"l":[1]})", R"({})"},
      {"remove the last", kRemove, R"({"l":[1]})", R"({"l":[1]})", R"({"l":[]})"},
      {"remove from no list", kRemove, R"({"l":"1"})", R"({"l":["1"]})", R"({"l":"1"})"},
  };
  for (const Case& row : table) {
    json::Value document = Json(row.document);
    json::MergePatch(&document, PatchFor(row.kind, Json(row.change), document));
    // An increment of null leaves a number; nothing else changes the order of members.
    EXPECT_EQ(json::Write(document), row.after) << row.what;
  }
}

TEST(Commute, OperandsHaveTheTypeOfTheirOperation) {
  EXPECT_TRUE(CheckOperands(kIncrement, Json(R"({"n":1})")).ok());
  EXPECT_TRUE(CheckOperands(kAdd, Json(R"({"l":[]})")).ok());
  EXPECT_FALSE(CheckOperands(kIncrement, Json("{}")).ok());
  EXPECT_FALSE(CheckOperands(kIncrement, Json(R"({"n":"1"})")).ok());
  EXPECT_FALSE(CheckOperands(kIncrement, Json(R"({"n":1,"m":null})")).ok());
  EXPECT_FALSE(CheckOperands(kRemove, Json(R"({"l":1})")).ok());
}

TEST(Commute, TargetsOfTheWrongTypeAreNamed) {
  const json::Value document = Json(R"({"n":1e308,"s":"x","l":[],"z":null})");
  EXPECT_TRUE(CheckTargets(kIncrement, Json(R"({"n":1,"z":1,"new":1})"), document).ok());
  EXPECT_TRUE(CheckTargets(kRemove, Json(R"({"l":[1],"z":[1],"new":[1]})"), document).ok());
  EXPECT_FALSE(CheckTargets(kIncrement, Json(R"({"n":1e308})"), document).ok());
  EXPECT_FALSE(CheckTargets(kIncrement, Json(R"({"s":1})"), document).ok());
  EXPECT_FALSE(CheckTargets(kAdd, Json(R"({"s":[1]})"), document).ok());
}

TEST(Commute, ComposesOperandsWhereThatIsExact) {
  const auto composed = [](Mutation::Kind kind, const char* first, const char* second) {
    json::Value both = Json(first);
    return ComposeOperands(kind, &both, Json(second)) ? json::Write(both) : "apart";
  };
  EXPECT_EQ(composed(kIncrement, R"({"n":1})", R"({"n":2,"m":0.5})"), R"({"n":3,"m":0.5})");
  EXPECT_EQ(composed(kIncrement, R"({"n":0.1})", R"({"n":0.2})"), "apart");
  EXPECT_EQ(composed(kIncrement, R"({"n":9223372036854775807})", R"({"n":1})"), "apart");
  EXPECT_EQ(composed(kAdd, R"({"l":[1]})", R"({"l":[2,1],"k":[3]})"), R"({"l":[1,2],"k":[3]})");
  EXPECT_EQ(composed(kRemove, R"({"l":[1]})", R"({"l":[2]})"), R"({"l":[1,2]})");
}

TEST(Commute, CoalescesWithItsOwnKindAndWithWholeDocuments) {
  const auto coalesced = [](Mutation::Kind first, const char* change, Mutation::Kind second,
                            const char* operands) {
    Write write{first, Json(change)};
    const Coalesced both = Coalesce(&write, second, Json(operands));
    return both == Coalesced::kOne ? json::Write(write.change) : "apart";
  };
  EXPECT_EQ(coalesced(kIncrement, R"({"n":1})", kIncrement, R"({"n":1})"), R"({"n":2})");
  EXPECT_EQ(coalesced(kAdd, R"({"l":[1]})", kRemove, R"({"l":[1]})"), "apart");
  EXPECT_EQ(coalesced(Mutation::UPDATE, R"({"n":1})", kIncrement, R"({"n":1})"), "apart");
  EXPECT_EQ(coalesced(kIncrement, R"({"n":1})", Mutation::UPDATE, R"({"n":1})"), "apart");
  EXPECT_EQ(coalesced(Mutation::CREATE, R"({"n":1})", kIncrement, R"({"n":1})"), R"({"n":2})");
  EXPECT_EQ(coalesced(Mutation::REPLACE, R"({})", kAdd, R"({"l":[1]})"), R"({"l":[1]})");
}

}  // namespace
}  // namespace tideover::view
