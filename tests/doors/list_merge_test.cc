#include "doors/list_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cache/checkpoint.h"
#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using support::Create;
using support::Delete;
using support::Increment;
using support::Json;
using support::Update;

class ListMergeTest : public support::DoorsFixture {
 protected:
  uint64_t Now() { return Counters().last_commit(); }
  MergeAnswer Apply(const std::vector<std::string>& documents, uint64_t asked) {
    List list{IdOf("notes"), asked, {clock_.wall_ms}, {}, {}, {}};
    for (const std::string& document : documents) list.documents.push_back(Json(document));
    return Merge(std::move(list));
  }
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  cache::Checkpoint CheckpointOf(const std::string& collection) {
    const auto txn = env_->BeginRead();
    return *cache::ReadCheckpoint(txn->reader(), IdOf(collection));
  }
  std::vector<std::string> Changed() const {
    std::vector<std::string> ids;
    for (const view::Change& change : notice().changes) ids.push_back(change.id);
    return ids;
  }
};

TEST_F(ListMergeTest, BringsInUpdatesAndRemoves) {
  Apply({R"({"id":"a","v":1})", R"({"id":"b","v":1})", R"({"id":"c","v":1})"}, Now());
  EXPECT_THAT(Changed(), testing::UnorderedElementsAre("a", "b", "c"));
  clock_.Advance(base::Millis(9));
  EXPECT_FALSE(Apply({R"({"id":"a","v":1})", R"({"id":"b","v":2})"}, Now()).list_again);
  EXPECT_THAT(Changed(), testing::UnorderedElementsAre("b", "c"));
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":1})");
  EXPECT_EQ(View("notes", "b"), R"({"id":"b","v":2})");
  EXPECT_EQ(Record("notes", "b")->header.fetched_wall_ms, clock_.wall_ms);
  EXPECT_FALSE(Record("notes", "c").has_value());
}

TEST_F(ListMergeTest, CountsGenerationsPerCollection) {
  Apply({}, Now());
  clock_.Advance(base::Millis(5));
  Apply({}, Now());
  EXPECT_EQ(CheckpointOf("notes").generation(), 2u);
  EXPECT_EQ(CheckpointOf("notes").last_full_sync_wall_ms(), clock_.wall_ms);
  EXPECT_EQ(CheckpointOf("cards").generation(), 0u);
}

// It may have been read before the server added, or after: ours would be added to it twice.
TEST_F(ListMergeTest, SaysNothingOfADocumentToWhichASumIsUnderWay) {
  rules_["notes"].sent_as_such = {{log::Mutation::INCREMENT, {{"n"}, {}}}};
  Reopen();
  Apply({R"({"id":"a","n":1})", R"({"id":"b","n":1})"}, Now());
  OperationInput add = Increment("notes", "a", R"({"n":2})");
  const uint64_t seq = Ask1(add);
  Merge(Sent{seq});
  EXPECT_TRUE(Apply({R"({"id":"a","n":3})", R"({"id":"b","n":2})"}, Now()).list_again);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","n":3})");
  EXPECT_EQ(View("notes", "b"), R"({"id":"b","n":2})");
  Merge(Confirmed{seq, {}, {}});
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","n":3})");
  EXPECT_FALSE(Apply({R"({"id":"a","n":4})", R"({"id":"b","n":2})"}, Now()).list_again);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","n":4})");
}

TEST_F(ListMergeTest, NorOfOneThatIsMadeWithASumInIt) {
  rules_["notes"].sent_as_such = {{log::Mutation::INCREMENT, {{"n"}, {}}}};
  rules_["notes"].ids = IdMode::kClientUuid;
  Reopen();
  const uint64_t seq = Ask1(Create("notes", R"({"n":1})", "a"));
  OperationInput add = Increment("notes", "a", R"({"n":2})");
  const uint64_t last = Ask1(add);
  Merge(Sent{seq, last});
  EXPECT_TRUE(Apply({R"({"id":"a","n":3})"}, Now()).list_again);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","n":3})");
  Merge(Confirmed{seq, {}, {}});
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","n":3})");
}

TEST_F(ListMergeTest, TheSameDocumentInAnotherOrderIsNoChange) {
  Apply({R"({"id":"a","v":1,"w":{"x":1,"y":2}})"}, Now());
  const uint64_t revision = Record("notes", "a")->header.revision;
  Apply({R"({"w":{"y":2,"x":1},"v":1,"id":"a"})"}, Now());
  EXPECT_TRUE(notice().changes.empty());
  EXPECT_EQ(Record("notes", "a")->header.revision, revision);
}

TEST_F(ListMergeTest, OtherCollectionsAreNotTouched) {
  const uint64_t seq = Ask1(Create("cards", "{}", "c1"));
  Merge(Confirmed{seq, {}, {}});
  Apply({}, Now());
  EXPECT_EQ(View("cards", "c1"), R"({"cardId":"c1"})");
}

TEST_F(ListMergeTest, UpdatesTheBaseBelowPendingMutations) {
  Apply({R"({"id":"a","v":1,"w":1})"}, Now());
  Ask1(Update("notes", "a", R"({"w":5})"));
  Apply({R"({"id":"a","v":2,"w":2})"}, Now());
  EXPECT_EQ(Base("notes", "a"), R"({"id":"a","v":2,"w":2})");
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":2,"w":5})");
}

TEST_F(ListMergeTest, AbsenceDoesNotTouchWhatSomethingPendingTouches) {
  Apply({R"({"id":"a","v":1})"}, Now());
  Ask1(Update("notes", "a", R"({"v":2})"));
  const uint64_t create = Ask1(Create("notes", "{}", "new"));
  EXPECT_FALSE(Apply({}, Now()).list_again);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":2})");
  EXPECT_EQ(Base("notes", "a"), R"({"id":"a","v":1})");
  EXPECT_EQ(View("notes", "new"), R"({"id":"new"})");
  EXPECT_TRUE(Pending(create).has_value());
}

// The guard: read by the server at an unknown moment after `asked`, which may be before our write.
TEST_F(ListMergeTest, SaysNothingAboutWhatSettledAfterItWasAskedFor) {
  Apply({R"({"id":"a","v":1})", R"({"id":"b","v":1})", R"({"id":"c","v":1})"}, Now());
  const uint64_t update = Ask1(Update("notes", "a", R"({"v":2})"));
  const uint64_t gone = Ask1(Delete("notes", "b"));
  const uint64_t create = Ask1(Create("notes", R"({"v":2})", "d"));
  const uint64_t refused = Ask1(Update("notes", "c", R"({"v":2})"));
  const uint64_t asked = Now();
  Merge({Confirmed{update, {}, {}}, Confirmed{gone, {}, {}}, Confirmed{create, {}, {}},
         Rejected{refused, {}, {}}});
  const uint64_t settled = Now();
  EXPECT_TRUE(Apply({R"({"id":"a","v":1})", R"({"id":"b","v":1})", R"({"id":"c","v":3})"}, asked)
                  .list_again);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":2})") << "not taken back";
  EXPECT_EQ(View("notes", "b"), "-") << "not brought back";
  EXPECT_EQ(View("notes", "d"), R"({"id":"d","v":2})") << "not taken away";
  EXPECT_EQ(View("notes", "c"), R"({"id":"c","v":1})") << "kept as it is until the next list";
  EXPECT_TRUE(Changed().empty());
  // Asked for in the very commit that settled them, it has seen them.
  EXPECT_FALSE(Apply({R"({"id":"a","v":3})"}, settled).list_again);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":3})");
  EXPECT_EQ(View("notes", "d"), "-");
}

TEST_F(ListMergeTest, TombstonesDoNotResurrectAndDoNotStay) {
  Apply({R"({"id":"a","v":1})"}, Now());
  const uint64_t asked = Now();
  Merge(Confirmed{Ask1(Delete("notes", "a")), {}, {}});
  EXPECT_TRUE(Apply({R"({"id":"a","v":1})"}, asked).list_again);
  EXPECT_EQ(View("notes", "a"), "-");
  EXPECT_TRUE(Apply({}, asked).list_again) << "absence is no proof either";
  EXPECT_TRUE(Record("notes", "a").has_value());
  EXPECT_FALSE(Apply({}, Now()).list_again);
  EXPECT_FALSE(Record("notes", "a").has_value()) << "the list has seen the delete";
}

TEST_F(ListMergeTest, ADocumentThatSomebodyMadeAgainComesBack) {
  Apply({R"({"id":"a","v":1})"}, Now());
  Merge(Confirmed{Ask1(Delete("notes", "a")), {}, {}});
  EXPECT_FALSE(Apply({R"({"id":"a","v":9})"}, Now()).list_again);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":9})");
}

// Ids made here: the list shows a create of unknown outcome under its own id.
TEST_F(ListMergeTest, ConfirmsByIdWhatIsThere) {
  const uint64_t seq = Ask1(Create("notes", R"({"v":1})", "a"));
  Merge({Sent{seq}, Deferred{seq, {}, true, log::PushState::VERIFY}});
  List list{IdOf("notes"), Now(), {1}, {Json(R"({"id":"a","v":7})")}, {seq}, {true}};
  Merge(list);
  EXPECT_EQ(Settled(seq)->outcome(), log::SettledEntry::CONFIRMED);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":7})");
}

// It may be what an attempt before the edit has made.
TEST_F(ListMergeTest, DoesNotConfirmAnEditByWhatStoodThereBefore) {
  const uint64_t seq = Ask1(Create("notes", R"({"v":1})", "a"));
  Merge({Sent{seq}, Deferred{seq, {}, true, log::PushState::NONE}});
  RunTurn({OutboxRequest{OutboxRequest::Verb::kEdit, seq, R"({"v":2})"}});
  Merge({Sent{seq}, Deferred{seq, {}, true, log::PushState::VERIFY}});
  List list{IdOf("notes"), Now(), {1}, {Json(R"({"id":"a","v":1})")}, {seq}, {true}};
  Merge(list);
  ASSERT_TRUE(Pending(seq).has_value());
  EXPECT_EQ(Pending(seq)->push().hold(), log::PushState::NONE);
  list.documents = {Json(R"({"id":"a","v":2,"w":3})")};
  Merge({Sent{seq}, Deferred{seq, {}, true, log::PushState::VERIFY}});
  Merge(list);
  EXPECT_EQ(Settled(seq)->outcome(), log::SettledEntry::CONFIRMED);
}

// What an older list shows under that id may be what stood there before our own delete.
TEST_F(ListMergeTest, DoesNotConfirmByTheDocumentThatWasDeletedBefore) {
  Apply({R"({"id":"a","v":1})"}, Now());
  const uint64_t gone = Ask1(Delete("notes", "a"));
  const uint64_t again = Ask1(Create("notes", R"({"v":2})", "a"));
  List list{IdOf("notes"), Now(), {1}, {Json(R"({"id":"a","v":1})")}, {again}, {true}};
  Merge({Confirmed{gone, {}, {}}, Sent{again}, Deferred{again, {}, true, log::PushState::VERIFY}});
  EXPECT_TRUE(Merge(list).list_again);
  EXPECT_EQ(Pending(again)->push().hold(), log::PushState::VERIFY);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":2})");
}

TEST_F(ListMergeTest, WhatHasNoUsableIdIsLeftOut) {
  json::Value nameless = json::Value::Object();
  List list{IdOf("notes"), Now(), {1}, {}, {}, {}};
  list.documents = {nameless,
                    Json("[1]"),
                    Json("null"),
                    Json(R"({"id":7})"),
                    Json(R"({"id":""})"),
                    Json(R"({"id":"ok"})")};
  for (const std::string& bad : {std::string(256, 'x'), std::string(700, 'x')}) {
    json::Value document = json::Value::Object();
    document.Set("id", json::Value::String(bad));
    list.documents.push_back(document);
  }
  Merge(list);
  EXPECT_THAT(Changed(), testing::ElementsAre("ok"));
}

TEST_F(ListMergeTest, OfTwoDocumentsWithOneIdTheLastCounts) {
  Apply({R"({"id":"a","v":1})", R"({"id":"a","v":2})"}, Now());
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":2})");
}

TEST_F(ListMergeTest, FreesDependantsNobodyNeedsToWaitForAnyMore) {
  const uint64_t create = Ask1(Create("notes", R"({"v":1})", "a"));
  const uint64_t update = Ask1(Update("notes", "a", R"({"v":2})"));
  Merge(Rejected{create, {}, {}});
  ASSERT_EQ(Pending(update)->push().hold(), log::PushState::DEPENDENCY);
  Apply({R"({"id":"a","v":0})"}, Now());
  EXPECT_EQ(View("notes", "a"), R"({"id":"a","v":2})");
  EXPECT_TRUE(Retry(update).ok()) << "the document is there now";
  EXPECT_EQ(Pending(update)->push().hold(), log::PushState::NONE);
}

}  // namespace
}  // namespace tideover::doors
