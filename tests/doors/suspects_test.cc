// Creates with server-made ids whose outcome is open, and lists that may or may not show them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using log::PushState;
using support::Create;
using support::Json;
using support::Update;

class Suspects : public support::DoorsFixture {
 protected:
  uint64_t Ask1(const OperationInput& input) { return MustCommit({input}).operations[0].seq; }
  // A list was read before anything was sent, as on every daemon but a brand-new one.
  void ListedOnce() { Apply({}, {}, {}); }
  uint64_t InFlight(const std::string& json, const std::string& id = "") {
    const uint64_t seq = Ask1(Create("todos", json, id));
    Merge(Sent{seq});
    return seq;
  }
  uint64_t InDoubt(const std::string& json, const std::string& id = "") {
    const uint64_t seq = InFlight(json, id);
    Merge(Deferred{seq, {}, true, PushState::VERIFY});
    return seq;
  }
  MergeAnswer Apply(const std::vector<std::string>& documents, std::vector<uint64_t> suspects,
                    std::vector<bool> proof) {
    List list{IdOf("todos"),       Counters().last_commit(), {clock_.wall_ms}, {},
              std::move(suspects), std::move(proof)};
    for (const std::string& document : documents) list.documents.push_back(Json(document));
    return Merge(std::move(list));
  }
  PushState::Hold HoldOf(uint64_t seq) {
    const auto entry = Pending(seq);
    EXPECT_TRUE(entry.has_value());
    return entry.value_or(log::LogEntry()).push().hold();
  }
};

TEST_F(Suspects, ADocumentThatLooksLikeOneInFlightIsKeptBack) {
  ListedOnce();
  const uint64_t seq = InFlight(R"({"t":"milk"})", "local-a");
  EXPECT_TRUE(Apply({R"({"id":"s1","t":"milk","at":1})"}, {seq}, {false}).list_again);
  EXPECT_EQ(View("todos", "s1"), "-") << "it would be there twice until the answer comes";
  Merge(Confirmed{seq, Json(R"({"id":"s1","t":"milk","at":1})"), "s1"});
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","t":"milk","at":1})");
}

TEST_F(Suspects, AnotherDocumentIsNotKeptBack) {
  ListedOnce();
  const uint64_t seq = InFlight(R"({"t":"milk"})");
  EXPECT_FALSE(Apply({R"({"id":"s1","t":"bread"})"}, {seq}, {false}).list_again);
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","t":"bread"})");
}

TEST_F(Suspects, OneThatIsThereIsConfirmed) {
  ListedOnce();
  const uint64_t seq = InDoubt(R"({"t":"milk"})", "local-a");
  const uint64_t update = Ask1(Update("todos", "local-a", R"({"done":true})"));
  EXPECT_FALSE(Apply({R"({"id":"s1","t":"milk","done":false})"}, {seq}, {false}).list_again);
  EXPECT_EQ(Settled(seq)->outcome(), log::SettledEntry::CONFIRMED);
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","t":"milk","done":true})");
  EXPECT_EQ(Lane("todos", "s1"), (std::vector<uint64_t>{update}));
  EXPECT_EQ(Resolved("todos", "local-a"), "s1");
}

// The server writes numbers as it likes, and leaves out what is null.
TEST_F(Suspects, IsRecognisedHoweverTheServerWritesIt) {
  ListedOnce();
  const uint64_t price = InDoubt(R"({"price":10.0,"n":1e2,"tags":[1.50],"note":null})");
  const uint64_t nested = InDoubt(R"({"o":{"a":1,"b":null}})");
  Apply({R"({"id":"s1","price":10,"n":100,"tags":[1.5]})",
         R"({"id":"s2","o":{"a":1.0,"b":null,"__typename":"O"}})"},
        {price, nested}, {true, true});
  EXPECT_TRUE(Settled(price).has_value());
  EXPECT_TRUE(Settled(nested).has_value());
}

TEST_F(Suspects, IsNotTakenForWhatDiffers) {
  ListedOnce();
  const char* const others[] = {
      R"({"id":"s1","t":"milk","n":2})",   R"({"id":"s1","t":"Milk","n":1})",
      R"({"id":"s1","t":"milk","n":"1"})", R"({"id":"s1","t":"milk"})",
      R"({"id":"s1","t":["milk"],"n":1})",
  };
  for (const char* other : others) {
    const uint64_t seq = InDoubt(R"({"t":"milk","n":1})");
    Apply({other}, {seq}, {false});
    EXPECT_EQ(HoldOf(seq), PushState::VERIFY) << other;
    EXPECT_NE(View("todos", "s1"), "-");
    Apply({}, {}, {});
  }
}

TEST_F(Suspects, OneThatIsNotThereForCertainIsLetGo) {
  ListedOnce();
  const uint64_t seq = InDoubt(R"({"t":"milk"})");
  EXPECT_FALSE(Apply({}, {seq}, {true}).list_again);
  EXPECT_EQ(HoldOf(seq), PushState::NONE);
  EXPECT_FALSE(Pending(seq)->push().unanswered()) << "nothing of it is on the server";
  ASSERT_EQ(notice().holds.size(), 1u);
  EXPECT_EQ(notice().holds[0].seq, seq);
}

TEST_F(Suspects, WithoutProofTheListIsAskedForAgain) {
  ListedOnce();
  const uint64_t seq = InDoubt(R"({"t":"milk"})");
  EXPECT_TRUE(Apply({}, {seq}, {false}).list_again);
  EXPECT_EQ(HoldOf(seq), PushState::VERIFY);
  EXPECT_TRUE(Apply({}, {seq}, {}).list_again) << "no word on proof is no proof";
  EXPECT_EQ(HoldOf(seq), PushState::VERIFY);
}

// Before the first list there may have been a twin that we never saw.
TEST_F(Suspects, AMatchIsLeftToAPersonWhenNoListWasReadBefore) {
  const uint64_t seq = InDoubt(R"({"t":"milk"})");
  Apply({R"({"id":"s1","t":"milk"})"}, {seq}, {true});
  EXPECT_EQ(HoldOf(seq), PushState::AMBIGUOUS);
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","t":"milk"})");
  ASSERT_EQ(notice().holds.size(), 1u);
  EXPECT_EQ(notice().holds[0].hold, PushState::AMBIGUOUS);
}

TEST_F(Suspects, ADocumentThatWasKnownBeforeIsNoMatch) {
  Apply({R"({"id":"s0","t":"milk"})"}, {}, {});
  const uint64_t seq = InDoubt(R"({"t":"milk"})");
  Apply({R"({"id":"s0","t":"milk"})"}, {seq}, {true});
  EXPECT_EQ(HoldOf(seq), PushState::NONE);
}

TEST_F(Suspects, TwinsAreConfirmedOneForOne) {
  ListedOnce();
  const uint64_t a = InDoubt(R"({"t":"milk"})");
  const uint64_t b = InDoubt(R"({"t":"milk"})");
  Apply({R"({"id":"s1","t":"milk"})"}, {a, b}, {true, true});
  ASSERT_TRUE(Settled(a).has_value());
  EXPECT_EQ(HoldOf(b), PushState::NONE) << "one document, one create: the other is not there";
  const uint64_t c = InDoubt(R"({"t":"milk"})");
  Merge(Deferred{b, {}, true, PushState::VERIFY});
  Apply({R"({"id":"s1","t":"milk"})", R"({"id":"s2","t":"milk"})", R"({"id":"s3","t":"milk"})"},
        {b, c}, {true, true});
  EXPECT_TRUE(Settled(b).has_value());
  EXPECT_TRUE(Settled(c).has_value());
}

// One document, two creates that could be it, one of them still under way: nobody can say yet that
// the other is not there.
TEST_F(Suspects, ATwinInFlightLeavesTheOtherInDoubt) {
  ListedOnce();
  const uint64_t flying = InFlight(R"({"t":"milk"})");
  const uint64_t doubted = InDoubt(R"({"t":"milk"})");
  EXPECT_TRUE(Apply({R"({"id":"s1","t":"milk"})"}, {flying, doubted}, {false, true}).list_again);
  EXPECT_EQ(HoldOf(doubted), PushState::VERIFY);
  EXPECT_EQ(View("todos", "s1"), "-");
  EXPECT_TRUE(Apply({R"({"id":"s1","t":"milk"})"}, {doubted, flying}, {true, false}).list_again);
  EXPECT_EQ(HoldOf(doubted), PushState::VERIFY) << "the order of the suspects decides nothing";
}

TEST_F(Suspects, TheMostTellingOneIsTaken) {
  ListedOnce();
  const uint64_t empty = InDoubt("{}");
  const uint64_t milk = InDoubt(R"({"t":"milk"})");
  Apply({R"({"id":"s1","t":"milk"})"}, {empty, milk}, {true, true});
  ASSERT_TRUE(Settled(milk).has_value());
  EXPECT_EQ(HoldOf(empty), PushState::NONE);
}

TEST_F(Suspects, SettledOrDiscardedOnesAreNoSuspects) {
  ListedOnce();
  const uint64_t seq = InDoubt(R"({"t":"milk"})");
  EXPECT_TRUE(Discard(seq).ok());
  EXPECT_FALSE(Apply({R"({"id":"s1","t":"milk"})"}, {seq, 4711}, {false, false}).list_again);
  EXPECT_EQ(View("todos", "s1"), R"({"id":"s1","t":"milk"})");
}

TEST_F(Suspects, AnEmptyCreateMatchesAnyNewDocument) {
  ListedOnce();
  const uint64_t seq = InDoubt("{}");
  Apply({R"({"id":"s1","t":"milk"})"}, {seq}, {true});
  EXPECT_TRUE(Settled(seq).has_value());
}

}  // namespace
}  // namespace tideover::doors
