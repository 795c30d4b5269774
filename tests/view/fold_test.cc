#include "view/fold.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tideover::view {
namespace {

using log::Mutation;

log::LogEntry Entry(Mutation::Kind kind, const std::string& json) {
  log::LogEntry entry;
  entry.mutable_mutation()->set_kind(kind);
  entry.mutable_mutation()->set_json(json);
  entry.mutable_mutation()->set_mutation_id("m");
  return entry;
}

std::optional<json::Value> Parsed(const std::string& text) {
  if (text == "-") return std::nullopt;
  const auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return *value;
}

std::string Folded(const std::string& base, const std::vector<log::LogEntry>& pending,
                   const std::string& id_field = "id") {
  const auto view = Fold(Parsed(base), pending, id_field, {1, "x"});
  if (!view.ok()) return view.status().ToString();
  return view->has_value() ? json::Write(**view) : "-";
}

struct Case {
  const char* what;
  const char* base;
  std::vector<log::LogEntry> pending;
  const char* view;
};

TEST(Fold, AppliesThePendingMutationsOverTheBase) {
  const auto create = [](const char* json) { return Entry(Mutation::CREATE, json); };
  const auto update = [](const char* json) { return Entry(Mutation::UPDATE, json); };
  const auto replace = [](const char* json) { return Entry(Mutation::REPLACE, json); };
  const log::LogEntry erase = Entry(Mutation::DELETE, "");
  const Case table[] = {
      {"nothing", "-", {}, "-"},
      {"nothing pending", R"({"a":1})", {}, R"({"a":1})"},
      {"create of none", "-", {create(R"({"a":1})")}, R"({"id":"x","a":1})"},
      {"create of none, empty", "-", {create("{}")}, R"({"id":"x"})"},
      {"create with null", "-", {create(R"({"a":null})")}, R"({"id":"x","a":null})"},
      {"create over the server's",
       R"({"id":"x","a":1,"at":5})",
       {create(R"({"a":2,"b":3})")},
       R"({"id":"x","a":2,"at":5,"b":3})"},
      {"create is no deep merge",
       R"({"id":"x","o":{"p":1}})",
       {create(R"({"o":{"q":2}})")},
       R"({"id":"x","o":{"q":2}})"},
      {"update of none", "-", {update(R"({"a":1})")}, "-"},
      {"update", R"({"id":"x","a":1})", {update(R"({"b":2})")}, R"({"id":"x","a":1,"b":2})"},
      {"update removes",
       R"({"id":"x","a":1,"b":2})",
       {update(R"({"a":null})")},
       R"({"id":"x","b":2})"},
      {"update removes what is not there",
       R"({"id":"x"})",
       {update(R"({"a":null})")},
       R"({"id":"x"})"},
      {"update deep",
       R"({"id":"x","o":{"p":1,"q":2}})",
       {update(R"({"o":{"p":null,"r":3}})")},
       R"({"id":"x","o":{"q":2,"r":3}})"},
      {"update makes an object of a value",
       R"({"id":"x","o":1})",
       {update(R"({"o":{"p":null}})")},
       R"({"id":"x","o":{}})"},
      {"update replaces lists",
       R"({"id":"x","l":[1,2]})",
       {update(R"({"l":[null]})")},
       R"({"id":"x","l":[null]})"},
      {"replace of none", "-", {replace(R"({"a":1})")}, "-"},
      {"replace", R"({"id":"x","a":1})", {replace(R"({"b":2})")}, R"({"id":"x","b":2})"},
      {"delete of none", "-", {erase}, "-"},
      {"delete", R"({"id":"x"})", {erase}, "-"},
      {"update after delete", R"({"id":"x","a":1})", {erase, update(R"({"b":1})")}, "-"},
      {"create after delete",
       R"({"id":"x","a":1})",
       {erase, create(R"({"b":1})")},
       R"({"id":"x","b":1})"},
      {"orphans before a create",
       "-",
       {update(R"({"a":1})"), replace(R"({"c":1})"), create(R"({"b":1})"), update(R"({"d":1})")},
       R"({"id":"x","b":1,"d":1})"},
      {"the id is restored", R"({"a":1})", {update(R"({"b":2})")}, R"({"id":"x","a":1,"b":2})"},
      {"another id is overwritten", R"({"id":"y"})", {update("{}")}, R"({"id":"x"})"},
      {"numbers keep their digits",
       R"({"id":"x","n":9007199254740993})",
       {update(R"({"m":1.10,"k":-0.0,"e":1E5})")},
       R"({"id":"x","n":9007199254740993,"m":1.10,"k":-0.0,"e":1E5})"},
  };
  for (const Case& row : table) EXPECT_EQ(Folded(row.base, row.pending), row.view) << row.what;
}

TEST(Fold, WhatLeftAsAPatchIsFoldedAsThatPatch) {
  log::LogEntry entry = Entry(Mutation::INCREMENT, R"({"n":1})");
  EXPECT_EQ(Folded(R"({"id":"x","n":9})", {entry}), R"({"id":"x","n":10})");
  entry.mutable_push()->set_sent_json(R"({"n":6})");
  EXPECT_EQ(Folded(R"({"id":"x","n":9})", {entry}), R"({"id":"x","n":6})");
}

TEST(Fold, UsesTheCollectionsIdMember) {
  EXPECT_EQ(Folded("-", {Entry(Mutation::CREATE, R"({"id":"other"})")}, "todoId"),
            R"({"todoId":"x","id":"other"})");
}

TEST(Fold, AChangeThatDoesNotParseIsDataLossThatNamesTheMutation) {
  const auto view = Fold(std::nullopt, std::vector{Entry(Mutation::CREATE, "{")}, "id", {1, "x"});
  EXPECT_EQ(view.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(view.status().message().find("mutation m"), std::string::npos);
}

// Folding all at once is folding one after the other, from any point on: what makes a stored view,
// a rollback and a rebase the same thing.
TEST(Fold, IsApplyAgainAndAgain) {
  base::SeededRandom random(7);
  const char* const changes[] = {R"({"a":1})",          R"({"a":null})",   R"({"b":{"c":1}})",
                                 R"({"b":{"c":null}})", R"({"b":[1,{}]})", "{}"};
  for (int round = 0; round < 500; ++round) {
    std::vector<log::LogEntry> pending;
    for (uint64_t i = 0; i < random.Below(8); ++i) {
      const auto kind = static_cast<Mutation::Kind>(1 + random.Below(7));
      const char* const change = kind == Mutation::DELETE      ? ""
                                 : kind == Mutation::INCREMENT ? R"({"a":2,"n":0.5})"
                                 : kind > Mutation::INCREMENT  ? R"({"b":[1],"l":[{},1]})"
                                                               : changes[random.Below(6)];
      pending.push_back(Entry(kind, change));
    }
    const std::string base = random.Below(2) == 0 ? "-" : R"({"id":"x","a":0})";
    std::optional<json::Value> step = Parsed(base);
    for (size_t i = 0; i <= pending.size(); ++i) {
      const std::string text = step.has_value() ? json::Write(*step) : "-";
      const std::vector<log::LogEntry> rest(pending.begin() + static_cast<ptrdiff_t>(i),
                                            pending.end());
      EXPECT_EQ(Folded(text, rest), Folded(base, pending));
      if (i == pending.size()) break;
      const Write write = *WriteOf(pending[i]);
      step = Apply(std::move(step), write.kind, write.change, "id", "x");
    }
  }
}

}  // namespace
}  // namespace tideover::view
