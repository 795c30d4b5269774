// What the server tells by itself of one document.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using log::PushState;
using support::Create;
using support::Delete;
using support::Increment;
using support::Json;
using support::Update;

class ToldMerge : public support::DoorsFixture {
 protected:
  ToldMerge() {
    rules_["notes"].version_field = "_version";
    Reopen();
  }
  void List(const std::vector<std::string>& documents) { Merge(ListOf("notes", documents)); }
  MergeAnswer Tell(const std::string& document, const std::string& collection = "notes") {
    return Merge(Told{IdOf(collection), Json(document)});
  }
  uint64_t Write(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
};

TEST_F(ToldMerge, ANewerVersionBecomesTheBase) {
  List({R"({"id":"x","a":1,"_version":1})"});
  const MergeAnswer answer = Tell(R"({"id":"x","a":2,"_version":2})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":2})");
  EXPECT_EQ(answer.updated, 1u);
  EXPECT_FALSE(answer.list_again);
}

TEST_F(ToldMerge, AnOlderOrEqualVersionChangesNothing) {
  List({R"({"id":"x","a":3,"_version":3})"});
  for (const char* late :
       {R"({"id":"x","a":1,"_version":1})", R"({"id":"x","a":9,"_version":3})"}) {
    EXPECT_FALSE(Tell(late).list_again);
    EXPECT_TRUE(notice().changes.empty());
    EXPECT_EQ(Base("notes", "x"), R"({"id":"x","a":3})");
  }
}

TEST_F(ToldMerge, LiesBelowWhatIsPending) {
  List({R"({"id":"x","a":1,"_version":1})"});
  Write(Update("notes", "x", R"({"b":1})"));
  Tell(R"({"id":"x","a":2,"_version":2})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":2,"b":1})");
}

TEST_F(ToldMerge, ADeletionIsRememberedAgainstWhatIsLate) {
  List({R"({"id":"x","a":1,"_version":1})"});
  EXPECT_EQ(Tell(R"({"id":"x","_version":2,"_deleted":true})").removed, 1u);
  EXPECT_EQ(View("notes", "x"), "-");
  EXPECT_FALSE(Tell(R"({"id":"x","a":1,"_version":1})").list_again);
  EXPECT_EQ(View("notes", "x"), "-");
}

// The row is gone with the version that it had.
TEST_F(ToldMerge, ADeletionThatMakesNoVersionIsLeftToAList) {
  List({R"({"id":"x","a":1,"_version":1})"});
  EXPECT_TRUE(Tell(R"({"id":"x","_version":1,"_deleted":true})").list_again);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1})");
  List({});
  EXPECT_EQ(View("notes", "x"), "-");
}

// A list that was read before it came to be would take it away again.
TEST_F(ToldMerge, ADocumentThatIsNotHereIsLeftToAList) {
  EXPECT_TRUE(Tell(R"({"id":"x","a":1,"_version":1})").list_again);
  EXPECT_EQ(View("notes", "x"), "-");
  List({R"({"id":"x","a":1,"_version":1})"});
  Tell(R"({"id":"x","_version":2,"_deleted":true})");
  EXPECT_TRUE(Tell(R"({"id":"x","a":3,"_version":3})").list_again);
  EXPECT_EQ(View("notes", "x"), "-");
}

// It was deleted, which nobody told, and made again after the list was read.
TEST_F(ToldMerge, AListThatWasAskedForBeforeDoesNotTakeAwayWhatCameBack) {
  List({R"({"id":"x","a":1,"_version":1})"});
  doors::List earlier{IdOf("notes"), Counters().last_commit(), clock_.Wall(), {}, {}, {}};
  Tell(R"({"id":"x","a":3,"_version":3})");
  EXPECT_TRUE(Merge(std::move(earlier)).list_again);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":3})");
  List({});
  EXPECT_EQ(View("notes", "x"), "-");
}

// Otherwise lists would be read over and over while others write.
TEST_F(ToldMerge, ThatTheNextVersionWasToldMakesNoListDoubtful) {
  List({R"({"id":"x","a":1,"_version":1})"});
  doors::List earlier{IdOf("notes"), Counters().last_commit(), clock_.Wall(), {}, {}, {}};
  earlier.documents.push_back(Json(R"({"id":"x","a":1,"_version":1})"));
  Tell(R"({"id":"x","a":2,"_version":2})");
  EXPECT_FALSE(Merge(std::move(earlier)).list_again);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":2})");
}

TEST_F(ToldMerge, WithoutVersionsAListMustTell) {
  Merge(doors::List{IdOf("todos"), 0, {}, {Json(R"({"id":"x","a":1})")}, {}, {}});
  EXPECT_TRUE(Tell(R"({"id":"x","a":2})", "todos").list_again);
  EXPECT_EQ(View("todos", "x"), R"({"id":"x","a":1})");
}

TEST_F(ToldMerge, AMessageThatLacksItsVersionProvesNothing) {
  List({R"({"id":"x","a":1,"_version":1})"});
  EXPECT_TRUE(Tell(R"({"id":"x","a":2})").list_again);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1})");
}

// Its own answer says how it ended, and until then nobody knows what the message contains.
TEST_F(ToldMerge, AnOpenCreateOfOursIsLeftToItsAnswer) {
  const uint64_t seq = Write(Create("notes", R"({"a":1})", "x"));
  Merge(Sent{seq});
  EXPECT_TRUE(Tell(R"({"id":"x","a":1,"_version":1})").list_again);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1})");
  EXPECT_EQ(Base("notes", "x"), "-");
}

TEST_F(ToldMerge, WhileASumIsUnderWayOnlyItsAnswerTells) {
  rules_["notes"].sent_as_such = {{log::Mutation::INCREMENT, {{"n"}, {}}}};
  Reopen();
  List({R"({"id":"x","n":1,"_version":1})"});
  OperationInput add = Increment("notes", "x", R"({"n":1})");
  const uint64_t seq = Write(add);
  Merge(Sent{seq});
  EXPECT_TRUE(Tell(R"({"id":"x","n":2,"_version":2})").list_again);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":2})");
  Merge(Confirmed{seq, Json(R"({"id":"x","n":2,"_version":2})"), {}});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":2})");
}

TEST_F(ToldMerge, WhatHasNoIdIsNoDocument) {
  EXPECT_FALSE(Tell(R"({"a":1,"_version":1})").list_again);
  EXPECT_FALSE(Tell(R"({"id":7,"_version":1})").list_again);
  EXPECT_FALSE(Tell(R"({"id":")" + std::string(256, 'x') + R"(","_version":1})").list_again);
}

// What a pending mutation was made on is kept for a merge, also when it is a message that moves the
// base.
TEST_F(ToldMerge, PendingMutationsKeepWhatTheySaw) {
  List({R"({"id":"x","a":1,"_version":1})"});
  const uint64_t seq = Write(Update("notes", "x", R"({"b":1})"));
  Tell(R"({"id":"x","a":2,"_version":2})");
  EXPECT_EQ(Pending(seq)->seen().version(), 1);
  EXPECT_EQ(Pending(seq)->seen().json(), R"({"id":"x","a":1})");
}

}  // namespace
}  // namespace tideover::doors
