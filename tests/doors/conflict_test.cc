#include "doors/conflict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using log::Mutation;
using log::PushState;
using log::SettledEntry;
using support::Create;
using support::Delete;
using support::Json;
using support::Replace;
using support::Update;

// "notes" has versions; the server's document "x" is {"a":1,"b":1} in version 1.
class ConflictDoor : public support::DoorsFixture {
 protected:
  void Mode(ConflictMode mode, Prefer prefer = Prefer::kServer) {
    rules_["notes"].version_field = "_version";
    rules_["notes"].conflict = mode;
    rules_["notes"].prefer = prefer;
    Reopen();
    List(R"({"id":"x","a":1,"b":1,"_version":1})");
  }
  void List(const std::string& document) { Merge(ListOf("notes", {document})); }
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  static log::PushError Error() {
    log::PushError error;
    error.set_outcome("conflict");
    error.set_message("another version");
    return error;
  }
  // The server answers one attempt of `seq` (and what leaves with it) with its own document.
  void Conflict(uint64_t seq, const std::string& theirs, uint64_t last = 0) {
    std::optional<json::Value> document;
    if (!theirs.empty()) document = Json(theirs);
    Merge(Sent{seq, last});
    Merge(Conflicted{seq, Error(), std::move(document)});
  }
  // One attempt of `seq` leaves, and may have arrived.
  void NobodyAnswers(uint64_t seq) {
    Merge(Sent{seq});
    Merge(Deferred{seq, Error(), true, PushState::NONE});
  }
  std::string Change(uint64_t seq) {
    const auto entry = Pending(seq);
    if (!entry.has_value()) return "-";
    return Mutation::Kind_Name(entry->mutation().kind()) + " " + entry->mutation().json();
  }
  SettledEntry::Outcome OutcomeOf(uint64_t seq) {
    const auto settled = Settled(seq);
    return settled.has_value() ? settled->outcome() : SettledEntry::OUTCOME_UNSPECIFIED;
  }
};

constexpr const char* kTheirs = R"({"id":"x","a":1,"b":2,"_version":2})";

TEST_F(ConflictDoor, TheLastArrivalWinsOnTopOfTheirs) {
  Mode(ConflictMode::kLastWriteWins);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":9})"));
  const uint64_t later = Ask1(Update("notes", "x", R"({"c":1})"));
  Conflict(seq, kTheirs);
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","a":1,"b":2})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":9,"c":1})");
  EXPECT_TRUE(notice().changes.empty()) << "what apps see did not change";
  EXPECT_EQ(Pending(seq)->seen().version(), 2);
  EXPECT_EQ(Pending(later)->seen().version(), 2);
  EXPECT_EQ(Pending(seq)->push().merges(), 1u);
  EXPECT_FALSE(Pending(seq)->push().open_attempt());
}

TEST_F(ConflictDoor, NothingWinsOverADeletion) {
  Mode(ConflictMode::kLastWriteWins);
  const uint64_t update = Ask1(Update("notes", "x", R"({"b":9})"));
  Conflict(update, "");
  EXPECT_EQ(OutcomeOf(update), SettledEntry::REJECTED);
  EXPECT_EQ(View("notes", "x"), "-");
}

TEST_F(ConflictDoor, OptimisticConcurrencyRefusesWithBothSides) {
  Mode(ConflictMode::kOptimisticConcurrency);
  const uint64_t first = Ask1(Update("notes", "x", R"({"b":9})"));
  const uint64_t second = Ask1(Update("notes", "x", R"({"c":9})"));
  const uint64_t behind = Ask1(Update("notes", "x", R"({"d":9})"));
  Conflict(first, kTheirs, second);
  for (const uint64_t seq : {first, second}) {
    ASSERT_EQ(OutcomeOf(seq), SettledEntry::REJECTED) << seq;
    EXPECT_EQ(Settled(seq)->base_json(), R"({"id":"x","a":1,"b":1})");
    EXPECT_EQ(Settled(seq)->server_json(), R"({"id":"x","a":1,"b":2})");
    EXPECT_EQ(Settled(seq)->push().last_error().message(), "another version");
  }
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":2,"d":9})");
  // What was made on the same version has its own conflict, and what it saw is still known.
  EXPECT_EQ(Pending(behind)->seen().version(), 1);
  EXPECT_TRUE(Pending(behind)->seen().moved());
  Conflict(behind, R"({"id":"x","a":1,"b":3,"_version":3})");
  EXPECT_EQ(Settled(behind)->base_json(), R"({"id":"x","a":1,"b":1})");
  // A retry has seen what the server has now.
  EXPECT_TRUE(Retry(behind).ok());
  EXPECT_EQ(Pending(behind)->seen().version(), 3);
  EXPECT_FALSE(Pending(behind)->seen().moved());
}

TEST_F(ConflictDoor, AMergeSendsWhatIsLeftOnTopOfTheirs) {
  Mode(ConflictMode::kMerge);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"a":9,"b":9})"));
  Conflict(seq, kTheirs);
  EXPECT_EQ(Change(seq), R"(UPDATE {"a":9})");
  EXPECT_EQ(Pending(seq)->original().json(), R"({"a":9,"b":9})");
  EXPECT_EQ(Pending(seq)->seen().version(), 2);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":9,"b":2})");
  EXPECT_EQ(notice().holds.size(), 1u) << "people see that it writes something else";
  // And again: the app's own words stay.
  Conflict(seq, R"({"id":"x","a":5,"b":2,"c":1,"_version":3})");
  EXPECT_EQ(OutcomeOf(seq), SettledEntry::CONFIRMED) << "nothing left to send";
  EXPECT_EQ(Settled(seq)->original().json(), R"({"a":9,"b":9})");
  EXPECT_EQ(Settled(seq)->server_json(), R"({"id":"x","a":5,"b":2,"c":1})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":5,"b":2,"c":1})");
}

TEST_F(ConflictDoor, AMergePrefersTheClientWhereToldTo) {
  Mode(ConflictMode::kMerge, Prefer::kClient);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":9})"));
  Conflict(seq, kTheirs);
  EXPECT_EQ(Change(seq), R"(UPDATE {"b":9})");
  EXPECT_FALSE(Pending(seq)->has_original());
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":9})");
}

TEST_F(ConflictDoor, WhatFollowsADocumentThatAMergeMakesAnewOverwritesNoOther) {
  Mode(ConflictMode::kMerge, Prefer::kClient);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":9})"));
  const uint64_t later = Ask1(Update("notes", "x", R"({"c":9})"));
  Conflict(seq, "");
  ASSERT_EQ(Change(seq), R"(CREATE {"a":1,"b":9})");
  ASSERT_EQ(Change(later), R"(UPDATE {"c":9})");
  EXPECT_EQ(Pending(seq)->seen().version(), 0);
  EXPECT_EQ(Pending(later)->seen().version(), 1);
  Merge(Sent{seq});
  Merge(Confirmed{seq, Json(R"({"id":"x","a":1,"b":9,"_version":4})"), "x"});
  EXPECT_EQ(Pending(later)->seen().version(), 4);
}

// Others may have made the document again under its id.
TEST_F(ConflictDoor, WhatAMergeMakesAnewIsConfirmedOnlyByWhatLooksLikeIt) {
  Mode(ConflictMode::kMerge, Prefer::kClient);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":9})"));
  Conflict(seq, R"({"id":"x","a":1,"b":1,"_version":2,"_deleted":true})");
  ASSERT_EQ(Pending(seq)->mutation().kind(), Mutation::CREATE) << Change(seq);
  Merge({Sent{seq}, Deferred{seq, Error(), true, PushState::VERIFY}});
  Merge(doors::List{IdOf("notes"),
                    Counters().last_commit(),
                    clock_.Wall(),
                    {Json(R"({"id":"x","a":7,"b":7,"_version":3})")},
                    {seq},
                    {true}});
  ASSERT_TRUE(Pending(seq).has_value());
  EXPECT_EQ(Pending(seq)->push().hold(), PushState::NONE);
  EXPECT_FALSE(Pending(seq)->push().unanswered());
}

TEST_F(ConflictDoor, AMergeIsMadeFromTheBaseThatTheAppSaw) {
  Mode(ConflictMode::kMerge);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"a":9,"b":9})"));
  List(kTheirs);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":9,"b":9})") << "pending stays on top";
  EXPECT_TRUE(Pending(seq)->seen().moved());
  EXPECT_EQ(Pending(seq)->seen().json(), R"({"id":"x","a":1,"b":1})");
  List(R"({"id":"x","a":1,"b":3,"_version":3})");
  EXPECT_EQ(Pending(seq)->seen().json(), R"({"id":"x","a":1,"b":1})") << "once";
  Conflict(seq, R"({"id":"x","a":1,"b":3,"_version":3})");
  EXPECT_EQ(Change(seq), R"(UPDATE {"a":9})");
}

TEST_F(ConflictDoor, OurOwnWritesNeverConflictWithEachOther) {
  Mode(ConflictMode::kMerge);
  const uint64_t first = Ask1(Update("notes", "x", R"({"a":7})"));
  const uint64_t second = Ask1(Update("notes", "x", R"({"a":8,"b":8})"));
  Conflict(first, kTheirs);
  EXPECT_EQ(Change(first), R"(UPDATE {"a":7})");
  EXPECT_EQ(Change(second), R"(UPDATE {"a":8})") << "they changed b";
  EXPECT_EQ(Pending(second)->seen().version(), 2);
  Merge(Sent{first});
  Merge(Confirmed{first, Json(R"({"id":"x","a":7,"b":2,"_version":3})"), {}});
  EXPECT_EQ(Pending(second)->seen().version(), 3);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":8,"b":2})");
}

TEST_F(ConflictDoor, NorDoTheyWhereACustomOperationStandsBetweenThem) {
  Mode(ConflictMode::kMerge);
  const uint64_t first = Ask1(Update("notes", "x", R"({"c":1})"));
  const uint64_t invoke =
      Ask1(support::Invoke("finish", "{}", {Update("notes", "x", R"({"d":1})")}));
  const uint64_t later = Ask1(Update("notes", "x", R"({"c":2})"));
  Conflict(first, kTheirs);
  Merge(Sent{first});
  Merge(Confirmed{first, Json(R"({"id":"x","a":1,"b":2,"c":1,"_version":3})"), {}});
  EXPECT_EQ(Pending(later)->seen().version(), 3);
  Merge(Sent{invoke});
  Merge(Confirmed{invoke, {}, {}, "{}"});
  Conflict(later, R"({"id":"x","a":1,"b":2,"c":1,"d":1,"_version":4})");
  EXPECT_EQ(Change(later), R"(UPDATE {"c":2})");
}

TEST_F(ConflictDoor, ABundleIsMergedMutationByMutation) {
  Mode(ConflictMode::kMerge);
  const uint64_t first = Ask1(Update("notes", "x", R"({"b":7})"));
  const uint64_t second = Ask1(Update("notes", "x", R"({"c":7})"));
  Conflict(first, kTheirs, second);
  EXPECT_EQ(OutcomeOf(first), SettledEntry::CONFIRMED);
  EXPECT_EQ(Change(second), R"(UPDATE {"c":7})");
  EXPECT_EQ(Pending(second)->push().bundle_last(), 0u);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":2,"c":7})");
}

TEST_F(ConflictDoor, WhatCannotBeMergedIsADeadLetter) {
  Mode(ConflictMode::kMerge);
  const uint64_t erase = Ask1(Delete("notes", "x"));
  Conflict(erase, kTheirs);
  EXPECT_EQ(OutcomeOf(erase), SettledEntry::REJECTED);
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":2})") << "and the document is back";
  const uint64_t update = Ask1(Update("notes", "x", R"({"a":2})"));
  Conflict(update, R"({"id":"x","_deleted":true,"_version":3})");
  EXPECT_EQ(OutcomeOf(update), SettledEntry::REJECTED);
  EXPECT_EQ(Settled(update)->base_json(), R"({"id":"x","a":1,"b":2})");
  EXPECT_EQ(View("notes", "x"), "-");
}

TEST_F(ConflictDoor, WhatBothDeletedIsConfirmedInEveryMode) {
  for (const auto mode : {ConflictMode::kLastWriteWins, ConflictMode::kOptimisticConcurrency,
                          ConflictMode::kMerge, ConflictMode::kManual}) {
    Mode(mode);
    const uint64_t erase = Ask1(Delete("notes", "x"));
    Conflict(erase, "");
    EXPECT_EQ(OutcomeOf(erase), SettledEntry::CONFIRMED);
  }
}

TEST_F(ConflictDoor, AnAttemptThatArrivedUnansweredIsFoundInTheirs) {
  Mode(ConflictMode::kOptimisticConcurrency);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":2})"));
  NobodyAnswers(seq);
  Conflict(seq, kTheirs);
  EXPECT_EQ(OutcomeOf(seq), SettledEntry::CONFIRMED);
}

TEST_F(ConflictDoor, WhatFollowsAnAttemptThatIsFoundInTheirsWasMadeOnIt) {
  Mode(ConflictMode::kOptimisticConcurrency);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":2})"));
  const uint64_t later = Ask1(Update("notes", "x", R"({"c":1})"));
  NobodyAnswers(seq);
  Conflict(seq, kTheirs);
  EXPECT_EQ(Pending(later)->seen().version(), 2);
  EXPECT_FALSE(Pending(later)->seen().moved());
}

TEST_F(ConflictDoor, WhatFollowsAnAttemptThatOthersWroteOverKnowsTheOldVersionAndOurs) {
  Mode(ConflictMode::kOptimisticConcurrency);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":2})"));
  const uint64_t later = Ask1(Update("notes", "x", R"({"c":1})"));
  NobodyAnswers(seq);
  Conflict(seq, R"({"id":"x","a":5,"b":2,"_version":3})");
  EXPECT_EQ(OutcomeOf(seq), SettledEntry::CONFIRMED);
  EXPECT_EQ(Pending(later)->seen().version(), 1);
  EXPECT_EQ(Pending(later)->seen().json(), R"({"id":"x","a":1,"b":2})");
}

TEST_F(ConflictDoor, WhatFollowsAnAttemptThatOthersAddedToSawOursInIt) {
  Mode(ConflictMode::kMerge);
  const uint64_t first = Ask1(Update("notes", "x", R"({"a":5})"));
  Merge({Sent{first}, Deferred{first, Error(), true, PushState::NONE}});
  const uint64_t second = Ask1(Update("notes", "x", R"({"a":6})"));
  constexpr const char* kBoth = R"({"id":"x","a":5,"b":2,"_version":3})";
  Conflict(first, kBoth);
  EXPECT_EQ(OutcomeOf(first), SettledEntry::CONFIRMED);
  Conflict(second, kBoth);
  EXPECT_EQ(Change(second), R"(UPDATE {"a":6})") << "theirs has no other a than ours";
}

TEST_F(ConflictDoor, GivesUpAfterTooManyMergesInARow) {
  Mode(ConflictMode::kMerge);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"a":9})"));
  for (uint32_t i = 0; i < kMergesMax; ++i) {
    Conflict(seq, R"({"id":"x","a":1,"b":2,"_version":)" + std::to_string(i + 2) + "}");
    ASSERT_EQ(Pending(seq)->push().hold(), PushState::NONE);
  }
  Conflict(seq, R"({"id":"x","a":1,"b":3,"_version":99})");
  EXPECT_EQ(Pending(seq)->push().hold(), PushState::CONFLICT);
  EXPECT_THAT(Pending(seq)->push().last_error().message(), testing::HasSubstr("10 attempts"));
  EXPECT_TRUE(Retry(seq).ok());
  EXPECT_EQ(Pending(seq)->push().merges(), 0u);
}

TEST_F(ConflictDoor, AManualConflictIsHeldOverTheirs) {
  Mode(ConflictMode::kManual);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":9})"));
  const uint64_t later = Ask1(Update("notes", "x", R"({"c":9})"));
  Conflict(seq, kTheirs, later);
  const auto entry = Pending(seq);
  EXPECT_EQ(entry->push().hold(), PushState::CONFLICT);
  EXPECT_EQ(entry->conflicting_json(), R"({"id":"x","a":1,"b":2})");
  EXPECT_EQ(entry->conflicting_version(), 2);
  EXPECT_EQ(entry->seen().json(), R"({"id":"x","a":1,"b":1})");
  EXPECT_EQ(Pending(later)->push().hold(), PushState::NONE);
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","a":1,"b":2})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":9,"c":9})");
  ASSERT_EQ(notice().holds.size(), 1u);
  // What the person is shown keeps up with the server.
  List(R"({"id":"x","a":1,"b":3,"_version":3})");
  EXPECT_EQ(Pending(seq)->conflicting_json(), R"({"id":"x","a":1,"b":3})");
  EXPECT_EQ(Pending(seq)->conflicting_version(), 3);
}

TEST_F(ConflictDoor, AnOlderAnswerDoesNotTakeTheBaseBack) {
  Mode(ConflictMode::kLastWriteWins);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":9})"));
  List(R"({"id":"x","a":1,"b":5,"_version":5})");
  Conflict(seq, kTheirs);
  EXPECT_EQ(Base("notes", "x"), R"({"id":"x","a":1,"b":5})");
  EXPECT_EQ(Pending(seq)->seen().version(), 5);
}

TEST_F(ConflictDoor, AConflictAboutWhatAPersonTookOutIsNothing) {
  Mode(ConflictMode::kMerge);
  const uint64_t seq = Ask1(Update("notes", "x", R"({"b":9})"));
  EXPECT_TRUE(Discard(seq).ok());
  Merge(Conflicted{seq, Error(), Json(kTheirs)});
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":1})");
}

}  // namespace
}  // namespace tideover::doors
