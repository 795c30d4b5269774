// The plain backend with its oddities: refusals in the data, errors below what was committed, whole
// lists without versions. Degraded, never wrong.
#include "e2e/e2e_test.h"
#include "e2e/watch_log.h"

namespace tideover::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PlainTest : public E2eTest {
 protected:
  // One answer with statusCode "400" and nothing else.
  void RefuseOnce(const std::string& operation) {
    backend().AddFault(R"({"kind":"status_in_data","operation":")" + operation + R"(","times":1})");
  }
  void GoOffline() { app().SetNetwork(v1::NETWORK_SETTING_OFFLINE); }
  void GoOnline() { app().SetNetwork(v1::NETWORK_SETTING_AUTO); }
};

TEST_F(PlainTest, ARefusalInTheDataGoesToTheDeadLettersAndRollsBack) {
  StartDaemon();
  RefuseOnce("addTodo");
  const v1::MutationResult result = app().MutateAndSettle(CreateOf("milk"));
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_DEAD_LETTERED) << result.ShortDebugString();
  EXPECT_EQ(result.settlement().outcome(), v1::OUTCOME_REJECTED);
  EXPECT_EQ(result.settlement().error().error_class(), v1::ERROR_CLASS_REJECTED);
  EXPECT_THAT(app().All(), IsEmpty());
  EXPECT_THAT(backend().Documents(), IsEmpty());

  const v1::Mutation letter = app().Mutation(result.mutation_id());
  EXPECT_EQ(letter.state(), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_THAT(letter.last_error().message(), HasSubstr("400"));
  EXPECT_THAT(letter.patch_json(), HasSubstr("milk")) << "kept to the letter";
  EXPECT_EQ(app().Status().outbox().dead_lettered(), 1u);
  daemon().Restart();
  EXPECT_THAT(app().Mutations({v1::MUTATION_STATE_DEAD_LETTERED}), SizeIs(1));
}

TEST_F(PlainTest, ADeadLetterThatIsRetriedComesBackAndSettles) {
  StartDaemon();
  RefuseOnce("addTodo");
  const v1::MutationResult result = app().MutateAndSettle(CreateOf("milk"));
  ASSERT_EQ(result.state(), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_TRUE(app().TryRetry(result.mutation_id()).ok());
  EXPECT_EQ(app().WaitForState(result.mutation_id(), v1::MUTATION_STATE_SETTLED).outcome(),
            v1::OUTCOME_CONFIRMED);
  EXPECT_THAT(backend().Contents(), ElementsAre("milk"));
  ExpectInView({"milk"});
}

TEST_F(PlainTest, DependantsOfARefusedCreateAreHeldShownAndGoWithIt) {
  StartDaemon();
  GoOffline();
  const v1::MutationResult create = app().Create("milk");
  // With a scope, so that it is not sent as one write with the create.
  v1::Operation patch = UpdateOf(create.document_id(), "oat milk");
  patch.set_scope("kitchen");
  const v1::MutationResult update = app().Mutate(patch);
  RefuseOnce("addTodo");
  GoOnline();
  app().WaitForState(create.mutation_id(), v1::MUTATION_STATE_DEAD_LETTERED);
  app().Create("bread");
  const v1::Mutation held = app().WaitForState(update.mutation_id(), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(held.hold_reason(), v1::HOLD_REASON_DEPENDENCY);
  EXPECT_THAT(held.depends_on(), ElementsAre(create.mutation_id()));
  EXPECT_NE(held.explanation(), "");
  EXPECT_THAT(app().Mutation(create.mutation_id()).dependants(), ElementsAre(update.mutation_id()));
  ExpectAtBackend({"bread"});
  ExpectInView({"bread"});

  const grpc::Status refused = app().TryDiscard(create.mutation_id());
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(app().Explain(refused).reason, v1::ERROR_REASON_MUTATION_HAS_DEPENDANTS);
  const grpc::Status discarded = app().TryDiscard(create.mutation_id(), true);
  EXPECT_TRUE(discarded.ok()) << discarded.error_message();
  EXPECT_THAT(app().Mutations(), IsEmpty());
  EXPECT_EQ(app().Mutation(update.mutation_id()).outcome(), v1::OUTCOME_DISCARDED);
  EXPECT_THAT(backend().Contents(), ElementsAre("bread"));
}

TEST_F(PlainTest, ARetriedCreateTakesItsDependantsAlong) {
  StartDaemon();
  GoOffline();
  const v1::MutationResult create = app().Create("milk");
  v1::Operation patch = UpdateOf(create.document_id(), "oat milk");
  patch.set_scope("kitchen");
  const v1::MutationResult update = app().Mutate(patch);
  RefuseOnce("addTodo");
  GoOnline();
  app().WaitForState(update.mutation_id(), v1::MUTATION_STATE_HELD);
  EXPECT_TRUE(app().TryRetry(create.mutation_id()).ok());
  app().WaitForState(update.mutation_id(), v1::MUTATION_STATE_SETTLED);
  EXPECT_THAT(backend().Contents(), ElementsAre("oat milk"));
  ExpectInView({"oat milk"});
}

TEST_F(PlainTest, ARefusedUpdateGivesWayToWhatTheServerHas) {
  StartDaemon();
  const std::string id = app().CreateSettled("milk");
  RefuseOnce("updateTodo");
  const v1::MutationResult result = app().MutateAndSettle(UpdateOf(id, "bread"));
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_EQ(app().ContentAt(id), "milk");
  const v1::MutationResult next = app().MutateAndSettle(UpdateOf(id, "butter"));
  EXPECT_EQ(next.state(), v1::MUTATION_STATE_SETTLED) << "the document is not stuck";
  EXPECT_THAT(backend().Contents(), ElementsAre("butter"));
}

TEST_F(PlainTest, ARefusedDeleteBringsTheDocumentBack) {
  StartDaemon();
  const std::string id = app().CreateSettled("milk");
  RefuseOnce("deleteTodo");
  const v1::MutationResult result = app().MutateAndSettle(DeleteOf(id));
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_EQ(app().ContentAt(id), "milk");
}

TEST_F(PlainTest, ErrorsBelowACommittedFieldAreNoFailure) {
  // Whoever selects these gets errors, and the write is done all the same.
  StartDaemon(
      {.update =
           R"({ field = "updateTodo", arguments = ["_id", "content"], )"
           R"(select = "statusCode count todo { _id content }", ok = { "/statusCode" = "200" } })",
       .remove = R"({ field = "deleteTodo", arguments = ["_id"], )"
                 R"(select = "statusCode count deletedId", ok = { "/statusCode" = "200" } })"});
  const std::string id = app().CreateSettled("milk");
  const v1::MutationResult update = app().MutateAndSettle(UpdateOf(id, "bread"));
  EXPECT_EQ(update.settlement().outcome(), v1::OUTCOME_CONFIRMED) << update.ShortDebugString();
  EXPECT_EQ(app().ContentAt(id), "bread");
  EXPECT_THAT(backend().Contents(), ElementsAre("bread"));
  const v1::MutationResult removal = app().MutateAndSettle(DeleteOf(id));
  EXPECT_EQ(removal.settlement().outcome(), v1::OUTCOME_CONFIRMED) << removal.ShortDebugString();
  EXPECT_THAT(backend().Documents(), IsEmpty());
}

TEST_F(PlainTest, TheWholeListIsCompared) {
  StartDaemon();
  const std::string id = backend().Insert("milk");
  backend().Insert("bread");
  app().Sync();
  EXPECT_THAT(app().Contents(), ElementsAre("bread", "milk"));
  backend().Change(id, "oat milk");
  app().Sync();
  EXPECT_EQ(app().ContentAt(id), "oat milk");
  backend().Remove(id);
  app().Sync();
  EXPECT_THAT(app().Contents(), ElementsAre("bread")) << "deleted by absence";
}

TEST_F(PlainTest, AnEmptyListIsEmpty) {
  StartDaemon();
  app().Sync();
  const std::string id = backend().Insert("milk");
  app().Sync();
  ASSERT_THAT(app().All(), SizeIs(1));
  backend().Remove(id);
  app().Sync();
  EXPECT_THAT(app().All(), IsEmpty());
}

TEST_F(PlainTest, ANullListIsNotEmpty) {
  StartDaemon();
  backend().Insert("milk");
  app().Sync();
  for (const char* fault : {R"({"kind":"null_list","times":1})",
                            R"({"kind":"status_in_data","operation":"listTodo","times":1})",
                            R"({"kind":"null_answer","operation":"listTodo","times":1})",
                            R"({"kind":"lambda_error","operation":"listTodo","times":1})",
                            R"({"kind":"html","operation":"listTodo","times":1})",
                            R"({"kind":"truncated","operation":"listTodo","times":1})"}) {
    const int64_t id = backend().AddFault(fault);
    app().TrySync();  // may go well by a second attempt
    EXPECT_EQ(backend().HitsOf(id), 1) << fault;
    EXPECT_THAT(app().Contents(), ElementsAre("milk")) << fault;
  }
}

TEST_F(PlainTest, AListThatWasReadBeforeOwnWritesSettledUndoesNothing) {
  StartDaemon({.refetch_on_settle = false});
  const std::string changed = app().CreateSettled("to change");
  const std::string removed = app().CreateSettled("to remove");
  app().Sync();
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  // The server reads the list now and the answer comes when all of the below has settled.
  const int64_t lists = backend().CountsOf("listTodo").executed;
  backend().AddFault(
      R"({"kind":"delay","operation":"listTodo","ms":1500,"when":"after","times":1})");
  std::thread sync([&] { app().Sync(); });
  ASSERT_TRUE(Eventually([&] { return backend().CountsOf("listTodo").executed > lists; }));
  const std::string created = app().CreateSettled("new");
  EXPECT_EQ(app().MutateAndSettle(UpdateOf(changed, "changed")).state(),
            v1::MUTATION_STATE_SETTLED);
  EXPECT_EQ(app().MutateAndSettle(DeleteOf(removed)).state(), v1::MUTATION_STATE_SETTLED);
  const size_t settled_before = watch.changes().size();
  sync.join();

  EXPECT_THAT(app().Contents(), ElementsAre("changed", "new"));
  app().Sync();
  EXPECT_THAT(app().Contents(), ElementsAre("changed", "new"));
  const auto changes = watch.changes();
  for (size_t i = settled_before; i < changes.size(); ++i) {
    EXPECT_NE(changes[i].removed().id(), created) << "flickered away";
    EXPECT_NE(changes[i].document().id(), removed) << "rose again";
    if (changes[i].document().id() == changed) {
      EXPECT_EQ(ContentOf(changes[i].document()), "changed") << "fell back";
    }
  }
}

TEST_F(PlainTest, AListDoesNotTouchWhatIsPending) {
  StartDaemon();
  const std::string id = app().CreateSettled("milk");
  backend().AddFault(R"({"kind":"lambda_delay","operation":"updateTodo","ms":700,"times":1})");
  const v1::MutationResult update = app().Mutate(UpdateOf(id, "bread"));
  app().WaitForState(update.mutation_id(), v1::MUTATION_STATE_IN_FLIGHT);
  backend().Change(id, "another writer's");
  app().Sync();
  EXPECT_EQ(app().ContentAt(id), "bread") << "ours is folded over what the server had";
  app().WaitForOutboxEmpty();
  ExpectAtBackend({"bread"});
  EXPECT_EQ(app().ContentAt(id), "bread");
}

TEST_F(PlainTest, SettledWritesBringTheListAgain) {
  StartDaemon();
  app().Sync();
  backend().Insert("another writer's");
  app().CreateSettled("ours");
  ExpectInView({"another writer's", "ours"});
}

TEST_F(PlainTest, PollingFindsAnotherWritersChanges) {
  StartDaemon({.poll_interval = "100ms"});
  WatchLog watch(app());
  ASSERT_TRUE(watch.WaitForSnapshot());
  const std::string id = backend().Insert("milk");
  EXPECT_TRUE(watch.WaitForChange(
      [&](const v1::WatchChange& change) { return change.document().id() == id; }));
  backend().Remove(id);
  EXPECT_TRUE(watch.WaitForChange(
      [&](const v1::WatchChange& change) { return change.removed().id() == id; }));
}

TEST_F(PlainTest, WithoutPollingNothingIsFetchedByItself) {
  StartDaemon();
  app().Sync();
  backend().ClearCounts();
  app().All();
  app().Get("0123456789abcdef01234567");
  EXPECT_EQ(backend().CountsOf("listTodo").requested, 0);
}

TEST_F(PlainTest, AReaderOfStaleDataGetsItAtOnceAndTheListBehindIt) {
  StartDaemon({.stale_time = "1ms"});
  app().Sync();
  backend().Insert("milk");
  v1::QueryRequest request;
  request.set_collection(kTodos);
  request.set_policy(v1::READ_POLICY_CACHE_FIRST);
  v1::QueryResponse response;
  ASSERT_TRUE(app().connection().data().Query(Deadline(), request, &response).ok());
  EXPECT_TRUE(response.stale());
  ExpectInView({"milk"});
}

TEST_F(PlainTest, NetworkFirstWaitsForTheList) {
  StartDaemon();
  app().Sync();
  const std::string id = backend().Insert("milk");
  v1::GetRequest request;
  request.set_collection(kTodos);
  request.set_document_id(id);
  request.set_policy(v1::READ_POLICY_NETWORK_FIRST);
  v1::GetResponse response;
  const grpc::Status status = app().connection().data().Get(Deadline(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_FALSE(response.stale());
}

TEST_F(PlainTest, TheFirstReaderOfACollectionWaitsForItsFirstList) {
  backend().Insert("milk");
  StartDaemon();
  v1::QueryRequest request;
  request.set_collection(kTodos);
  v1::QueryResponse response;
  ASSERT_TRUE(app().connection().data().Query(Deadline(), request, &response).ok());
  EXPECT_EQ(response.documents_size(), 1);
  EXPECT_TRUE(response.has_fetched_at());
}

TEST_F(PlainTest, AnUpdateOfWhatTheServerNoLongerHasEndsInTheServersPicture) {
  StartDaemon({.refetch_on_settle = false});
  const std::string id = app().CreateSettled("milk");
  backend().Remove(id);
  // The server answers 200 and changes nothing; only the next list tells.
  const v1::MutationResult result = app().MutateAndSettle(UpdateOf(id, "bread"));
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_SETTLED) << result.ShortDebugString();
  app().Sync();
  EXPECT_THAT(app().All(), IsEmpty());
  EXPECT_THAT(backend().Documents(), IsEmpty());
}

TEST_F(PlainTest, ADeleteOfWhatIsGoneSettles) {
  // No list tells of the removal before the delete is made.
  StartDaemon({.refetch_on_settle = false});
  const std::string id = app().CreateSettled("milk");
  backend().Remove(id);
  EXPECT_EQ(app().MutateAndSettle(DeleteOf(id)).settlement().outcome(), v1::OUTCOME_CONFIRMED);
  EXPECT_THAT(app().All(), IsEmpty());
}

}  // namespace
}  // namespace tideover::e2e
