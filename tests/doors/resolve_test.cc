#include "doors/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
using Verb = OutboxRequest::Verb;

// A note {"a":1,"b":1} of version 1, ours {"b":9} and {"c":9}, theirs {"a":1,"b":2} of version 2:
// the first of ours is held.
class Resolve : public support::DoorsFixture {
 protected:
  Resolve() {
    rules_["notes"].version_field = "_version";
    rules_["notes"].conflict = ConflictMode::kManual;
    Reopen();
    Merge(ListOf("notes", {R"({"id":"x","a":1,"b":1,"_version":1})"}));
    seq_ = MustCommit({Update("notes", "x", R"({"b":9})")}).operations[0].seq;
    later_ = MustCommit({Update("notes", "x", R"({"c":9})")}).operations[0].seq;
  }
  void Conflict(const std::string& theirs = R"({"id":"x","a":1,"b":2,"_version":2})") {
    Merge(Sent{seq_});
    std::optional<json::Value> document;
    if (!theirs.empty()) document = Json(theirs);
    Merge(Conflicted{seq_, {}, std::move(document)});
    ASSERT_EQ(Pending(seq_)->push().hold(), PushState::CONFLICT);
  }
  absl::Status Do(Verb verb, const std::string& json = "") {
    return RunTurn({OutboxRequest{verb, seq_, json}}).front().status;
  }
  uint64_t seq_ = 0;
  uint64_t later_ = 0;
};

TEST_F(Resolve, OursIsSentAgainOnTopOfTheirs) {
  Conflict();
  EXPECT_TRUE(Do(Verb::kKeepOurs).ok());
  const auto entry = Pending(seq_);
  EXPECT_EQ(entry->push().hold(), PushState::NONE);
  EXPECT_EQ(entry->seen().version(), 2);
  EXPECT_TRUE(entry->conflicting_json().empty());
  EXPECT_EQ(Pending(later_)->seen().version(), 2) << "it was made on top of it";
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":9,"c":9})");
  EXPECT_EQ(Do(Verb::kKeepOurs).code(), StatusCode::kFailedPrecondition);
}

TEST_F(Resolve, TheirsStandsAndOursIsDiscarded) {
  Conflict();
  EXPECT_TRUE(Do(Verb::kKeepTheirs).ok());
  EXPECT_EQ(Settled(seq_)->outcome(), SettledEntry::DISCARDED);
  EXPECT_EQ(Settled(seq_)->server_json(), R"({"id":"x","a":1,"b":2})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":2,"c":9})");
  EXPECT_EQ(Pending(later_)->seen().version(), 1) << "its own conflict comes";
}

TEST_F(Resolve, AMergedDocumentIsSentAsItsDifferenceFromTheirs) {
  rules_["notes"].update_fields = {"a", "b", "c"};
  Reopen();
  Conflict(R"({"id":"x","a":1,"b":2,"at":"now","_version":2})");
  EXPECT_EQ(Do(Verb::kMerged, "{").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Do(Verb::kMerged, R"({"id":"y"})").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Do(Verb::kMerged, R"({"a":1,"b":3})").code(), StatusCode::kInvalidArgument)
      << "the backend cannot take away what it alone writes";
  EXPECT_EQ(Pending(seq_)->push().hold(), PushState::CONFLICT);
  EXPECT_TRUE(Do(Verb::kMerged, R"({"id":"x","a":1,"b":3,"at":"now"})").ok());
  EXPECT_EQ(Pending(seq_)->mutation().kind(), Mutation::UPDATE);
  EXPECT_EQ(Pending(seq_)->mutation().json(), R"({"b":3})");
  EXPECT_EQ(Pending(seq_)->original().json(), R"({"b":9})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":3,"at":"now","c":9})");
}

TEST_F(Resolve, AMergedDocumentThatTheServerHasIsConfirmed) {
  Conflict();
  EXPECT_TRUE(Do(Verb::kMerged, R"({"a":1,"b":2})").ok());
  EXPECT_EQ(Settled(seq_)->outcome(), SettledEntry::CONFIRMED);
}

TEST_F(Resolve, OursBringsBackWhatTheServerHasDeleted) {
  Conflict("");
  EXPECT_EQ(View("notes", "x"), "-");
  EXPECT_TRUE(Do(Verb::kKeepOurs).ok());
  EXPECT_EQ(Pending(seq_)->mutation().kind(), Mutation::CREATE);
  EXPECT_EQ(Pending(seq_)->mutation().json(), R"({"a":1,"b":9})");
  EXPECT_EQ(View("notes", "x"), R"({"id":"x","a":1,"b":9,"c":9})");
}

TEST_F(Resolve, WhatFollowsADocumentThatIsMadeAnewKnowsNoOtherUntilThatIsConfirmed) {
  Conflict("");
  ASSERT_TRUE(Do(Verb::kKeepOurs).ok());
  const auto waits = Pending(later_);
  EXPECT_EQ(waits->seen().version(), 1) << "should another have made it, this is in conflict";
  EXPECT_EQ(waits->seen().json(), R"({"id":"x","a":1,"b":1})");
  Merge(Sent{seq_});
  Merge(Confirmed{seq_, Json(R"({"id":"x","a":1,"b":9,"_version":1})"), "x"});
  EXPECT_EQ(Pending(later_)->seen().version(), 1);
  EXPECT_FALSE(Pending(later_)->seen().moved()) << "it was made on the new one";
}

TEST_F(Resolve, WhatFollowsADocumentThatIsMadeAnewInVainOverwritesNothing) {
  Conflict("");
  ASSERT_TRUE(Do(Verb::kKeepOurs).ok());
  Merge(ListOf("notes", {R"({"id":"x","z":1,"_version":7})"}));
  Merge(Sent{seq_});
  Merge(Rejected{seq_, {}, {}});
  ASSERT_TRUE(Pending(later_).has_value());
  EXPECT_EQ(Pending(later_)->push().hold(), PushState::NONE);
  EXPECT_EQ(Pending(later_)->seen().version(), 1) << "0 would be written whatever there is";
}

TEST_F(Resolve, NothingBringsBackADocumentWhoseIdTheServerChose) {
  rules_["notes"].ids = IdMode::kServer;
  Reopen();
  Conflict("");
  EXPECT_EQ(Do(Verb::kKeepOurs).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(Do(Verb::kMerged, R"({"a":1})").code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Do(Verb::kKeepTheirs).ok());
}

TEST_F(Resolve, OnlyWhatIsInConflictCanBeDecided) {
  for (const auto verb : {Verb::kKeepOurs, Verb::kKeepTheirs, Verb::kMerged}) {
    EXPECT_EQ(Do(verb, "{}").code(), StatusCode::kFailedPrecondition);
  }
}

TEST_F(Resolve, AnOperatorsHoldOutlivesTheDecision) {
  Merge(Sent{seq_});
  EXPECT_TRUE(Do(Verb::kHold).ok());
  Merge(Conflicted{seq_, {}, Json(R"({"id":"x","a":1,"b":2,"_version":2})")});
  EXPECT_EQ(Pending(seq_)->push().hold(), PushState::CONFLICT);
  EXPECT_TRUE(Do(Verb::kKeepOurs).ok());
  EXPECT_EQ(Pending(seq_)->push().hold(), PushState::OPERATOR);
}

}  // namespace
}  // namespace tideover::doors
