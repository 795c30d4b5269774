// Watching: a snapshot, then every change, the swap of ids, and no gap after a reconnection.
#include "e2e/e2e_test.h"
#include "e2e/watch_log.h"

namespace tideover::e2e {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class WatchTest : public E2eTest {
 protected:
  void GoOffline() { app().SetNetwork(v1::NETWORK_SETTING_OFFLINE); }
  void GoOnline() { app().SetNetwork(v1::NETWORK_SETTING_AUTO); }

  static std::vector<std::string> ContentsOf(const std::vector<v1::Document>& documents) {
    std::vector<std::string> contents;
    for (const v1::Document& document : documents) contents.push_back(ContentOf(document));
    return contents;
  }
};

bool Shows(const v1::WatchChange& change, const std::string& content) {
  return change.has_document() && ContentOf(change.document()) == content;
}

TEST_F(WatchTest, ASnapshotComesFirstThenEveryChange) {
  StartDaemon();
  const std::string id = app().CreateSettled("milk");
  app().CreateSettled("bread");
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  EXPECT_THAT(ContentsOf(watch.snapshot()), UnorderedElementsAre("milk", "bread"));
  app().MutateAndSettle(UpdateOf(id, "oat milk"));
  EXPECT_TRUE(watch.WaitForChange([&](const v1::WatchChange& change) {
    return Shows(change, "oat milk") && !change.document().pending();
  }));
  app().Mutate(DeleteOf(id));
  EXPECT_TRUE(watch.WaitForChange([&](const v1::WatchChange& change) {
    return change.removed().id() == id && change.removed().reason() == v1::REMOVAL_REASON_DELETED;
  }));
}

TEST_F(WatchTest, AnEmptyCollectionHasAnEmptySnapshot) {
  StartDaemon();
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  EXPECT_THAT(watch.snapshot(), IsEmpty());
  app().Create("milk");
  EXPECT_TRUE(
      watch.WaitForChange([](const v1::WatchChange& change) { return Shows(change, "milk"); }));
}

TEST_F(WatchTest, TheSwapOfIdsNamesBoth) {
  StartDaemon();
  GoOffline();
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  const std::string provisional = app().Create("milk").document_id();
  ASSERT_TRUE(watch.WaitForChange([&](const v1::WatchChange& change) {
    return change.document().id() == provisional && change.document().provisional();
  }));
  GoOnline();
  ASSERT_TRUE(watch.WaitForChange(
      [&](const v1::WatchChange& change) { return change.previous_id() == provisional; }));
  const std::string chosen = backend().Documents().at(0).id;
  int swaps = 0;
  for (const v1::WatchChange& change : watch.changes()) {
    EXPECT_NE(change.removed().id(), provisional) << "a swap is no removal";
    if (change.previous_id().empty()) continue;
    ++swaps;
    EXPECT_EQ(change.document().id(), chosen);
    EXPECT_EQ(ContentOf(change.document()), "milk");
    EXPECT_FALSE(change.document().provisional());
  }
  EXPECT_EQ(swaps, 1);
}

TEST_F(WatchTest, ARollbackIsSeenExactlyOnce) {
  StartDaemon({.refetch_on_settle = false});
  const std::string id = app().CreateSettled("milk");
  app().Sync();
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  backend().AddFault(R"({"kind":"status_in_data","operation":"updateTodo","times":1})");
  ASSERT_EQ(app().MutateAndSettle(UpdateOf(id, "bread")).state(), v1::MUTATION_STATE_DEAD_LETTERED);
  backend().AddFault(R"({"kind":"status_in_data","operation":"addTodo","times":1})");
  const v1::MutationResult create = app().MutateAndSettle(CreateOf("butter"));
  ASSERT_EQ(create.state(), v1::MUTATION_STATE_DEAD_LETTERED);
  // A later change: what came before it has come.
  const std::string last = app().CreateSettled("last");
  ASSERT_TRUE(watch.WaitForChange([&](const v1::WatchChange& change) {
    return change.document().id() == last && !change.document().pending();
  }));
  int fell_back = 0;
  int removed = 0;
  bool optimistic = false;
  for (const v1::WatchChange& change : watch.changes()) {
    optimistic = optimistic || Shows(change, "bread");
    if (optimistic && Shows(change, "milk")) ++fell_back;
    if (change.removed().id() == create.document_id()) ++removed;
  }
  EXPECT_TRUE(optimistic);
  EXPECT_EQ(fell_back, 1);
  EXPECT_EQ(removed, 1);
}

TEST_F(WatchTest, AResumedWatchMissesNothing) {
  StartDaemon();
  const std::string kept = app().CreateSettled("kept");
  const std::string changed = app().CreateSettled("to change");
  const std::string removed = app().CreateSettled("to remove");
  std::string token;
  {
    WatchLog watch(app());
    ASSERT_TRUE(watch.WaitForSnapshot());
    token = watch.resume_token();
  }
  ASSERT_NE(token, "");
  app().MutateAndSettle(UpdateOf(changed, "changed"));
  app().MutateAndSettle(DeleteOf(removed));
  const std::string created = app().CreateSettled("new");

  v1::WatchRequest request;
  request.set_resume_token(token);
  WatchLog watch(app(), request);
  ASSERT_TRUE(watch.WaitForSnapshot()) << "tells when it is up to date";
  bool reset = false;
  for (const v1::WatchResponse& message : watch.messages()) reset = reset || message.has_reset();
  if (reset) {
    EXPECT_THAT(ContentsOf(watch.snapshot()), UnorderedElementsAre("kept", "changed", "new"));
    return;
  }
  std::vector<std::string> seen;
  for (const v1::WatchChange& change : watch.changes()) {
    EXPECT_NE(change.document().id(), kept) << "did not change";
    if (change.has_document()) seen.push_back(ContentOf(change.document()));
    if (change.has_removed()) {
      EXPECT_EQ(change.removed().id(), removed);
      seen.push_back("removed");
    }
  }
  EXPECT_THAT(seen, UnorderedElementsAre("changed", "new", "removed"));
}

TEST_F(WatchTest, ATokenOfBeforeTheRestartLeavesNoGap) {
  StartDaemon();
  app().CreateSettled("kept");
  const std::string removed = app().CreateSettled("to remove");
  std::string token;
  {
    WatchLog watch(app());
    ASSERT_TRUE(watch.WaitForSnapshot());
    token = watch.resume_token();
  }
  app().MutateAndSettle(DeleteOf(removed));
  daemon().Kill();
  daemon().Start();
  app().CreateSettled("new");

  v1::WatchRequest request;
  request.set_resume_token(token);
  WatchLog watch(app(), request);
  ASSERT_TRUE(watch.WaitForSnapshot());
  // Either everything again, or exactly what happened since.
  bool reset = false;
  bool told_of_removal = false;
  std::vector<std::string> seen = ContentsOf(watch.snapshot());
  for (const v1::WatchResponse& message : watch.messages()) reset = reset || message.has_reset();
  for (const v1::WatchChange& change : watch.changes()) {
    if (change.has_document()) seen.push_back(ContentOf(change.document()));
    told_of_removal = told_of_removal || change.removed().id() == removed;
  }
  EXPECT_THAT(seen, testing::Contains("new"));
  EXPECT_TRUE(reset || told_of_removal);
}

TEST_F(WatchTest, AWatchEndsUnavailableWhenTheDaemonStops) {
  StartDaemon();
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  EXPECT_EQ(daemon().Stop(), (support::Exit{.code = 0}));
  EXPECT_TRUE(watch.WaitForEnd());
  EXPECT_EQ(watch.Cancel().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(WatchTest, AFilterDecidesWhatIsSeenAndSaysWhenSomethingNoLongerMatches) {
  StartDaemon();
  const std::string id = app().CreateSettled("buy milk");
  app().CreateSettled("sleep");
  v1::WatchRequest request;
  request.set_filter(R"({"content":{"beginsWith":"buy"}})");
  WatchLog watch(app(), request);
  ASSERT_TRUE(watch.WaitForSnapshot());
  EXPECT_THAT(ContentsOf(watch.snapshot()), ElementsAre("buy milk"));
  app().Mutate(UpdateOf(id, "milk is there"));
  EXPECT_TRUE(watch.WaitForChange([&](const v1::WatchChange& change) {
    return change.removed().id() == id && change.removed().reason() == v1::REMOVAL_REASON_NO_MATCH;
  }));
  const std::string fresh = app().Create("buy bread").document_id();
  EXPECT_TRUE(watch.WaitForChange(
      [&](const v1::WatchChange& change) { return Shows(change, "buy bread"); }));
  for (const v1::WatchChange& change : watch.changes()) EXPECT_FALSE(Shows(change, "sleep"));
}

TEST_F(WatchTest, AWatchOfOneDocumentFollowsItsId) {
  StartDaemon();
  GoOffline();
  const std::string provisional = app().Create("milk").document_id();
  app().Create("not this one");
  v1::WatchRequest request;
  request.add_document_ids(provisional);
  WatchLog watch(app(), request);
  ASSERT_TRUE(watch.WaitForSnapshot());
  EXPECT_THAT(ContentsOf(watch.snapshot()), ElementsAre("milk"));
  GoOnline();
  EXPECT_TRUE(watch.WaitForChange(
      [&](const v1::WatchChange& change) { return change.previous_id() == provisional; }));
  app().WaitForOutboxEmpty();
  app().MutateAndSettle(UpdateOf(provisional, "oat milk"));
  EXPECT_TRUE(
      watch.WaitForChange([](const v1::WatchChange& change) { return Shows(change, "oat milk"); }));
  for (const v1::WatchChange& change : watch.changes()) {
    EXPECT_FALSE(Shows(change, "not this one"));
  }
}

TEST_F(WatchTest, AWatcherWhoDoesNotReadHoldsUpNobody) {
  StartDaemon();
  GoOffline();
  v1::WatchRequest request;
  request.set_collection(kTodos);
  grpc::ClientContext context;
  auto idle = app().connection().data().Watch(&context, request);
  const std::string text(20'000, 'x');
  for (int i = 0; i < 200; ++i) app().Create(text + std::to_string(i));
  EXPECT_THAT(app().All(), SizeIs(200));
  WatchLog other(app());
  EXPECT_TRUE(other.WaitForSnapshot());
  EXPECT_THAT(other.snapshot(), SizeIs(200));
  context.TryCancel();
  for (v1::WatchResponse message; idle->Read(&message);) {
  }
  idle->Finish();
}

TEST_F(WatchTest, ChangesOfOneAtomicCallComeTogether) {
  StartDaemon();
  GoOffline();
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  v1::MutateRequest request;
  *request.add_operations() = CreateOf("one");
  *request.add_operations() = CreateOf("two");
  v1::MutateResponse response;
  ASSERT_TRUE(app().TryMutate(request, &response).ok());
  ASSERT_TRUE(
      watch.WaitForChange([](const v1::WatchChange& change) { return Shows(change, "two"); }));
  EXPECT_THAT(watch.messages().back().changes().changes(), SizeIs(2));
}

}  // namespace
}  // namespace tideover::e2e
