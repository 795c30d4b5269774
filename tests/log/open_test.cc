#include "log/open.h"

#include "log/log_fixture.h"
#include "store/record.h"
#include "support/raw_store.h"
#include "tideover/storage/v1/meta.pb.h"

namespace tideover::log {
namespace {

class Open : public LogFixture {
 protected:
  void Change(uint64_t seq, absl::FunctionRef<void(PushState*)> change) {
    Write([&](store::WriteTxn* txn) {
      LogEntry entry = *std::move(*Find(txn->reader(), seq));
      change(entry.mutable_push());
      ASSERT_TRUE(Rewrite(txn, seq, entry).ok());
    });
  }
  std::vector<uint64_t> Named(uint64_t from = 0, size_t max = 100) {
    return *ReadOpen(Read().reader(), from, max);
  }
};

TEST_F(Open, FollowsTheEntryAsItIsRewritten) {
  for (const uint64_t seq : {1, 2, 3}) Add(seq, "a");
  EXPECT_THAT(Named(), testing::IsEmpty());
  Change(1, [](PushState* push) { push->set_open_attempt(true); });
  Change(3, [](PushState* push) { push->set_hold(PushState::VERIFY); });
  Change(2, [](PushState* push) { push->set_hold(PushState::OPERATOR); });
  EXPECT_THAT(Named(), testing::ElementsAre(1, 3));
  Change(1, [](PushState* push) { push->set_attempts(2); });
  EXPECT_THAT(Named(), testing::ElementsAre(1, 3));
  Change(1, [](PushState* push) { push->set_open_attempt(false); });
  EXPECT_THAT(Named(), testing::ElementsAre(3));
}

TEST_F(Open, LeavesWithTheMutation) {
  Add(1, "a");
  Change(1, [](PushState* push) { push->set_open_attempt(true); });
  Settle(1, SettledEntry::CONFIRMED);
  EXPECT_THAT(Named(), testing::IsEmpty());
}

TEST_F(Open, IsReadInParts) {
  for (const uint64_t seq : {1, 2, 300, 301}) {
    Add(seq, "a");
    Change(seq, [](PushState* push) { push->set_open_attempt(true); });
  }
  EXPECT_THAT(Named(0, 2), testing::ElementsAre(1, 2));
  EXPECT_THAT(Named(3, 2), testing::ElementsAre(300, 301));
}

TEST_F(Open, IsMadeFromTheLogOfAFileOfFormat1) {
  for (const uint64_t seq : {1, 2, 3}) Add(seq, "a");
  Change(2, [](PushState* push) { push->set_open_attempt(true); });
  Change(3, [](PushState* push) { push->set_hold(PushState::VERIFY); });
  env_.reset();
  storage::v1::Format format;
  format.set_number(1);
  format.set_readable_from(1);
  std::string record;
  store::SealRecord(store::Table::kMeta, "format", format.SerializeAsString(), &record);
  support::PutRaw(path(), "meta", "format", record);
  support::DropTable(path(), "open");
  Reopen();
  EXPECT_THAT(Named(), testing::ElementsAre(2, 3));
}

}  // namespace
}  // namespace tideover::log
