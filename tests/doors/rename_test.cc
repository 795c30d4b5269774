// The server's id takes the place of a provisional one: document, lane, pending entries, id map and
// what watchers are told move together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using log::PushState;
using support::Create;
using support::Delete;
using support::Json;
using support::Named;
using support::Update;

class Rename : public support::DoorsFixture {
 protected:
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  List Listing(const std::vector<std::string>& documents, uint64_t asked) {
    List list{IdOf("todos"), asked, {clock_.wall_ms}, {}, {}, {}};
    for (const std::string& document : documents) list.documents.push_back(Json(document));
    return list;
  }
  // The one change that names `id`, as watchers hear of it.
  std::string PreviousOf(const std::string& id) {
    std::string found = "(not announced)";
    for (const view::Change& change : notice().changes) {
      if (change.id == id) found = change.previous_id;
    }
    return found;
  }
};

TEST_F(Rename, MovesDocumentLaneEntriesAndIdMap) {
  const uint64_t create = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t update = Ask1(Named("m", Update("todos", "local-a", R"({"v":2})")));
  const uint64_t last = Ask1(Update("todos", "local-a", R"({"w":3})"));
  Merge(Confirmed{create, Json(R"({"id":"s1","v":1,"at":5})"), "s1"});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":2,"at":5,"w":3})");
  EXPECT_FALSE(Record("todos", "local-a").has_value());
  EXPECT_EQ(Lane("todos", "s1"), (std::vector<uint64_t>{update, last}));
  EXPECT_TRUE(Lane("todos", "local-a").empty());
  EXPECT_EQ(Pending(update)->mutation().document_id(), "s1");
  EXPECT_EQ(Pending(update)->mutation().provisional_id(), "local-a");
  EXPECT_EQ(Resolved("todos", "local-a"), "s1");
  EXPECT_EQ(Settled(create)->mutation().document_id(), "s1");
  EXPECT_EQ(Settled(create)->mutation().provisional_id(), "local-a");
  ASSERT_EQ(notice().changes.size(), 1u);
  EXPECT_EQ(PreviousOf("s1"), "local-a");
}

TEST_F(Rename, AppsMayGoOnWithTheIdThatTheyKnow) {
  const uint64_t create = Ask1(Create("todos", R"({"v":1})", "local-a"));
  Merge(Confirmed{create, {}, "s1"});
  Reopen();
  const OperationAnswer answer =
      MustCommit({Update("todos", "local-a", R"({"v":2})")}).operations[0];
  EXPECT_EQ(answer.document_id, "s1");
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":2})");
}

TEST_F(Rename, WithoutADocumentTheCreateIsWhatTheServerHas) {
  const uint64_t create = Ask1(Create("todos", R"({"v":1})", "local-a"));
  Merge(Confirmed{create, {}, "s1"});
  EXPECT_EQ(Base("todos", "s1"), R"({"id":"s1","v":1})");
}

TEST_F(Rename, IsAnnouncedAlsoWhenAPendingDeleteHidesTheDocument) {
  const uint64_t create = Ask1(Create("todos", "{}", "local-a"));
  const uint64_t gone = Ask1(Delete("todos", "local-a"));
  Merge(Confirmed{create, {}, "s1"});
  EXPECT_EQ(View("todos", "s1"), "-");
  EXPECT_EQ(PreviousOf("s1"), "local-a");
  EXPECT_EQ(Lane("todos", "s1"), (std::vector<uint64_t>{gone}));
}

// The answer was slow, a list was faster, and the app already wrote to what the list brought in.
TEST_F(Rename, MeetsADocumentThatAListBroughtInBefore) {
  const uint64_t create = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t ours = Ask1(Update("todos", "local-a", R"({"a":1})"));
  Merge(Listing({R"({"id":"s1","v":1,"at":5})"}, Counters().last_commit()));
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":1,"at":5})");
  const uint64_t theirs = Ask1(Update("todos", "s1", R"({"b":2})"));
  Merge(Confirmed{create, Json(R"({"id":"s1","v":1,"at":5})"), "s1"});
  EXPECT_EQ(Lane("todos", "s1"), (std::vector<uint64_t>{ours, theirs}));
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":1,"at":5,"a":1,"b":2})");
  EXPECT_FALSE(Record("todos", "local-a").has_value());
  EXPECT_EQ(PreviousOf("s1"), "local-a");
}

TEST_F(Rename, WithoutADocumentKeepsWhatTheListSaid) {
  const uint64_t create = Ask1(Create("todos", R"({"v":1})", "local-a"));
  Merge(Listing({R"({"id":"s1","v":1,"at":5})"}, Counters().last_commit()));
  Merge(Confirmed{create, {}, "s1"});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":1,"at":5})");
  EXPECT_EQ(PreviousOf("s1"), "local-a");
}

// A list that was asked for before the answer came knows nothing of the answer.
TEST_F(Rename, AnOlderListDoesNotTakeTheDocumentAway) {
  const uint64_t asked = Counters().last_commit();
  const uint64_t create = Ask1(Create("todos", "{}", "local-a"));
  Merge(Confirmed{create, {}, "s1"});
  EXPECT_TRUE(Merge(Listing({}, asked)).list_again);
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1"})");
  EXPECT_FALSE(Merge(Listing({}, Counters().last_commit())).list_again);
  EXPECT_FALSE(Record("todos", "s1").has_value());
}

TEST_F(Rename, AProvisionalIdThatWasGivenAwayMakesNoSecondDocument) {
  const uint64_t create = Ask1(Create("todos", "{}", "local-a"));
  Merge(Confirmed{create, {}, "s1"});
  EXPECT_EQ(StatusOf(Create("todos", "{}", "local-a")).code(), StatusCode::kAlreadyExists);
  const uint64_t gone = Ask1(Delete("todos", "local-a"));
  Merge(Confirmed{gone, {}, {}});
  // The create could not be sent under the server's old id.
  EXPECT_EQ(StatusOf(Create("todos", "{}", "local-a")).code(), StatusCode::kAlreadyExists);
}

// Created, deleted and created again under one provisional id before the first answer came: the
// server makes two documents one after the other, and the app's id means the second in the end.
TEST_F(Rename, TwoLivesOfOneProvisionalId) {
  const uint64_t first = Ask1(Create("todos", R"({"v":1})", "local-a"));
  const uint64_t gone = Ask1(Delete("todos", "local-a"));
  const uint64_t second = Ask1(Create("todos", R"({"v":2})", "local-a"));
  Merge(Confirmed{first, {}, "s1"});
  const uint64_t asked = Counters().last_commit();
  Merge(Confirmed{gone, {}, {}});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":2})");
  Merge(Confirmed{second, {}, "s2"});
  EXPECT_EQ(View("todos", "s2"), R"({"id":"s2","v":2})");
  EXPECT_EQ(View("todos", "s1"), "-");
  EXPECT_EQ(Resolved("todos", "local-a"), "s2");
  EXPECT_EQ(Settled(second)->mutation().provisional_id(), "local-a");
  // Read by the server before the delete.
  EXPECT_TRUE(Merge(Listing({R"({"id":"s1","v":1})"}, asked)).list_again);
  EXPECT_EQ(View("todos", "s1"), "-");
}

TEST_F(Rename, OnlyACreateCanRename) {
  const uint64_t create = Ask1(Create("todos", R"({"v":1})", "local-a"));
  Merge(Confirmed{create, {}, "s1"});
  const uint64_t update = Ask1(Update("todos", "s1", R"({"v":2})"));
  Merge(Confirmed{update, {}, "s9"});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","v":2})");
  EXPECT_FALSE(Record("todos", "s9").has_value());
}

// Input from outside must never stop the daemon, and these could not be keys.
TEST_F(Rename, AnIdThatCannotBeOneIsNotTaken) {
  for (const std::string& bad :
       {std::string(256, 'x'), std::string(600, 'y'), std::string("\xff")}) {
    const OperationAnswer created = MustCommit({Create("todos", R"({"v":1})")}).operations[0];
    Merge(Confirmed{created.seq, {}, bad});
    EXPECT_FALSE(Pending(created.seq).has_value());
    EXPECT_EQ(Base("todos", created.document_id),
              R"({"id":")" + created.document_id + R"(","v":1})");
  }
}

TEST_F(Rename, HeldDependantsOfARenamedDocumentStayHeld) {
  const uint64_t create = Ask1(Create("todos", "{}", "local-a"));
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"v":2})"));
  Merge(Deferred{update, {}, false, PushState::OPERATOR});
  Merge(Confirmed{create, {}, "s1"});
  EXPECT_EQ(Pending(update)->push().hold(), PushState::OPERATOR);
}

}  // namespace
}  // namespace tideover::doors
