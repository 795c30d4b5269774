// What names other documents: references between documents that the server has not named yet, and
// custom operations (Invoke), whose arguments may name them, too.
#include "e2e/e2e_test.h"

namespace tideover::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A second collection of the same backend, whose content is the id of a to-do.
constexpr const char* kNotes = R"(
[collections.notes]
id = "_id"
references = { content = "todos" }
list = { field = "listTodo", items = "/todoList", ok = { "/statusCode" = "200" } }
create = { field = "addTodo", arguments = ["content"], document = "/todo", select = "statusCode todo { _id content }", ok = { "/statusCode" = "200" } }
)";

class ReferencesTest : public E2eTest {
 protected:
  void StartOffline() {
    StartDaemon({.more = kNotes});
    app().SetNetwork(v1::NETWORK_SETTING_OFFLINE);
  }
  void GoOnline() { app().SetNetwork(v1::NETWORK_SETTING_AUTO); }

  v1::MutationResult CreateNote(const std::string& todo_id) {
    v1::Operation note = CreateOf(todo_id);
    note.set_collection("notes");
    return app().Mutate(std::move(note));
  }
  // The second names the first as the server does.
  void ExpectTodoAndItsNote() {
    const std::vector<StoredTodo> stored = backend().Documents();
    ASSERT_EQ(stored.size(), 2u);
    EXPECT_EQ(stored[0].content, "milk");
    EXPECT_EQ(stored[1].content, stored[0].id);
  }
  grpc::Status TryInvoke(const v1::InvokeRequest& request, v1::MutationResult* result) {
    v1::InvokeResponse response;
    const grpc::Status status = app().connection().data().Invoke(Deadline(), request, &response);
    *result = response.result();
    return status;
  }
  v1::MutationResult Invoke(const v1::InvokeRequest& request) {
    v1::MutationResult result;
    const grpc::Status status = TryInvoke(request, &result);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return result;
  }
};

v1::InvokeRequest AddTodo(const std::string& content) {
  v1::InvokeRequest request;
  request.set_operation("addTodo");
  request.set_arguments_json(TodoJson(content));
  return request;
}

TEST_F(ReferencesTest, AreWrittenWithTheServersId) {
  StartOffline();
  const std::string todo = app().Create("milk").document_id();
  CreateNote(todo);
  daemon().Kill();
  daemon().Start();
  GoOnline();
  app().WaitForOutboxEmpty();
  ExpectTodoAndItsNote();
}

TEST_F(ReferencesTest, ToARefusedDocumentHoldUntilItIsRetried) {
  StartOffline();
  backend().AddFault(R"({"kind":"status_in_data","operation":"addTodo","times":1})");
  const v1::MutationResult todo = app().Create("milk");
  const v1::MutationResult note = CreateNote(todo.document_id());
  GoOnline();
  const v1::Mutation held = app().WaitForState(note.mutation_id(), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(held.hold_reason(), v1::HOLD_REASON_DEPENDENCY);
  EXPECT_THAT(held.depends_on(), ElementsAre(todo.mutation_id()));
  EXPECT_THAT(backend().Documents(), IsEmpty());

  ASSERT_TRUE(app().TryRetry(todo.mutation_id()).ok());
  app().WaitForOutboxEmpty();
  ExpectTodoAndItsNote();
}

TEST_F(ReferencesTest, InArgumentsOfAnInvokeAreWrittenToo) {
  StartOffline();
  const std::string todo = app().Create("milk").document_id();
  Invoke(AddTodo(todo));
  GoOnline();
  app().WaitForOutboxEmpty();
  ExpectTodoAndItsNote();
}

TEST_F(ReferencesTest, AnInvokeIsQueuedAndItsEffectsShowUntilItSettles) {
  StartOffline();
  v1::InvokeRequest request = AddTodo("milk");
  *request.add_optimistic_effects() = CreateOf("milk");
  const v1::MutationResult result = Invoke(request);
  EXPECT_THAT(app().Contents(), ElementsAre("milk"));
  EXPECT_THAT(backend().Documents(), IsEmpty());
  daemon().Kill();
  daemon().Start();
  EXPECT_THAT(app().Contents(), ElementsAre("milk"));
  GoOnline();
  app().WaitForOutboxEmpty();
  ExpectAtBackend({"milk"});
  ExpectInView({"milk"});
  const v1::Mutation settled = app().Mutation(result.mutation_id());
  EXPECT_EQ(settled.outcome(), v1::OUTCOME_CONFIRMED) << settled.ShortDebugString();
}

TEST_F(ReferencesTest, ARefusedInvokeTakesItsEffectsBack) {
  StartOffline();
  backend().AddFault(R"({"kind":"status","status":403,"operation":"addTodo","times":1})");
  v1::InvokeRequest request = AddTodo("milk");
  *request.add_optimistic_effects() = CreateOf("milk");
  const v1::MutationResult result = Invoke(request);
  GoOnline();
  app().WaitForState(result.mutation_id(), v1::MUTATION_STATE_DEAD_LETTERED);
  EXPECT_THAT(app().Contents(), IsEmpty());
  EXPECT_THAT(backend().Documents(), IsEmpty());
}

TEST_F(ReferencesTest, OneWhoseAnswerIsLostIsHeldForAPerson) {
  StartDaemon();
  backend().AddFault(R"({"kind":"lost_answer","operation":"addTodo","times":1})");
  const v1::MutationResult result = Invoke(AddTodo("milk"));
  const v1::Mutation held = app().WaitForState(result.mutation_id(), v1::MUTATION_STATE_HELD);
  EXPECT_EQ(held.hold_reason(), v1::HOLD_REASON_AMBIGUOUS);
  EXPECT_THAT(backend().Contents(), ElementsAre("milk")) << "never twice by itself";
}

TEST_F(ReferencesTest, TheCommandLinePrintsWhatAnOperationAnswered) {
  StartDaemon();
  const support::Finished done =
      daemon().Cli({"invoke", "addTodo", R"({"content":"milk"})", "--wait"});
  EXPECT_EQ(done.exit.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("milk"));
  ExpectAtBackend({"milk"});
}

TEST_F(ReferencesTest, WhatTheBackendDoesNotOfferIsRefusedByName) {
  StartDaemon();
  const support::Finished unknown = daemon().Cli({"invoke", "adTodo", "{}"});
  EXPECT_EQ(unknown.exit.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean \"addTodo\""));
  const support::Finished missing = daemon().Cli({"invoke", "addTodo", "{}"});
  EXPECT_EQ(missing.exit.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("content"));
  EXPECT_THAT(app().Mutations(), IsEmpty());
}

}  // namespace
}  // namespace tideover::e2e
