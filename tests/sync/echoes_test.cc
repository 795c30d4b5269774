#include "sync/echoes.h"

#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::sync {
namespace {

using base::MonoTime;

log::Mutation Of(const std::string& id) {
  log::Mutation mutation;
  mutation.set_collection(1);
  mutation.set_document_id(id);
  return mutation;
}

TEST(Echoes, MakeOtherMutationsOfTheDocumentWait) {
  Echoes echoes;
  echoes.Note(5, Of("a"), MonoTime{3000}, MonoTime{1000}, false);
  EXPECT_EQ(echoes.WaitOf({1, "a"}, 6, MonoTime{1000}), MonoTime{3000});
  EXPECT_FALSE(echoes.WaitOf({1, "b"}, 6, MonoTime{1000}).has_value());
}

TEST(Echoes, DoNotKeepTheSameMutationFromBeingSentAgain) {
  Echoes echoes;
  echoes.Note(5, Of("a"), MonoTime{3000}, MonoTime{1000}, false);
  EXPECT_FALSE(echoes.WaitOf({1, "a"}, 5, MonoTime{1000}).has_value());
}

TEST(Echoes, DieAway) {
  Echoes echoes;
  echoes.Note(5, Of("a"), MonoTime{3000}, MonoTime{1000}, false);
  EXPECT_FALSE(echoes.WaitOf({1, "a"}, 6, MonoTime{3000}).has_value());
}

TEST(Echoes, TheLastOfADocumentCounts) {
  Echoes echoes;
  echoes.Note(5, Of("a"), MonoTime{3000}, MonoTime{1000}, false);
  echoes.Note(5, Of("a"), MonoTime{4000}, MonoTime{1000}, false);
  echoes.Note(5, Of("a"), MonoTime{2000}, MonoTime{1000}, false);
  EXPECT_EQ(echoes.WaitOf({1, "a"}, 6, MonoTime{1000}), MonoTime{4000});
}

TEST(Echoes, OfADocumentWithoutAServersIdMatterToNobody) {
  Echoes echoes;
  echoes.Note(5, Of("local-a"), MonoTime{3000}, MonoTime{1000}, false);
  EXPECT_FALSE(echoes.WaitOf({1, "local-a"}, 6, MonoTime{1000}).has_value());
}

TEST(Echoes, WantAListOnlyOfWhatNoAnswerWillTell) {
  Echoes echoes;
  echoes.Note(5, Of("a"), MonoTime{3000}, MonoTime{1000}, /*unresolved=*/false);
  EXPECT_FALSE(echoes.ListAfter(1).has_value());
  echoes.Unresolved({1, "b"});
  EXPECT_FALSE(echoes.ListAfter(1).has_value());
  echoes.Unresolved({1, "a"});
  EXPECT_EQ(echoes.ListAfter(1), MonoTime{3000});
  echoes.Note(6, Of("local-b"), MonoTime{4000}, MonoTime{1000}, /*unresolved=*/true);
  EXPECT_EQ(echoes.ListAfter(1), MonoTime{4000});
  EXPECT_FALSE(echoes.ListAfter(2).has_value());
}

// The machine slept: no list was asked for meanwhile.
TEST(Echoes, WantAListAlsoOfWhatHasDiedAway) {
  Echoes echoes;
  echoes.Note(5, Of("a"), MonoTime{3000}, MonoTime{4000}, /*unresolved=*/true);
  EXPECT_EQ(echoes.ListAfter(1), MonoTime{3000});
  EXPECT_FALSE(echoes.WaitOf({1, "a"}, 6, MonoTime{4000}).has_value());
}

class EchoesOnDisk : public support::DoorsFixture {};

TEST_F(EchoesOnDisk, AreRememberedOfSettledMutations) {
  const auto made = MustCommit({support::Create("notes", "{}", "a")}).operations[0];
  const auto calm = MustCommit({support::Create("notes", "{}", "b")}).operations[0];
  for (const uint64_t seq : {made.seq, calm.seq}) Merge(doors::Sent{seq});
  Merge(doors::Deferred{made.seq, {}, /*unanswered=*/true, log::PushState::NONE});
  Merge(doors::Sent{made.seq});
  for (const uint64_t seq : {made.seq, calm.seq}) Merge(doors::Confirmed{seq, {}, {}});
  Echoes echoes;
  const auto txn = env_->BeginRead();
  ASSERT_TRUE(echoes.Remember(txn->reader(), MonoTime{3000}, MonoTime{1000}).ok());
  EXPECT_TRUE(echoes.WaitOf({IdOf("notes"), "a"}, 99, MonoTime{1000}).has_value());
  EXPECT_FALSE(echoes.WaitOf({IdOf("notes"), "b"}, 99, MonoTime{1000}).has_value());
  EXPECT_FALSE(echoes.ListAfter(IdOf("notes")).has_value()) << "it was confirmed in the end";
}

TEST_F(EchoesOnDisk, AreRememberedOfWhatWasDiscardedUnderWay) {
  const auto made = MustCommit({support::Create("notes", "{}", "a")}).operations[0];
  Merge(doors::Sent{made.seq});
  ASSERT_TRUE(Discard(made.seq).ok());
  Echoes echoes;
  const auto txn = env_->BeginRead();
  ASSERT_TRUE(echoes.Remember(txn->reader(), MonoTime{3000}, MonoTime{1000}).ok());
  EXPECT_TRUE(echoes.WaitOf({IdOf("notes"), "a"}, 99, MonoTime{1000}).has_value());
  EXPECT_EQ(echoes.ListAfter(IdOf("notes")), MonoTime{3000});
}

}  // namespace
}  // namespace tideover::sync
