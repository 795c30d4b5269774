#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doors/bundle.h"
#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using log::Mutation;
using log::PushState;
using log::SettledEntry;
using support::Create;
using support::Json;
using support::Update;

class Commute : public support::DoorsFixture {
 protected:
  Commute() { Merge(Confirmed{Ask1(Create("notes", R"({"n":5,"s":"x","l":[1]})", "x")), {}, {}}); }
  static OperationInput On(Mutation::Kind kind, std::string json) {
    OperationInput input = Update("notes", "x", std::move(json));
    input.kind = kind;
    return input;
  }
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  uint64_t Add(int n) {
    return Ask1(On(Mutation::INCREMENT, R"({"n":)" + std::to_string(n) + "}"));
  }
  // What an attempt of the lane's head carries, as kind and change.
  std::string Send(uint64_t seq) {
    const auto planned = Plan(seq);
    Merge(Sent{seq, planned.bundle.last()});
    const auto txn = env_->BeginRead();
    const auto sent = ReadSent(txn->reader(), seq);
    EXPECT_TRUE(sent.ok() && sent->bundle.last() == planned.bundle.last());
    return Mutation::Kind_Name(sent->write.kind) + " " + json::Write(sent->write.change);
  }
  Sendable Plan(uint64_t seq) {
    const auto txn = env_->BeginRead();
    return PlanSend(txn->reader(), seq, 10).value_or(Sendable());
  }
  void List(const std::string& document) { Merge(ListOf("notes", {document})); }
};

TEST_F(Commute, IsRefusedForMembersOfTheWrongType) {
  EXPECT_EQ(StatusOf(On(Mutation::INCREMENT, R"({"s":1})")).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(StatusOf(On(Mutation::INCREMENT, R"({"n":"1"})")).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(StatusOf(On(Mutation::ADD_TO_SET, R"({"n":[1]})")).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(StatusOf(On(Mutation::REMOVE, R"({})")).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(StatusOf(support::Upsert(On(Mutation::REMOVE, R"({"l":[1]})"))).code(),
            StatusCode::kInvalidArgument);
  rules_["notes"].can_update = false;
  Reopen();
  EXPECT_EQ(StatusOf(On(Mutation::INCREMENT, R"({"n":1})")).code(),
            StatusCode::kFailedPrecondition);
  rules_["notes"].sent_as_such = {{Mutation::INCREMENT, {{"n"}, {}}}};
  Reopen();
  EXPECT_TRUE(StatusOf(On(Mutation::INCREMENT, R"({"n":1})")).ok());
}

TEST_F(Commute, IsFoldedIntoTheView) {
  Add(2);
  Ask1(On(Mutation::ADD_TO_SET, R"({"l":[1,2],"k":["a"]})"));
  Ask1(On(Mutation::REMOVE, R"({"l":[1]})"));
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":7,"s":"x","l":[2],"k":["a"]})");
  List(R"({"id":"x","n":100,"l":"no list any more"})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":102,"l":"no list any more","k":["a"]})");
}

TEST_F(Commute, LeavesAsAPatchOfTheNewestBase) {
  const uint64_t first = Add(1);
  const uint64_t second = Add(2);
  List(R"({"id":"x","n":10})");
  EXPECT_EQ(Send(first), R"(UPDATE {"n":13})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":13})");
  Merge(Confirmed{first, {}, {}});
  EXPECT_EQ(Settled(second)->outcome(), SettledEntry::CONFIRMED);
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","n":13})");
}

TEST_F(Commute, LeavesAsSuchWhereTheBackendOffersIt) {
  rules_["notes"].sent_as_such = {{Mutation::INCREMENT, {{"n"}, {}}}};
  Reopen();
  const uint64_t first = Add(1);
  Add(2);
  EXPECT_EQ(Send(first), R"(INCREMENT {"n":3})");
}

TEST_F(Commute, LeavesAsAPatchWhereThatOperationCannotCarryIt) {
  rules_["notes"].sent_as_such = {{Mutation::INCREMENT, {{"n"}, {}}}};
  Reopen();
  EXPECT_EQ(Send(Ask1(On(Mutation::INCREMENT, R"({"n":1,"m":1})"))), R"(UPDATE {"n":6,"m":1})");
}

TEST_F(Commute, LeavesAsAPatchWithoutWhatThatOperationDemands) {
  rules_["notes"].sent_as_such = {{Mutation::INCREMENT, {{"n", "m"}, {"m"}}}};
  Reopen();
  EXPECT_EQ(Send(Add(1)), R"(UPDATE {"n":6})");
}

// They leave as one write, which is a sum or a patch as a whole.
TEST_F(Commute, OneThatMustBeAPatchMakesPatchesOfThoseThatLeaveWithIt) {
  rules_["notes"].sent_as_such = {{Mutation::INCREMENT, {{"n"}, {}}}};
  Reopen();
  const uint64_t first = Add(1);
  const uint64_t last = Ask1(On(Mutation::INCREMENT, R"({"m":2})"));
  ASSERT_EQ(Plan(first).bundle.last(), last);
  EXPECT_EQ(Send(first), R"(UPDATE {"n":6,"m":2})");
  Merge(Confirmed{first, {}, {}});
  EXPECT_EQ(Settled(last)->outcome(), SettledEntry::CONFIRMED);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":6,"s":"x","l":[1],"m":2})");
}

TEST_F(Commute, IsRefusedWhereNothingCouldCarryIt) {
  rules_["notes"].sent_as_such = {{Mutation::INCREMENT, {{"n"}, {}}}};
  rules_["notes"].can_update = false;
  Reopen();
  EXPECT_TRUE(StatusOf(On(Mutation::INCREMENT, R"({"n":1})")).ok());
  EXPECT_EQ(StatusOf(On(Mutation::INCREMENT, R"({"m":1})")).code(), StatusCode::kInvalidArgument);
}

TEST_F(Commute, IsNotAddedTwiceWhenAnAttemptWentUnanswered) {
  const uint64_t seq = Add(1);
  EXPECT_EQ(Send(seq), R"(UPDATE {"n":6})");
  Reopen();
  Merge(Deferred{seq, {}, true, PushState::NONE});
  // It arrived, and a list shows it.
  List(R"({"id":"x","n":6})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":6})");
  EXPECT_EQ(Send(seq), R"(UPDATE {"n":6})") << "as it left, not on top of itself";
  Merge(Confirmed{seq, {}, {}});
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","n":6})");
}

TEST_F(Commute, IsComputedAnewWhenNothingArrived) {
  const uint64_t seq = Add(1);
  EXPECT_EQ(Send(seq), R"(UPDATE {"n":6})");
  List(R"({"id":"x","n":20})");
  Merge(Deferred{seq, {}, false, PushState::NONE});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":21})");
  EXPECT_EQ(Send(seq), R"(UPDATE {"n":21})");
}

TEST_F(Commute, OfANewDocumentIsPartOfItsCreate) {
  const uint64_t create = Ask1(Create("notes", R"({"n":1})", "y"));
  OperationInput add = On(Mutation::INCREMENT, R"({"n":1})");
  add.document_id = "y";
  Ask1(add);
  EXPECT_EQ(Send(create), R"(CREATE {"n":2})");
}

TEST_F(Commute, IsSentAgainOnTheirsInAConflict) {
  rules_["notes"].version_field = "_version";
  rules_["notes"].conflict = ConflictMode::kMerge;
  Reopen();
  const uint64_t seq = Add(1);
  EXPECT_EQ(Send(seq), R"(UPDATE {"n":6})");
  Merge(Conflicted{seq, {}, Json(R"({"id":"x","n":8,"_version":4})")});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":9})");
  EXPECT_EQ(Send(seq), R"(UPDATE {"n":9})");
  Merge(Deferred{seq, {}, true, PushState::NONE});
  EXPECT_EQ(Send(seq), R"(UPDATE {"n":9})");
  // Theirs may contain ours, or not: nobody can say.
  Merge(Conflicted{seq, {}, Json(R"({"id":"x","n":12,"_version":6})")});
  EXPECT_EQ(Pending(seq)->push().hold(), PushState::CONFLICT);
  const OutboxRequest ours{OutboxRequest::Verb::kKeepOurs, seq, {}};
  EXPECT_TRUE(RunTurn({ours}).front().status.ok());
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","n":13})");
}

TEST_F(Commute, ThatTheirsShowsIsConfirmed) {
  rules_["notes"].version_field = "_version";
  rules_["notes"].conflict = ConflictMode::kOptimisticConcurrency;
  Reopen();
  const uint64_t seq = Add(1);
  Send(seq);
  Merge(Deferred{seq, {}, true, PushState::NONE});
  Merge(Sent{seq});
  Merge(Conflicted{seq, {}, Json(R"({"id":"x","n":6,"s":"x","l":[1],"_version":4})")});
  EXPECT_EQ(Settled(seq)->outcome(), SettledEntry::CONFIRMED);
}

}  // namespace
}  // namespace tideover::doors
