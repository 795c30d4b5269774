// How mutations share a request, by aliases and by batch operations, and how far.
#include "appsync/push_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "appsync/answer.h"
#include "appsync/classify_shared.h"
#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using sync::Mutation;
using enum sync::PushClass;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint32_t kTodos = 1;
constexpr uint32_t kProject = 2;
constexpr uint32_t kNotes = 3;

// Notes: versions, ids made here, and a batch operation whose items hold everything.
CollectionBinding NotesBinding() {
  const auto operation = [](const std::string& field, std::vector<std::string> arguments) {
    OperationSource source;
    source.where = "t.toml:1:1: collections.notes." + field;
    source.field = field;
    source.arguments = std::move(arguments);
    source.select = "id text _version";
    return source;
  };
  CollectionSource source;
  source.where = "t.toml:1:1: collections.notes";
  source.name = "notes";
  source.ids = doors::IdMode::kClientUuid;
  source.version_field = "_version";
  source.list = operation("listNotes", {});
  source.list->select = "items { id text _version }";
  source.create = operation("createNote", {"id: ID!", "text: String"});
  source.update = operation("updateNote", {"id: ID!", "text: String", "_version: Int"});
  source.remove = operation("deleteNote", {"id: ID!", "_version: Int"});
  source.batch.emplace();
  source.batch->operation = operation("applyNotes", {"writes: [NoteWrite!]!"});
  source.batch->operation.select = "results { status reason note { id text _version } }";
  source.batch->operation.ok = {{"/status", "ok"}};
  source.batch->conflict = {{"/status", "conflict"}};
  source.batch->retry = {{"/status", "busy"}};
  source.batch->mutation_member = "mutationId";
  source.batch->results = "/results";
  source.batch->error = "/reason";
  const auto bound = BindCollection(source, nullptr);
  TIDEOVER_CHECK(bound.ok(), std::string(bound.status().message()));
  return *bound;
}

OperationBinding InviteBinding() {
  OperationSource source;
  source.where = "t.toml:1:1: operations.sendInvite";
  source.field = "sendInvite";
  source.arguments = {"email: String!", "extra: AWSJSON"};
  source.may_be_scalar = true;
  const auto bound = BindInvoke(source, {"Declined"}, nullptr);
  TIDEOVER_CHECK(bound.ok(), std::string(bound.status().message()));
  return *bound;
}

sync::PushRequest Request(uint32_t collection, Mutation::Kind kind, const std::string& id,
                          std::string_view change = "{}") {
  sync::PushRequest request;
  request.mutation.set_collection(collection);
  request.mutation.set_kind(kind);
  request.mutation.set_document_id(id);
  request.mutation.set_mutation_id("mutation-" + id);
  request.change = ParsedJson(change);
  return request;
}

sync::PushRequest Invoke(const std::string& name, const std::string& json) {
  sync::PushRequest request;
  request.mutation.set_kind(Mutation::INVOKE);
  request.mutation.set_operation(name);
  request.mutation.set_json(json);
  return request;
}

Verdict Confirmed(std::string_view data) {
  Verdict verdict;
  verdict.outcome = kConfirmed;
  verdict.error.http_status = 200;
  verdict.data = ParsedJson(data);
  return verdict;
}

class PushPlanTest : public ::testing::Test {
 protected:
  // What is sent for the requests.
  json::Value Sent(const std::vector<sync::PushRequest>& requests) {
    PushPlan plan(targets_, requests);
    return ParsedJson(WriteRequest(plan.TakeCalls()));
  }
  std::string Variables(const std::vector<sync::PushRequest>& requests) {
    return json::Write(*Sent(requests).Find("variables"));
  }
  std::vector<sync::PushResult> Read(const std::vector<sync::PushRequest>& requests,
                                     std::vector<Verdict> verdicts) {
    PushPlan plan(targets_, requests);
    return plan.Read(std::move(verdicts));
  }
  sync::PushResult ReadInvoked(Verdict verdict) {
    return Read({Invoke("sendInvite", R"({"email":"a@b.c"})")}, {std::move(verdict)}).at(0);
  }
  size_t Fit(const std::vector<sync::PushRequest>& requests) {
    return CountThatFit(targets_, requests);
  }

  const Targets targets_{Bindings{{TodoBinding(), ProjectBinding(), NotesBinding()},
                                  {{"sendInvite", InviteBinding()}}},
                         {{"todos", kTodos}, {"Project", kProject}, {"notes", kNotes}}};
};

TEST_F(PushPlanTest, CreatesWhoseIdsTheServerChoosesShareWithOthers) {
  const std::vector<sync::PushRequest> requests = {
      Request(kTodos, Mutation::CREATE, "local-1", R"({"content":"milk"})"),
      Request(kProject, Mutation::DELETE, "p1"), Request(kTodos, Mutation::DELETE, "6b02")};
  EXPECT_EQ(Fit(requests), 3u);
  EXPECT_EQ(Variables(requests), R"({"m0_content":"milk","m1_input":{"id":"p1"},"m2__id":"6b02"})");
}

TEST_F(PushPlanTest, TokensAreBounded) {
  const std::vector<sync::PushRequest> many(
      1000, Request(kProject, Mutation::UPDATE, "p", R"({"name":"n"})"));
  const size_t fit = Fit(many);
  ASSERT_LT(fit, many.size());
  ASSERT_GT(fit, 300u);
  PushPlan most(targets_, {many.begin(), many.begin() + static_cast<ptrdiff_t>(fit)});
  EXPECT_LE(CountTokens(WriteOperations(most.TakeCalls())), kQueryTokensMax);
  const size_t each = kQueryTokensMax / fit;
  PushPlan over(targets_, {many.begin(), many.begin() + static_cast<ptrdiff_t>(fit) + 1});
  EXPECT_GT(CountTokens(WriteOperations(over.TakeCalls())) + each, kQueryTokensMax)
      << "no room is wasted";
}

TEST_F(PushPlanTest, BytesAreBoundedAndOneAlwaysFits) {
  const auto sized = [](size_t bytes) {
    return Request(kTodos, Mutation::CREATE, "x",
                   "{\"content\":\"" + std::string(bytes, 'x') + "\"}");
  };
  const std::vector<sync::PushRequest> many(20, sized(kSharedBytesMax / 10));
  const size_t fit = Fit(many);
  EXPECT_EQ(fit, 9u);
  PushPlan plan(targets_, {many.begin(), many.begin() + 9});
  EXPECT_LE(WriteRequest(plan.TakeCalls()).size(), kSharedBytesMax);
  EXPECT_EQ(Fit({sized(2 * kSharedBytesMax), sized(1)}), 1u);
  EXPECT_EQ(Fit({sized(1), sized(2 * kSharedBytesMax)}), 1u);
}

TEST_F(PushPlanTest, AnInvokeTravelsAlone) {
  const auto create = Request(kTodos, Mutation::CREATE, "x", R"({"content":"milk"})");
  const auto invoke = Invoke("sendInvite", R"({"email":"a@b.c"})");
  EXPECT_EQ(Fit({invoke, create}), 1u);
  EXPECT_EQ(Fit({create, create, invoke, create}), 2u);
}

TEST_F(PushPlanTest, AnUpdateCarriesTheVersionItWasMadeOn) {
  auto update = Request(kNotes, Mutation::UPDATE, "n1", R"({"text":"t"})");
  EXPECT_EQ(Variables({update}), R"({"id":"n1","text":"t"})") << "none is known";
  update.base_version = 7;
  EXPECT_EQ(Variables({update}), R"({"id":"n1","text":"t","_version":7})");
  auto remove = Request(kNotes, Mutation::DELETE, "n1");
  remove.base_version = 8;
  EXPECT_EQ(Variables({remove}), R"({"id":"n1","_version":8})");
  auto create = Request(kNotes, Mutation::CREATE, "n1", R"({"id":"n1","text":"t"})");
  create.base_version = 9;
  EXPECT_EQ(Variables({create}), R"({"id":"n1","text":"t"})");
}

TEST_F(PushPlanTest, ARunOfOneCollectionGoesByItsBatchOperation) {
  auto update = Request(kNotes, Mutation::UPDATE, "n2", R"({"text":"b"})");
  update.base_version = 3;
  const std::vector<sync::PushRequest> requests = {
      Request(kNotes, Mutation::CREATE, "n1", R"({"id":"n1","text":"a"})"), update,
      Request(kNotes, Mutation::DELETE, "n3")};
  EXPECT_EQ(Fit(requests), 3u);
  const json::Value sent = Sent(requests);
  EXPECT_EQ(sent.Find("query")->text(),
            "mutation applyNotes($writes: [NoteWrite!]!) { applyNotes(writes: $writes) { results { "
            "status reason note { id text _version } } } }");
  EXPECT_EQ(json::Write(*sent.Find("variables")),
            R"({"writes":[{"kind":"create","mutationId":"mutation-n1","id":"n1","text":"a"},)"
            R"({"kind":"update","mutationId":"mutation-n2","id":"n2","text":"b","_version":3},)"
            R"({"kind":"delete","mutationId":"mutation-n3","id":"n3"}]})");
}

TEST_F(PushPlanTest, OneOfACollectionWithABatchOperationGoesByItsOwn) {
  const json::Value sent =
      Sent({Request(kNotes, Mutation::CREATE, "n1", R"({"id":"n1","text":"a"})")});
  EXPECT_THAT(sent.Find("query")->text(), HasSubstr("createNote("));
}

TEST_F(PushPlanTest, BatchesAndAliasesShareARequest) {
  const auto note = Request(kNotes, Mutation::CREATE, "n1", R"({"id":"n1","text":"a"})");
  const auto todo = Request(kTodos, Mutation::CREATE, "local-1", R"({"content":"milk"})");
  const std::vector<sync::PushRequest> requests = {note, note, todo, note,
                                                   Request(9, Mutation::CREATE, "x")};
  const std::string query = Sent(requests).Find("query")->text();
  EXPECT_THAT(query, HasSubstr("m0: applyNotes("));
  EXPECT_THAT(query, HasSubstr("m1: addTodo("));
  EXPECT_THAT(query, HasSubstr("m2: createNote("));
  const auto results =
      Read(requests,
           {Confirmed(R"({"results":[{"status":"ok","note":{"id":"n1","text":"a","_version":1}},
                                {"status":"no","reason":"too long"}]})"),
            Confirmed(R"({"statusCode":"200","todo":{"_id":"6b02","content":"milk"}})"),
            Confirmed(R"({"id":"n1","text":"a","_version":1})")});
  EXPECT_EQ(results[0].outcome, kConfirmed);
  EXPECT_EQ(results[0].document, ParsedJson(R"({"id":"n1","text":"a","_version":1})"));
  EXPECT_EQ(results[1].outcome, kRejected);
  EXPECT_EQ(results[1].error.message, "too long");
  EXPECT_EQ(results[2].server_id, "6b02");
  EXPECT_EQ(results[3].outcome, kConfirmed);
  EXPECT_EQ(results[4].outcome, kRejected) << "its collection is unknown";
}

TEST_F(PushPlanTest, EveryResultOfABatchIsReadByItself) {
  const auto note = Request(kNotes, Mutation::UPDATE, "n1", R"({"text":"a"})");
  const auto results = Read({note, note, note, note, note}, {Confirmed(R"({"results":[
               {"status":"conflict","note":{"id":"n1","text":"theirs","_version":9}},
               {"status":"busy"},{"status":null},null,
               {"status":"conflict","reason":"gone","note":{"id":"n1","_deleted":true}}]})")});
  EXPECT_EQ(results[0].outcome, kConflict);
  EXPECT_EQ(results[0].document, ParsedJson(R"({"id":"n1","text":"theirs","_version":9})"));
  EXPECT_EQ(results[1].outcome, kRetry);
  EXPECT_EQ(results[2].outcome, kAmbiguous);
  EXPECT_EQ(results[3].outcome, kAmbiguous);
  EXPECT_EQ(results[4].outcome, kConflict);
  EXPECT_EQ(results[4].document, std::nullopt) << "a tombstone is no document";
}

TEST_F(PushPlanTest, ABatchWithAnotherNumberOfResultsIsAmbiguous) {
  const auto note = Request(kNotes, Mutation::UPDATE, "n1", R"({"text":"a"})");
  for (const char* data : {R"({"results":[{"status":"ok"}]})", R"({"results":null})", "{}", "7",
                           R"({"results":[{"status":"ok"},{"status":"ok"},{"status":"ok"}]})"}) {
    for (const sync::PushResult& result : Read({note, note}, {Confirmed(data)})) {
      EXPECT_EQ(result.outcome, kAmbiguous) << data;
    }
  }
}

TEST_F(PushPlanTest, ARefusedBatchRefusesNobody) {
  const auto note = Request(kNotes, Mutation::UPDATE, "n1", R"({"text":"a"})");
  PushPlan plan(targets_, {note, note});
  net::HttpResponse response;
  response.status = 200;
  response.body = R"({"data":{"applyNotes":null},"errors":[{"path":["applyNotes"],
                      "errorType":"Unauthorized"}]})";
  const auto results = plan.Read(ClassifyShared(plan.TakeCalls(), response));
  for (const sync::PushResult& result : results) {
    EXPECT_EQ(result.outcome, kRetry);
    EXPECT_TRUE(result.alone);
  }
}

TEST_F(PushPlanTest, AnInvokeIsWhatTheAppGave) {
  const json::Value sent = Sent({Invoke("sendInvite", R"({"extra":{"n":1.50},"email":"a@b.c"})")});
  EXPECT_EQ(sent.Find("query")->text(),
            "mutation sendInvite($email: String!, $extra: AWSJSON) { sendInvite(email: $email, "
            "extra: $extra) }");
  EXPECT_EQ(json::Write(*sent.Find("variables")), R"({"email":"a@b.c","extra":"{\"n\":1.50}"})");
}

TEST_F(PushPlanTest, AnInvokeThatCanNeverBeSentIsRejected) {
  const std::pair<const char*, const char*> broken[] = {{"{}", "demands \"email\""},
                                                        {"", "demands \"email\""},
                                                        {R"({"email":null})", "demands"},
                                                        {R"({"email":"a","x":1})", "no argument"},
                                                        {"[", "JSON"}};
  for (const auto& [json, what] : broken) {
    PushPlan plan(targets_, {Invoke("sendInvite", json)});
    EXPECT_TRUE(plan.TakeCalls().empty()) << json;
    EXPECT_EQ(plan.Read({}).at(0).outcome, kRejected) << json;
  }
  PushPlan unknown(targets_, {Invoke("nowhere", "{}")});
  EXPECT_THAT(unknown.Read({}).at(0).error.message, HasSubstr("nowhere is not configured"));
}

TEST_F(PushPlanTest, WhatAnInvokeAnsweredIsKeptAsItIs) {
  EXPECT_EQ(ReadInvoked(Confirmed(R"({"n":1.50})")).result_json, R"({"n":1.50})");
  EXPECT_EQ(ReadInvoked(Confirmed("\"sent\"")).result_json, "\"sent\"");
  Verdict conflict;
  conflict.outcome = kConflict;
  EXPECT_EQ(ReadInvoked(conflict).outcome, kRejected);
  const std::string fits(kInvokeResultBytesMax - 2, 'x');
  EXPECT_EQ(ReadInvoked(Confirmed("\"x\"")).outcome, kConfirmed);
  Verdict largest = Confirmed("1");
  largest.data = json::Value::String(fits);
  EXPECT_EQ(ReadInvoked(largest).result_json.size(), kInvokeResultBytesMax);
  largest.data = json::Value::String(fits + "x");
  const sync::PushResult cut = ReadInvoked(largest);
  EXPECT_EQ(cut.outcome, kConfirmed) << "it happened";
  EXPECT_EQ(cut.result_json, "");
  EXPECT_THAT(cut.error.message, HasSubstr("of which none are kept"));
}

TEST_F(PushPlanTest, AnInvokeMayAnswerNull) {
  const OperationBinding invite = InviteBinding();
  net::HttpResponse response;
  response.status = 200;
  response.body = R"({"data":{"sendInvite":null}})";
  EXPECT_EQ(Classify(invite, response).outcome, kConfirmed);
  response.body = R"({"data":{}})";
  EXPECT_EQ(Classify(invite, response).outcome, kAmbiguous);
  response.body = R"({"data":{"sendInvite":null},"errors":[{"path":["sendInvite"],
                      "errorType":"Declined","message":"no"}]})";
  EXPECT_EQ(Classify(invite, response).outcome, kRejected);
}

}  // namespace
}  // namespace tideover::appsync
