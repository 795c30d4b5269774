#include "view/change_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace tideover::view {
namespace {

CommitNotice Changed(uint64_t commit, const std::vector<std::string>& ids) {
  CommitNotice notice;
  notice.commit = commit;
  for (const std::string& id : ids) notice.changes.push_back({1, id, {}});
  return notice;
}

std::vector<std::string> Ids(const FeedBatch& batch) {
  std::vector<std::string> ids;
  for (const Change& change : batch.changes) {
    ids.push_back(change.previous_id.empty() ? change.id : change.previous_id + ">" + change.id);
  }
  return ids;
}

TEST(ChangeFeedTest, FoldsChangesOfOneDocumentIntoOne) {
  ChangeFeed feed(0);
  const auto watcher = feed.Subscribe([] {});
  feed.Publish(Changed(1, {"b", "a"}));
  feed.Publish(Changed(2, {"a", "c"}));
  CommitNotice other = Changed(3, {});
  other.changes.push_back({2, "a", {}});
  feed.Publish(other);
  const FeedBatch batch = watcher->Take();
  EXPECT_EQ(batch.commit, 3u);
  EXPECT_THAT(Ids(batch), testing::ElementsAre("b", "a", "c", "a"));
  feed.Publish(Changed(4, {"a"}));
  EXPECT_THAT(Ids(watcher->Take()), testing::ElementsAre("a")) << "dirty anew";
  EXPECT_TRUE(watcher->Take().changes.empty());
}

TEST(ChangeFeedTest, KeepsTheIdThatWasReplaced) {
  ChangeFeed feed(0);
  const auto watcher = feed.Subscribe([] {});
  feed.Publish(Changed(1, {"s1", "local-a"}));
  CommitNotice renamed = Changed(2, {"s1"});
  renamed.changes[0].previous_id = "local-a";
  feed.Publish(renamed);
  feed.Publish(Changed(3, {"s1"}));
  EXPECT_THAT(Ids(watcher->Take()), testing::ElementsAre("s1", "local-a", "local-a>s1"));
}

TEST(ChangeFeedTest, PassesOnWhatBecameOfMutations) {
  ChangeFeed feed(0);
  const auto watcher = feed.Subscribe([] {});
  CommitNotice notice;
  notice.commit = 1;
  notice.enqueued.push_back({1, 1, "a", "s"});
  notice.settled.push_back({2, 1, "a", log::SettledEntry::CONFIRMED, {}});
  notice.holds.push_back({3, 1, "a", {}, log::PushState::VERIFY});
  feed.Publish(notice);
  const FeedBatch batch = watcher->Take();
  EXPECT_EQ(batch.enqueued.at(0).scope, "s");
  EXPECT_EQ(batch.settled.at(0).seq, 2u);
  EXPECT_EQ(batch.holds.at(0).hold, log::PushState::VERIFY);
}

TEST(ChangeFeedTest, WakesOncePerTake) {
  ChangeFeed feed(0);
  int woken = 0;
  const auto watcher = feed.Subscribe([&] { ++woken; });
  feed.Publish(Changed(1, {}));
  EXPECT_EQ(woken, 0) << "nothing to take";
  feed.Publish(Changed(2, {"a"}));
  feed.Publish(Changed(3, {"b"}));
  EXPECT_EQ(woken, 1);
  watcher->Take();
  feed.Publish(Changed(4, {"c"}));
  EXPECT_EQ(woken, 2);
}

TEST(ChangeFeedTest, AnEndedSubscriptionIsLeftAlone) {
  ChangeFeed feed(0);
  int woken = 0;
  auto watcher = feed.Subscribe([&] { ++woken; });
  watcher.reset();
  feed.Publish(Changed(1, {"a"}));
  EXPECT_EQ(woken, 0);
}

TEST(ChangeFeedTest, ResumesWithoutAGap) {
  ChangeFeed feed(10);
  feed.Publish(Changed(11, {"a"}));
  feed.Publish(Changed(12, {"b"}));
  feed.Publish(Changed(13, {}));
  feed.Publish(Changed(14, {"c"}));
  const struct {
    uint64_t after;
    std::vector<std::string> ids;
  } table[] = {{10, {"a", "b", "c"}}, {11, {"b", "c"}}, {12, {"c"}}, {13, {"c"}}, {14, {}}};
  for (const auto& row : table) {
    const auto watcher = feed.Resume(row.after, [] {});
    ASSERT_NE(watcher, nullptr) << row.after;
    const FeedBatch batch = watcher->Take();
    EXPECT_EQ(Ids(batch), row.ids) << row.after;
    EXPECT_EQ(batch.commit, 14u);
  }
  const auto watcher = feed.Resume(12, [] {});
  feed.Publish(Changed(15, {"c", "d"}));
  EXPECT_THAT(Ids(watcher->Take()), testing::ElementsAre("c", "d"));
}

TEST(ChangeFeedTest, DoesNotResumeFromBeforeItBeganOrFromTheFuture) {
  ChangeFeed feed(10);
  feed.Publish(Changed(11, {"a"}));
  EXPECT_EQ(feed.Resume(9, [] {}), nullptr);
  EXPECT_EQ(feed.Resume(12, [] {}), nullptr) << "another daemon's token";
  feed.Publish(Changed(12, {"b"}));
}

TEST(ChangeFeedTest, DoesNotResumeBeyondTheCommitsItRemembers) {
  ChangeFeed feed(0);
  for (uint64_t commit = 1; commit <= kRingCommitsMax + 3; ++commit) {
    feed.Publish(Changed(commit, {"a"}));
  }
  EXPECT_EQ(feed.Resume(2, [] {}), nullptr);
  const auto watcher = feed.Resume(3, [] {});
  ASSERT_NE(watcher, nullptr);
  EXPECT_THAT(Ids(watcher->Take()), testing::ElementsAre("a"));
}

std::vector<std::string> ManyIds(size_t n, const std::string& prefix) {
  std::vector<std::string> ids;
  for (size_t i = 0; i < n; ++i) ids.push_back(prefix + std::to_string(i));
  return ids;
}

TEST(ChangeFeedTest, DoesNotResumeBeyondTheKeysItRemembers) {
  ChangeFeed feed(0);
  feed.Publish(Changed(1, ManyIds(kRingKeysMax / 2, "a")));
  CommitNotice settled;
  settled.commit = 2;
  settled.settled.resize(kRingKeysMax / 2);
  feed.Publish(settled);
  EXPECT_NE(feed.Resume(0, [] {}), nullptr);
  feed.Publish(Changed(3, {"b"}));
  EXPECT_EQ(feed.Resume(0, [] {}), nullptr) << "mutations count as well as documents";
  EXPECT_NE(feed.Resume(1, [] {}), nullptr);
}

TEST(ChangeFeedTest, ASlowWatcherIsToldToStartAnew) {
  ChangeFeed feed(0);
  int woken = 0;
  const auto watcher = feed.Subscribe([&] { ++woken; });
  feed.Publish(Changed(1, ManyIds(kDirtyKeysMax, "a")));
  feed.Publish(Changed(2, {"one more"}));
  feed.Publish(Changed(3, {"and one"}));
  EXPECT_EQ(woken, 1);
  const FeedBatch batch = watcher->Take();
  EXPECT_TRUE(batch.overflow);
  EXPECT_TRUE(batch.changes.empty());
  EXPECT_EQ(batch.commit, 3u);
  feed.Publish(Changed(4, {"b"}));
  const FeedBatch next = watcher->Take();
  EXPECT_FALSE(next.overflow);
  EXPECT_THAT(Ids(next), testing::ElementsAre("b"));
}

TEST(ChangeFeedTest, KnowsTheLastCommitAlsoOfEmptyNotices) {
  ChangeFeed feed(5);
  EXPECT_EQ(feed.last_commit(), 5u);
  feed.Publish(Changed(6, {}));
  EXPECT_EQ(feed.last_commit(), 6u);
  EXPECT_EQ(feed.Subscribe([] {})->Take().commit, 6u);
}

// The writer publishes while watchers come, take and go: for the thread sanitizer.
TEST(ChangeFeedTest, WatchersComeAndGoWhileTheWriterPublishes) {
  ChangeFeed feed(0);
  std::thread writer([&] {
    for (uint64_t commit = 1; commit <= 2000; ++commit) feed.Publish(Changed(commit, {"a"}));
  });
  uint64_t seen = 0;
  while (seen < 2000) {
    auto watcher = feed.Resume(seen, [] {});
    ASSERT_NE(watcher, nullptr);
    const FeedBatch batch = watcher->Take();
    EXPECT_EQ(batch.changes.empty(), batch.commit == seen) << "no gap, nothing twice";
    seen = batch.commit;
  }
  writer.join();
}

}  // namespace
}  // namespace tideover::view
