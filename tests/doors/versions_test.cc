#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doors/incoming.h"
#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using support::Create;
using support::Delete;
using support::Json;
using support::Update;

class Versions : public support::DoorsFixture {
 protected:
  Versions() {
    rules_["notes"].version_field = "_version";
    Reopen();
  }
  void List(const std::vector<std::string>& documents) { Merge(ListOf("notes", documents)); }
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  int64_t VersionOf(const std::string& id) { return Record("notes", id)->header.server_version; }
};

TEST_F(Versions, StandBesideTheDocument) {
  List({R"({"id":"x","a":1,"_version":3,"_lastChangedAt":70,"_deleted":null})"});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1})");
  EXPECT_EQ(VersionOf("x"), 3);
  EXPECT_EQ(Record("notes", "x")->header.last_changed_ms, 70);
}

TEST_F(Versions, AreDataWhereNoneAreConfigured) {
  const CollectionRules none;
  const Said said = TakeVersion(none, Json(R"({"_version":3,"_deleted":true})"));
  EXPECT_EQ(said.version, 0);
  EXPECT_EQ(json::Write(*said.document), R"({"_version":3,"_deleted":true})");
}

TEST_F(Versions, NeverGoBack) {
  List({R"({"id":"x","a":3,"_version":3})"});
  List({R"({"id":"x","a":2,"_version":2})"});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":3})");
  EXPECT_TRUE(notice().changes.empty());
  List({R"({"id":"x","a":9,"_version":3})"});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":3})") << "equal says nothing new";
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":1})"));
  List({R"({"id":"x","a":5,"b":1,"_version":5})"});
  Merge(Confirmed{seq, Json(R"({"id":"x","a":3,"b":1,"_version":4})"), {}});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":5,"b":1})") << "the list was newer";
  EXPECT_EQ(VersionOf("x"), 5);
  List({R"({"id":"x","a":6,"b":1,"_version":6})"});
  EXPECT_EQ(VersionOf("x"), 6);
}

TEST_F(Versions, ADeletedDocumentIsAbsentAndStaysSo) {
  List({R"({"id":"x","a":1,"_version":1})"});
  List(
      {R"({"id":"x","_version":2,"_deleted":true})", R"({"id":"y","_version":2,"_deleted":true})"});
  EXPECT_EQ(View("notes", "x"), "-");
  EXPECT_FALSE(Record("notes", "y").has_value());
  List({R"({"id":"x","a":1,"_version":1})"});
  EXPECT_EQ(View("notes", "x"), "-") << "an older list does not bring it back";
  List({});
  EXPECT_FALSE(Record("notes", "x").has_value());
}

// A server that takes the delete for one that it has carried out already shows what came after it.
TEST_F(Versions, ADocumentThatADeleteIsAnsweredWithMayComeBack) {
  List({R"({"id":"x","a":1,"_version":5})"});
  const uint64_t seq = Ask1(Delete("notes", "x"));
  Merge(Confirmed{seq, Json(R"({"id":"x","a":7,"_version":7,"_deleted":null})"), {}});
  EXPECT_EQ(View("notes", "x"), "-");
  List({R"({"id":"x","a":7,"_version":7})"});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":7})");
}

TEST_F(Versions, ADeletionReachesBelowPendingMutations) {
  List({R"({"id":"x","a":1,"_version":1})"});
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":1})"));
  List({R"({"id":"x","_version":2,"_deleted":true})"});
  EXPECT_EQ(Base("notes", "x"), "-");
  EXPECT_EQ(Pending(seq)->seen().json(), R"({"id":"x","a":1})");
}

TEST_F(Versions, AMutationRemembersWhatTheAppSaw) {
  List({R"({"id":"x","a":1,"_version":1})"});
  const uint64_t first = Ask1(Update("notes", "x", R"({"b":1})"));
  const uint64_t second = Ask1(Update("notes", "x", R"({"b":2})"));
  EXPECT_EQ(Pending(first)->seen().version(), 1);
  EXPECT_FALSE(Pending(first)->seen().moved());
  List({R"({"id":"x","a":2,"_version":2})"});
  EXPECT_TRUE(Pending(first)->seen().moved());
  EXPECT_EQ(Pending(first)->seen().json(), R"({"id":"x","a":1})");
  EXPECT_FALSE(Pending(second)->seen().moved()) << "kept once for all of the version";
  const uint64_t third = Ask1(Update("notes", "x", R"({"b":3})"));
  EXPECT_EQ(Pending(third)->seen().version(), 2);
  EXPECT_TRUE(Discard(first).ok());
  EXPECT_EQ(Pending(second)->seen().json(), R"({"id":"x","a":1})") << "and handed on";
}

TEST_F(Versions, WhatWasMadeOnOurOwnWriteFollowsIt) {
  const uint64_t create = Ask1(Create("notes", R"({"a":1})", "x"));
  const uint64_t update = Ask1(Update("notes", "x", R"({"a":2})"));
  EXPECT_EQ(Pending(update)->seen().version(), 0);
  Merge(Sent{create});
  Merge(Confirmed{create, Json(R"({"id":"x","a":1,"_version":1})"), {}});
  EXPECT_EQ(Pending(update)->seen().version(), 1);
  EXPECT_FALSE(Pending(update)->seen().moved());
}

TEST_F(Versions, WhatFollowsOurOwnWriteIsInConflictWithWhoWroteAfterIt) {
  List({R"({"id":"x","a":1,"_version":1})"});
  const uint64_t first = Ask1(Update("notes", "x", R"({"b":1})"));
  const uint64_t second = Ask1(Update("notes", "x", R"({"b":2})"));
  Merge(Sent{first});
  List({R"({"id":"x","a":3,"b":1,"_version":3})"});
  Merge(Confirmed{first, Json(R"({"id":"x","a":1,"b":1,"_version":2})"), {}});
  EXPECT_EQ(Pending(second)->seen().version(), 2);
  EXPECT_EQ(Pending(second)->seen().json(), R"({"id":"x","a":1,"b":1})");
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","a":3,"b":1})");
}

TEST_F(Versions, WhatKnewNoVersionWroteOverWhateverWasThere) {
  const uint64_t create = Ask1(Create("notes", "{}", "x"));
  const uint64_t first = Ask1(Update("notes", "x", R"({"a":1})"));
  // It arrived all the same, and a list tells.
  EXPECT_TRUE(Discard(create).ok());
  List({R"({"id":"x","_version":1})"});
  const uint64_t second = Ask1(Update("notes", "x", R"({"a":2})"));
  EXPECT_EQ(Pending(second)->seen().version(), 1);
  Merge(Confirmed{first, Json(R"({"id":"x","a":1,"_version":2})"), {}});
  EXPECT_EQ(Pending(second)->seen().version(), 2);
}

TEST_F(Versions, ARefusalMayBringANewerDocument) {
  List({R"({"id":"x","a":1,"_version":2})"});
  const uint64_t first = Ask1(Update("notes", "x", R"({"a":7})"));
  Merge(Rejected{first, {}, Json(R"({"id":"x","a":0,"_version":1})")});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1})");
  const uint64_t second = Ask1(Update("notes", "x", R"({"a":7})"));
  Merge(Rejected{second, {}, Json(R"({"id":"x","a":3,"_version":3})")});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":3})");
  EXPECT_EQ(Settled(second)->server_json(), R"({"id":"x","a":3})");
}

}  // namespace
}  // namespace tideover::doors
