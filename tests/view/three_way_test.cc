#include "view/three_way.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace tideover::view {
namespace {

using log::Mutation;

std::optional<json::Value> Parsed(const std::string& text) {
  if (text == "-") return std::nullopt;
  const auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.value_or(json::Value());
}

// "create", "update", "replace" or another word, and what is sent.
std::string Said(const Merged& merged) {
  switch (merged.result) {
    case Merged::Result::kNothing:
      return "nothing";
    case Merged::Result::kImpossible:
      return "impossible";
    case Merged::Result::kSend:
      break;
  }
  if (merged.write.kind == Mutation::DELETE) return "DELETE";
  return Mutation::Kind_Name(merged.write.kind) + " " + json::Write(merged.write.change);
}

struct Case {
  const char* what;
  const char* base;
  Mutation::Kind kind;
  const char* ours;
  const char* theirs;
  const char* by_server;
  const char* by_client;
};

void Try(const Case& row) {
  const Write ours{row.kind, row.kind == Mutation::DELETE ? json::Value() : *Parsed(row.ours)};
  const auto merged = [&](Prefer prefer) {
    return Said(MergeThreeWay(Parsed(row.base), ours, Parsed(row.theirs), prefer, "id"));
  };
  EXPECT_EQ(merged(Prefer::kServer), row.by_server) << row.what << ", prefer server";
  EXPECT_EQ(merged(Prefer::kClient), row.by_client) << row.what << ", prefer client";
}

TEST(ThreeWay, MergesPatchesByMember) {
  constexpr auto kUpdate = Mutation::UPDATE;
  const Case table[] = {
      {"different members", R"({"id":"x","a":1,"b":1})", kUpdate, R"({"a":2})",
       R"({"id":"x","a":1,"b":2})", R"(UPDATE {"a":2})", R"(UPDATE {"a":2})"},
      {"the same member", R"({"a":1})", kUpdate, R"({"a":2})", R"({"a":3})", "nothing",
       R"(UPDATE {"a":2})"},
      {"some of ours", R"({"a":1,"b":1})", kUpdate, R"({"a":2,"b":2})", R"({"a":3,"b":1})",
       R"(UPDATE {"b":2})", R"(UPDATE {"a":2,"b":2})"},
      {"alike", R"({"a":1})", kUpdate, R"({"a":2})", R"({"a":2,"b":1})", "nothing", "nothing"},
      {"nothing changed there", R"({"a":1})", kUpdate, R"({"a":2,"c":3})", R"({"a":1})",
       R"(UPDATE {"a":2,"c":3})", R"(UPDATE {"a":2,"c":3})"},
      {"we say again what was there", R"({"a":1})", kUpdate, R"({"a":1})", R"({"a":3})", "nothing",
       "nothing"},
      {"we remove, they leave", R"({"a":1})", kUpdate, R"({"a":null})", R"({"a":1,"b":1})",
       R"(UPDATE {"a":null})", R"(UPDATE {"a":null})"},
      {"we remove, they change", R"({"a":1})", kUpdate, R"({"a":null})", R"({"a":2})", "nothing",
       R"(UPDATE {"a":null})"},
      {"we change, they remove", R"({"a":1})", kUpdate, R"({"a":2})", R"({})", "nothing",
       R"(UPDATE {"a":2})"},
      {"both remove", R"({"a":1})", kUpdate, R"({"a":null})", R"({})", "nothing", "nothing"},
      {"theirs is null, which is as good as missing", R"({"a":1})", kUpdate, R"({"a":null})",
       R"({"a":null})", "nothing", "nothing"},
      {"both add", R"({})", kUpdate, R"({"a":1})", R"({"a":2})", "nothing", R"(UPDATE {"a":1})"},
      {"in an object", R"({"o":{"p":1,"q":1}})", kUpdate, R"({"o":{"p":2}})",
       R"({"o":{"p":1,"q":2}})", R"(UPDATE {"o":{"p":2}})", R"(UPDATE {"o":{"p":2}})"},
      {"the same in an object", R"({"o":{"p":1}})", kUpdate, R"({"o":{"p":2,"r":1}})",
       R"({"o":{"p":3}})", R"(UPDATE {"o":{"r":1}})", R"(UPDATE {"o":{"p":2,"r":1}})"},
      {"objects that both made", R"({})", kUpdate, R"({"o":{"p":1}})", R"({"o":{"q":1}})",
       R"(UPDATE {"o":{"p":1}})", R"(UPDATE {"o":{"p":1}})"},
      {"an object here, a scalar there", R"({"o":{"p":1}})", kUpdate, R"({"o":{"p":2}})",
       R"({"o":7})", "nothing", R"(UPDATE {"o":{"p":2}})"},
      {"we remove the object that they change", R"({"o":{"p":1}})", kUpdate, R"({"o":null})",
       R"({"o":{"p":2}})", "nothing", R"(UPDATE {"o":null})"},
      {"lists are wholes", R"({"l":[1]})", kUpdate, R"({"l":[1,2]})", R"({"l":[0,1]})", "nothing",
       R"(UPDATE {"l":[1,2]})"},
      {"numbers keep their digits", R"({"n":1})", kUpdate, R"({"n":1.50})", R"({"n":1,"m":2.0})",
       R"(UPDATE {"n":1.50})", R"(UPDATE {"n":1.50})"},
      {"the id takes no part", R"({"id":"a"})", kUpdate, R"({"a":1})", R"({"id":"b"})",
       R"(UPDATE {"a":1})", R"(UPDATE {"a":1})"},
      {"an unknown base", "-", kUpdate, R"({"a":1,"b":null})", R"({"a":2,"b":1})", "nothing",
       R"(UPDATE {"a":1,"b":null})"},
  };
  for (const Case& row : table) Try(row);
}

TEST(ThreeWay, MergesWholeDocuments) {
  constexpr auto kReplace = Mutation::REPLACE;
  constexpr auto kCreate = Mutation::CREATE;
  const Case table[] = {
      {"replace", R"({"id":"x","a":1,"b":1})", kReplace, R"({"a":2,"b":1})",
       R"({"id":"x","a":1,"b":2})", R"(REPLACE {"a":2,"b":2})", R"(REPLACE {"a":2,"b":2})"},
      {"replace drops a member", R"({"a":1,"b":1})", kReplace, R"({"a":1})",
       R"({"a":1,"b":1,"c":1})", R"(REPLACE {"a":1,"c":1})", R"(REPLACE {"a":1,"c":1})"},
      {"replace drops what they changed", R"({"a":1,"b":1})", kReplace, R"({"a":1})",
       R"({"a":1,"b":2})", "nothing", R"(REPLACE {"a":1})"},
      {"replace, said already", R"({"a":1})", kReplace, R"({"a":2})", R"({"a":2})", "nothing",
       "nothing"},
      {"create, there already", "-", kCreate, R"({"a":1})", R"({"id":"x","a":1,"at":5})", "nothing",
       "nothing"},
      {"create, another there", "-", kCreate, R"({"a":1,"b":1})", R"({"a":2,"at":5})",
       R"(UPDATE {"b":1})", R"(UPDATE {"a":1,"b":1})"},
      {"create, none there", "-", kCreate, R"({"a":1})", "-", R"(CREATE {"a":1})",
       R"(CREATE {"a":1})"},
  };
  for (const Case& row : table) Try(row);
}

TEST(ThreeWay, WhenOneSideDeleted) {
  const Case table[] = {
      {"both", R"({"a":1})", Mutation::DELETE, "", "-", "nothing", "nothing"},
      {"we, they did nothing", R"({"id":"x","a":1})", Mutation::DELETE, "", R"({"a":1})", "DELETE",
       "DELETE"},
      {"we, they changed it", R"({"a":1})", Mutation::DELETE, "", R"({"a":2})", "impossible",
       "DELETE"},
      {"we, an unknown base", "-", Mutation::DELETE, "", R"({"a":2})", "impossible", "DELETE"},
      {"they, we changed it", R"({"a":1,"b":1})", Mutation::UPDATE, R"({"a":2})", "-", "impossible",
       R"(CREATE {"a":2,"b":1})"},
      {"they, we replaced it", R"({"a":1})", Mutation::REPLACE, R"({"c":2})", "-", "impossible",
       R"(CREATE {"c":2})"},
      {"they, an unknown base", "-", Mutation::UPDATE, R"({"a":2})", "-", "impossible",
       "impossible"},
      {"they, we counted", R"({"n":1})", Mutation::INCREMENT, R"({"n":2})", "-", "impossible",
       "impossible"},
  };
  for (const Case& row : table) Try(row);
}

TEST(ThreeWay, WhatCommutesIsNoConflict) {
  const Case table[] = {
      {"increment", R"({"n":1})", Mutation::INCREMENT, R"({"n":2})", R"({"n":7})",
       R"(INCREMENT {"n":2})", R"(INCREMENT {"n":2})"},
      {"add", R"({"l":[]})", Mutation::ADD_TO_SET, R"({"l":[1]})", R"({"l":[2]})",
       R"(ADD_TO_SET {"l":[1]})", R"(ADD_TO_SET {"l":[1]})"},
      {"add what is there", R"({"l":[]})", Mutation::ADD_TO_SET, R"({"l":[1]})", R"({"l":[2,1]})",
       "nothing", "nothing"},
      {"remove what is not there", R"({"l":[1]})", Mutation::REMOVE, R"({"l":[1]})", R"({"l":[2]})",
       "nothing", "nothing"},
  };
  for (const Case& row : table) Try(row);
}

TEST(ThreeWay, ADiffMakesOneDocumentOfTheOther) {
  base::SeededRandom random(3);
  const char* const documents[] = {"{}",
                                   R"({"a":1})",
                                   R"({"a":{"b":1}})",
                                   R"({"a":{"b":1,"c":[null]}})",
                                   R"({"a":[{}]})",
                                   R"({"a":"1","b":true})",
                                   R"({"b":{"a":{"c":2}}})",
                                   R"({"b":{"a":{}}})"};
  for (int round = 0; round < 300; ++round) {
    json::Value from = *Parsed(documents[random.Below(8)]);
    const json::Value to = *Parsed(documents[random.Below(8)]);
    json::MergePatch(&from, DiffPatch(from, to));
    EXPECT_EQ(from, to);
  }
}

}  // namespace
}  // namespace tideover::view
