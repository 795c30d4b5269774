#include "view/coalesce.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/random.h"
#include "view/fold.h"

namespace tideover::view {
namespace {

using log::Mutation;

constexpr auto kCreate = Mutation::CREATE;
constexpr auto kUpdate = Mutation::UPDATE;
constexpr auto kReplace = Mutation::REPLACE;
constexpr auto kDelete = Mutation::DELETE;

json::Value Json(const std::string& text) {
  return text.empty() ? json::Value() : json::Parse(text).value();
}

struct Row {
  Mutation::Kind first;
  const char* first_json;
  Mutation::Kind second;
  const char* second_json;
  Coalesced how;
  Mutation::Kind kind;
  const char* json;
};

constexpr Row kTable[] = {
    {kCreate, R"({"a":1})", kUpdate, R"({"b":2})", Coalesced::kOne, kCreate, R"({"a":1,"b":2})"},
    {kCreate, R"({"a":1})", kUpdate, R"({"a":null})", Coalesced::kOne, kCreate, "{}"},
    {kCreate, R"({"a":1})", kReplace, R"({"b":2})", Coalesced::kOne, kCreate, R"({"b":2})"},
    {kCreate, R"({"a":1})", kDelete, "", Coalesced::kCancelled, kCreate, R"({"a":1})"},
    {kUpdate, R"({"a":1})", kUpdate, R"({"a":2,"b":3})", Coalesced::kOne, kUpdate,
     R"({"a":2,"b":3})"},
    // A null stays a null: the server's document may have the member.
    {kUpdate, R"({"a":1})", kUpdate, R"({"a":null})", Coalesced::kOne, kUpdate, R"({"a":null})"},
    {kUpdate, R"({"o":{"a":1}})", kUpdate, R"({"o":{"b":null}})", Coalesced::kOne, kUpdate,
     R"({"o":{"a":1,"b":null}})"},
    {kUpdate, R"({"o":{"a":1}})", kUpdate, R"({"o":7})", Coalesced::kOne, kUpdate, R"({"o":7})"},
    // "o becomes 7, then an object of b alone": no patch says that of an o that is an object.
    {kUpdate, R"({"o":7})", kUpdate, R"({"o":{"b":1}})", Coalesced::kApart, kUpdate, R"({"o":7})"},
    {kUpdate, R"({"o":null})", kUpdate, R"({"o":{"b":1}})", Coalesced::kApart, kUpdate,
     R"({"o":null})"},
    {kUpdate, R"({"a":1})", kReplace, R"({"b":2})", Coalesced::kOne, kReplace, R"({"b":2})"},
    {kUpdate, R"({"a":1})", kDelete, "", Coalesced::kOne, kDelete, ""},
    {kReplace, R"({"a":1})", kUpdate, R"({"b":2})", Coalesced::kOne, kReplace, R"({"a":1,"b":2})"},
    {kReplace, R"({"a":1})", kReplace, R"({"b":2})", Coalesced::kOne, kReplace, R"({"b":2})"},
    {kReplace, R"({"a":1})", kDelete, "", Coalesced::kOne, kDelete, ""},
    {kDelete, "", kCreate, R"({"a":1})", Coalesced::kApart, kDelete, ""},
    {kDelete, "", kDelete, "", Coalesced::kApart, kDelete, ""},
    {kUpdate, R"({"a":1})", kCreate, R"({"a":1})", Coalesced::kApart, kUpdate, R"({"a":1})"},
};

TEST(Coalesce, FollowsTheTable) {
  for (const Row& row : kTable) {
    Write write{row.first, Json(row.first_json)};
    const Coalesced how = Coalesce(&write, row.second, Json(row.second_json));
    EXPECT_EQ(how, row.how) << row.first_json << " " << row.second_json;
    EXPECT_EQ(write.kind, row.kind) << row.first_json << " " << row.second_json;
    EXPECT_EQ(write.change, Json(row.json)) << json::Write(write.change);
  }
}

// Small random documents and patches over few names, so that they meet.
json::Value RandomObject(base::Random& random, bool nulls, int depth) {
  json::Value object = json::Value::Object();
  for (const char* name : {"a", "b", "c"}) {
    switch (random.Below(depth > 0 ? 4 : 3)) {
      case 0:
        break;
      case 1:
        object.Set(name, json::Value::Int(static_cast<int64_t>(random.Below(3))));
        break;
      case 2:
        if (nulls) object.Set(name, json::Value());
        break;
      default:
        object.Set(name, RandomObject(random, nulls, depth - 1));
    }
  }
  return object;
}

TEST(Coalesce, HasTheEffectOfBothOnEveryDocument) {
  base::SeededRandom random(7);
  constexpr Mutation::Kind kKinds[] = {kCreate, kUpdate, kReplace, kDelete};
  int together = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Mutation::Kind first = kKinds[random.Below(4)];
    const Mutation::Kind second = kKinds[random.Below(4)];
    const auto change_of = [&](Mutation::Kind kind) {
      return kind == kDelete ? json::Value() : RandomObject(random, kind == kUpdate, 2);
    };
    const json::Value one = change_of(first);
    const json::Value two = change_of(second);
    Write write{first, one};
    const Coalesced how = Coalesce(&write, second, two);
    if (how == Coalesced::kApart) continue;
    ++together;
    // A create meets no document, everything else one that is there.
    std::optional<json::Value> before;
    if (first != kCreate) before = RandomObject(random, false, 2);
    const auto apart = Apply(Apply(before, first, one, "id", "x"), second, two, "id", "x");
    const auto both =
        how == Coalesced::kCancelled ? before : Apply(before, write.kind, write.change, "id", "x");
    ASSERT_EQ(apart, both) << json::Write(one) << " then " << json::Write(two);
  }
  EXPECT_GT(together, 5'000);
}

}  // namespace
}  // namespace tideover::view
