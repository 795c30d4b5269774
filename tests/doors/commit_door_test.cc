#include "doors/commit_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/ids.h"
#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using support::Create;
using support::Delete;
using support::Json;
using support::Named;
using support::Replace;
using support::Update;
using support::Upsert;

class CommitDoor : public support::DoorsFixture {
 protected:
  static OperationInput At(uint64_t revision, OperationInput input) {
    input.if_revision = revision;
    return input;
  }
  uint64_t RevisionOf(const std::string& id) { return Record("notes", id)->header.revision; }
};

TEST_F(CommitDoor, MakesIdsAsTheCollectionSays) {
  EXPECT_TRUE(base::IsProvisionalId(MustCommit({Create("todos", "{}")}).operations[0].document_id));
  const std::string uuid = MustCommit({Create("notes", "{}")}).operations[0].document_id;
  EXPECT_EQ(uuid.size(), 36u);
  EXPECT_EQ(View("notes", uuid), R"({"id":")" + uuid + R"("})");
  const std::string object_id = MustCommit({Create("cards", "{}")}).operations[0].document_id;
  EXPECT_EQ(object_id.size(), 24u);
  EXPECT_EQ(View("cards", object_id), R"({"cardId":")" + object_id + R"("})");
}

TEST_F(CommitDoor, FoldsEachWriteIntoTheViewAndKeepsTheBase) {
  MustCommit({Create("notes", R"({"t":"a","n":1})", "x")});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","t":"a","n":1})");
  MustCommit({Update("notes", "x", R"({"n":null,"m":{"k":1e300}})")});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","t":"a","m":{"k":1e300}})");
  MustCommit({Replace("notes", "x", R"({"only":9007199254740993})")});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","only":9007199254740993})");
  MustCommit({Delete("notes", "x")});
  EXPECT_EQ(View("notes", "x"), "-");
  EXPECT_EQ(Base("notes", "x"), "-");
  EXPECT_EQ(Lane("notes", "x"), (std::vector<uint64_t>{1, 2, 3, 4}));
}

TEST_F(CommitDoor, AnswersWithTheCodeThatFits) {
  MustCommit({Named("used", Create("notes", R"({"v":1})", "here"))});
  const uint64_t revision = RevisionOf("here");
  struct Row {
    const char* what;
    OperationInput input;
    StatusCode code;
  };
  const Row table[] = {
      {"create of one that is there", Create("notes", "{}", "here"), StatusCode::kAlreadyExists},
      {"update of none", Update("notes", "none", "{}"), StatusCode::kNotFound},
      {"replace of none", Replace("notes", "none", "{}"), StatusCode::kNotFound},
      {"delete of none", Delete("notes", "none"), StatusCode::kNotFound},
      {"upsert where the server chooses", Upsert(Update("todos", "s1", "{}")),
       StatusCode::kNotFound},
      {"old revision", At(revision + 1, Update("notes", "here", "{}")), StatusCode::kAborted},
      {"revision of one that is not there", At(revision, Upsert(Update("notes", "none", "{}"))),
       StatusCode::kAborted},
      {"revision 0 of one that is there", At(0, Update("notes", "here", "{}")),
       StatusCode::kAborted},
      {"used mutation id", Named("used", Create("notes", R"({"v":2})", "here")),
       StatusCode::kFailedPrecondition},
      {"grows too large",
       Update("notes", "here", R"({"w":")" + std::string((1 << 20) - 20, 'x') + R"("})"),
       StatusCode::kInvalidArgument},
      {"no revision asked", Update("notes", "here", "{}"), StatusCode::kOk},
      {"revision fits", At(revision, Update("notes", "here", "{}")), StatusCode::kOk},
      {"revision 0 fits", At(0, Upsert(Update("notes", "fresh", "{}"))), StatusCode::kOk},
      {"provisional upsert", Upsert(Update("todos", "local-1", "{}")), StatusCode::kOk},
  };
  for (const Row& row : table) {
    const auto before = Counters();
    const absl::Status status = StatusOf(row.input);
    EXPECT_EQ(status.code(), row.code) << row.what << ": " << status;
    const bool wrote = Counters().last_seq() != before.last_seq();
    EXPECT_EQ(wrote, status.ok()) << row.what;
  }
}

// A tombstone remembers a commit, but to an app there is no document.
TEST_F(CommitDoor, RevisionZeroMeansAbsentAlsoAfterADelete) {
  MustCommit({Create("notes", "{}", "x")});
  MustCommit({Delete("notes", "x")});
  EXPECT_EQ(StatusOf(At(RevisionOf("x"), Upsert(Replace("notes", "x", "{}")))).code(),
            StatusCode::kAborted);
  EXPECT_TRUE(StatusOf(At(0, Upsert(Replace("notes", "x", "{}")))).ok());
}

TEST_F(CommitDoor, RefusesACallWithoutOrWithTooManyOperations) {
  EXPECT_EQ(Call({}).status.code(), StatusCode::kInvalidArgument);
  const std::vector<OperationInput> most(kOperationsMax, Create("notes", "{}"));
  EXPECT_TRUE(Call(most).status.ok());
  const std::vector<OperationInput> more(kOperationsMax + 1, Create("notes", "{}"));
  EXPECT_EQ(Call(more).status.code(), StatusCode::kInvalidArgument);
}

TEST_F(CommitDoor, AppliesACallWholeOrNotAtAll) {
  MustCommit({Create("notes", R"({"v":0})", "x")});
  const auto before = Counters();
  const Answer refused = Call(
      {Update("notes", "x", R"({"v":1})"), Create("notes", "{}", "y"), Delete("notes", "missing")});
  EXPECT_EQ(refused.status.code(), StatusCode::kNotFound);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","v":0})");
  EXPECT_EQ(View("notes", "y"), "-");
  EXPECT_EQ(Counters().SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(notice().commit, 0u);
}

TEST_F(CommitDoor, LaterOperationsOfACallSeeTheEarlierOnes) {
  const CommitAnswer answer =
      MustCommit({Create("notes", R"({"v":1})", "x"), Update("notes", "x", R"({"w":2})"),
                  Delete("notes", "x"), Create("notes", R"({"again":true})", "x")});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","again":true})");
  EXPECT_EQ(Record("notes", "x")->header.pending, 4u);
  ASSERT_EQ(notice().changes.size(), 1u);
  EXPECT_EQ(notice().enqueued.size(), 4u);
  for (const OperationAnswer& operation : answer.operations) {
    EXPECT_EQ(operation.revision, RevisionOf("x"));
  }
}

TEST_F(CommitDoor, AWriteWithoutEffectKeepsTheRevisionAndTellsNobody) {
  MustCommit({Create("notes", R"({"v":1})", "x")});
  const uint64_t revision = RevisionOf("x");
  const CommitAnswer answer = MustCommit({Update("notes", "x", R"({"v":1})")});
  EXPECT_EQ(answer.operations[0].revision, revision);
  EXPECT_EQ(RevisionOf("x"), revision);
  EXPECT_TRUE(notice().changes.empty());
  EXPECT_EQ(Lane("notes", "x").size(), 2u);
}

TEST_F(CommitDoor, AnswersTheRevisionThatTheCallLeavesBehind) {
  MustCommit({Create("notes", R"({"v":1})", "x")});
  const CommitAnswer there_and_back =
      MustCommit({Update("notes", "x", R"({"v":2})"), Update("notes", "x", R"({"v":1})")});
  EXPECT_EQ(there_and_back.operations[0].revision, RevisionOf("x"));
  EXPECT_EQ(there_and_back.operations[1].revision, RevisionOf("x"));
}

TEST_F(CommitDoor, OneBadRequestOfATurnFailsAlone) {
  const auto answers =
      RunTurn({Ask({Create("notes", "{}", "a")}),
               Ask({Create("notes", "{}", "b"), Update("notes", "none", "{}")}),
               Ask({Create("notes", "{}", "a")}), Ask({Create("notes", "{}", "c")}),
               OutboxRequest{OutboxRequest::Verb::kDiscard, 99}});
  EXPECT_TRUE(answers[0].status.ok());
  EXPECT_EQ(answers[1].status.code(), StatusCode::kNotFound);
  EXPECT_EQ(answers[2].status.code(), StatusCode::kAlreadyExists);
  EXPECT_TRUE(answers[3].status.ok());
  EXPECT_EQ(answers[4].status.code(), StatusCode::kNotFound);
  EXPECT_EQ(View("notes", "a"), R"({"id":"a"})");
  EXPECT_EQ(View("notes", "b"), "-");
  EXPECT_EQ(View("notes", "c"), R"({"id":"c"})");
  EXPECT_EQ(answers[0].commit.operations[0].seq, 1u);
  EXPECT_EQ(answers[3].commit.operations[0].seq, 2u);
}

// Two calls that share a sync to disk are still two: the first one's revision is not the second's.
TEST_F(CommitDoor, RevisionsTellTheCallsOfOneTurnApart) {
  MustCommit({Create("notes", R"({"v":0})", "x")});
  const auto answers = RunTurn(
      {Ask({Update("notes", "x", R"({"v":1})")}), Ask({Update("notes", "x", R"({"v":2})")})});
  EXPECT_LT(answers[0].commit.operations[0].revision, answers[1].commit.operations[0].revision);
  EXPECT_EQ(RevisionOf("x"), answers[1].commit.operations[0].revision);
  EXPECT_GE(notice().commit, RevisionOf("x"));
  EXPECT_EQ(notice().commit, Counters().last_commit());
  EXPECT_EQ(
      StatusOf(At(answers[0].commit.operations[0].revision, Update("notes", "x", "{}"))).code(),
      StatusCode::kAborted);
}

TEST_F(CommitDoor, RepeatedMutationIdIsAnsweredAndNotAppliedAgain) {
  const std::vector<OperationInput> call = {Named("m1", Create("notes", R"({"v":1})", "x")),
                                            Named("m2", Update("notes", "x", R"({"v":2})"))};
  const CommitAnswer first = MustCommit(call);
  Reopen();
  const CommitAnswer again = MustCommit(call);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_FALSE(first.operations[i].repeated);
    EXPECT_TRUE(again.operations[i].repeated);
    EXPECT_EQ(again.operations[i].seq, first.operations[i].seq);
    EXPECT_EQ(again.operations[i].document_id, "x");
    EXPECT_EQ(again.operations[i].mutation_id, first.operations[i].mutation_id);
  }
  EXPECT_EQ(Counters().last_seq(), 2u);
  EXPECT_TRUE(notice().empty());
}

TEST_F(CommitDoor, RepeatedMutationIdWithinOneTurnIsAppliedOnce) {
  const OperationInput same = Named("m", Create("todos", R"({"v":1})"));
  const auto answers =
      RunTurn({Ask({same}), Ask({same}), Ask({Named("m", Create("todos", "{}"))})});
  EXPECT_FALSE(answers[0].commit.operations[0].repeated);
  ASSERT_TRUE(answers[1].status.ok()) << answers[1].status;
  EXPECT_TRUE(answers[1].commit.operations[0].repeated);
  EXPECT_EQ(answers[1].commit.operations[0].document_id,
            answers[0].commit.operations[0].document_id);
  EXPECT_EQ(answers[2].status.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Counters().last_seq(), 1u);
}

TEST_F(CommitDoor, ACallIsRepeatedWholeOrNotAtAll) {
  MustCommit({Named("m1", Create("notes", "{}", "x"))});
  const Answer half =
      Call({Named("m1", Create("notes", "{}", "x")), Named("m2", Create("notes", "{}", "y"))});
  EXPECT_EQ(half.status.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(View("notes", "y"), "-");
  EXPECT_EQ(Call({Named("t", Create("notes", "{}", "p")), Named("t", Create("notes", "{}", "q"))})
                .status.code(),
            StatusCode::kInvalidArgument);
}

TEST_F(CommitDoor, ADeleteOfWhatMayBeMissingLeavesNoTrace) {
  const std::vector<OperationInput> call = {Named("a", Create("notes", "{}", "x")),
                                            Named("b", Upsert(Delete("notes", "none")))};
  const CommitAnswer first = MustCommit(call);
  EXPECT_EQ(first.operations[1].seq, 0u);
  EXPECT_FALSE(Record("notes", "none").has_value());
  EXPECT_EQ(Counters().last_seq(), 1u);
  const CommitAnswer again = MustCommit(call);
  EXPECT_TRUE(again.operations[0].repeated);
  EXPECT_EQ(again.operations[0].seq, 1u);
  EXPECT_EQ(again.operations[1].seq, 0u);
  MustCommit({Upsert(Delete("notes", "x"))});
  EXPECT_EQ(Pending(2)->mutation().kind(), log::Mutation::DELETE);
  MustCommit({Upsert(Delete("notes", "x"))});
  EXPECT_EQ(Record("notes", "x")->header.pending, 2u);
}

TEST_F(CommitDoor, RepeatingAfterSettlingAnswersWhatBecameOfIt) {
  const OperationInput create = Named("m", Create("todos", R"({"v":1})"));
  const OperationAnswer first = MustCommit({create}).operations[0];
  Merge(Confirmed{first.seq, Json(R"({"id":"s1","v":1})"), "s1"});
  const OperationAnswer again = MustCommit({create}).operations[0];
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.seq, first.seq);
  EXPECT_EQ(again.document_id, "s1");
  EXPECT_EQ(again.revision, Record("todos", "s1")->header.revision);
}

TEST_F(CommitDoor, AnIdMadeHereCanBeRepeatedAndNeverTaken) {
  const OperationInput create = Create("notes", R"({"v":1})", "x");
  const OperationAnswer first = MustCommit({create}).operations[0];
  EXPECT_EQ(first.mutation_id, doors_->device_id() + "-1");
  const OperationAnswer again = MustCommit({Named(first.mutation_id, create)}).operations[0];
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.seq, first.seq);
  // Ids of this form name a number of ours; a write under one of the future would collide.
  EXPECT_EQ(StatusOf(Named(doors_->device_id() + "-7", Create("notes", "{}", "y"))).code(),
            StatusCode::kInvalidArgument);
  EXPECT_TRUE(StatusOf(Named(doors_->device_id() + "-x", Create("notes", "{}", "y"))).ok());
}

TEST_F(CommitDoor, UpsertOfAMissingDocumentIsItsCreate) {
  MustCommit({Upsert(Update("notes", "x", R"({"a":1,"b":null,"c":{"d":null,"e":2}})"))});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"c":{"e":2}})");
  EXPECT_EQ(Pending(1)->mutation().kind(), log::Mutation::CREATE);
  EXPECT_EQ(Pending(1)->mutation().json(), R"({"a":1,"c":{"e":2}})");
  MustCommit({Upsert(Update("notes", "x", R"({"a":null})"))});
  EXPECT_EQ(Pending(2)->mutation().kind(), log::Mutation::UPDATE);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","c":{"e":2}})");
}

TEST_F(CommitDoor, UpsertThatWouldCreateMustBeACreateThatTheBackendTakes) {
  rules_["notes"].create_fields = {"name"};
  rules_["notes"].update_fields = {"name", "done"};
  rules_["cards"].can_create = false;
  Reopen();
  EXPECT_EQ(StatusOf(Upsert(Update("notes", "x", R"({"done":true})"))).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(StatusOf(Upsert(Update("cards", "x", R"({"a":1})"))).code(),
            StatusCode::kFailedPrecondition);
  EXPECT_TRUE(StatusOf(Upsert(Update("notes", "x", R"({"name":"n"})"))).ok());
  EXPECT_TRUE(StatusOf(Upsert(Update("notes", "x", R"({"done":true})"))).ok());
}

TEST_F(CommitDoor, NumbersNeverComeTwiceAndCountersSurvive) {
  MustCommit({Create("notes", "{}", "x")});
  EXPECT_TRUE(Discard(1).ok());
  Reopen();
  EXPECT_EQ(MustCommit({Create("notes", "{}", "x")}).operations[0].seq, 2u);
}

TEST_F(CommitDoor, LogsWhatTheAppAskedFor) {
  OperationInput input = Named("m", Create("cards", R"({"n":0.10})", "c"));
  input.scope = "s";
  MustCommit({input});
  const log::Mutation mutation = Pending(1)->mutation();
  EXPECT_EQ(mutation.mutation_id(), "m");
  EXPECT_TRUE(mutation.client_made_id());
  EXPECT_EQ(mutation.json(), R"({"n":0.10})");
  EXPECT_EQ(mutation.scope(), "s");
  EXPECT_EQ(mutation.created_wall_ms(), clock_.wall_ms);
  ASSERT_EQ(notice().enqueued.size(), 1u);
  EXPECT_EQ(notice().enqueued[0].scope, "s");
  EXPECT_EQ(notice().enqueued[0].document_id, "c");
}

// Nothing is written when the map is full, every caller is told, and what frees room still fits.
TEST_F(CommitDoor, AFullStoreRefusesTheTurnAndStaysUsable) {
  doors_.reset();
  env_.reset();
  env_options_.path = dir_.path() + "/small";
  env_options_.map_bytes = 1 << 20;
  Open();
  const std::string big = R"({"b":")" + std::string(50'000, 'x') + R"("})";
  Answer answer;
  int accepted = 0;
  while (accepted < 1000 && (answer = Call({Create("notes", big)})).status.ok()) ++accepted;
  EXPECT_GT(accepted, 2);
  ASSERT_EQ(answer.status.code(), StatusCode::kResourceExhausted) << answer.status;
  EXPECT_EQ(notice().commit, 0u);
  EXPECT_EQ(Counters().last_seq(), static_cast<uint64_t>(accepted));
  Reopen();
  EXPECT_EQ(View("notes", Pending(1)->mutation().document_id()).size(), big.size() + 44);
}

}  // namespace
}  // namespace tideover::doors
