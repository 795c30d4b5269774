#include "api/api_fixture.h"
#include "api/limits.h"
#include "base/ids.h"
#include "base/text.h"

namespace tideover::api {
namespace {

class MutateTest : public ApiFixture {
 protected:
  // The status of a call with this one operation.
  grpc::Status Try(v1::Operation operation) {
    v1::MutateRequest request;
    *request.add_operations() = std::move(operation);
    v1::MutateResponse response;
    return Mutate(request, &response);
  }
};

TEST_F(MutateTest, AnswersWithADocumentThatCanBeReadAtOnce) {
  const v1::MutationResult result = MustMutate(CreateOp("todos", R"({"content":"milk"})"));
  EXPECT_TRUE(base::IsProvisionalId(result.document_id()));
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_QUEUED);
  EXPECT_EQ(result.seq(), 1u);
  v1::GetResponse response;
  ASSERT_TRUE(Get("todos", result.document_id(), &response).ok());
  const v1::Document& document = response.document();
  EXPECT_EQ(document.json(), R"({"id":")" + result.document_id() + R"(","content":"milk"})");
  EXPECT_TRUE(document.pending());
  EXPECT_TRUE(document.provisional());
  ASSERT_EQ(document.pending_mutation_ids_size(), 1);
  EXPECT_EQ(document.pending_mutation_ids(0), result.mutation_id());
  EXPECT_EQ(document.revision(), result.revision());
  EXPECT_GE(response.read_revision(), result.revision());
  EXPECT_FALSE(document.has_fetched_at());
}

TEST_F(MutateTest, KeepsIntegersBeyond53BitsExactly) {
  MustMutate(CreateOp("notes", R"({"n":9007199254740993,"f":1.10})", "n1"));
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1","n":9007199254740993,"f":1.10})");
}

TEST_F(MutateTest, MergesReplacesAndDeletes) {
  MustMutate(CreateOp("notes", R"({"a":1,"b":2})", "n1"));
  MustMutate(UpdateOp("notes", "n1", R"({"a":null,"c":3})"));
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1","b":2,"c":3})");
  v1::Operation replace;
  replace.set_collection("notes");
  replace.set_document_id("n1");
  replace.mutable_replace()->set_json(R"({"d":4})");
  MustMutate(replace);
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1","d":4})");
  MustMutate(DeleteOp("notes", "n1"));
  EXPECT_EQ(View("notes", "n1"), "NOT_FOUND");
}

TEST_F(MutateTest, AppliesAllOperationsOrNone) {
  v1::MutateRequest request;
  *request.add_operations() = CreateOp("notes", "{}", "n1");
  *request.add_operations() = UpdateOp("notes", "missing", R"({"a":1})");
  v1::MutateResponse response;
  EXPECT_EQ(ReasonOf(Mutate(request, &response)), "DOCUMENT_NOT_FOUND");
  EXPECT_EQ(View("notes", "n1"), "NOT_FOUND");
  *request.mutable_operations(1) = UpdateOp("notes", "n1", R"({"a":1})");
  ASSERT_TRUE(Mutate(request, &response).ok());
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(0).revision(), response.results(1).revision());
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1","a":1})");
}

TEST_F(MutateTest, RepeatsACallWithTheSameMutationIdWithoutApplyingItTwice) {
  v1::Operation operation = CreateOp("todos", R"({"content":"milk"})");
  operation.set_mutation_id("app-1");
  const v1::MutationResult first = MustMutate(operation);
  const v1::MutationResult again = MustMutate(operation);
  EXPECT_FALSE(first.repeated_call());
  EXPECT_TRUE(again.repeated_call());
  EXPECT_EQ(again.document_id(), first.document_id());
  EXPECT_EQ(again.seq(), first.seq());
  EXPECT_EQ(again.state(), v1::MUTATION_STATE_QUEUED);
  operation.mutable_create()->set_json(R"({"content":"bread"})");
  const grpc::Status reused = Try(operation);
  EXPECT_EQ(reused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(reused), "MUTATION_ID_REUSED");
}

TEST_F(MutateTest, RefusesAStaleRevisionAndNamesThePresentOne) {
  const v1::MutationResult created = MustMutate(CreateOp("notes", "{}", "n1"));
  v1::Operation operation = UpdateOp("notes", "n1", R"({"a":1})");
  operation.set_if_revision(created.revision());
  const v1::MutationResult updated = MustMutate(operation);
  const grpc::Status status = Try(operation);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(ReasonOf(status), "REVISION_STALE");
  EXPECT_EQ(DetailOf(status).current_revision(), updated.revision());
}

TEST_F(MutateTest, TellsExistingFromMissingDocuments) {
  MustMutate(CreateOp("notes", "{}", "n1"));
  const grpc::Status exists = Try(CreateOp("notes", "{}", "n1"));
  EXPECT_EQ(exists.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonOf(exists), "DOCUMENT_EXISTS");
  EXPECT_EQ(DetailOf(exists).document_id(), "n1");
  EXPECT_EQ(ReasonOf(Try(UpdateOp("notes", "n2", "{}"))), "DOCUMENT_NOT_FOUND");
  v1::Operation upsert = UpdateOp("notes", "n2", R"({"a":1})");
  upsert.mutable_update()->set_upsert(true);
  MustMutate(upsert);
  EXPECT_EQ(View("notes", "n2"), R"({"id":"n2","a":1})");
}

TEST_F(MutateTest, TakesADeleteOfAMissingDocumentWhereItIsAllowed) {
  EXPECT_EQ(ReasonOf(Try(DeleteOp("notes", "n1"))), "DOCUMENT_NOT_FOUND");
  v1::Operation operation = DeleteOp("notes", "n1");
  operation.mutable_delete_()->set_allow_missing(true);
  const v1::MutationResult result = MustMutate(operation);
  EXPECT_EQ(result.seq(), 0u);
  EXPECT_EQ(result.state(), v1::MUTATION_STATE_SETTLED);
}

TEST_F(MutateTest, NamesTheNearestCollection) {
  const grpc::Status status = Try(CreateOp("tods", "{}"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "COLLECTION_UNKNOWN");
  EXPECT_NE(status.error_message().find("did you mean \"todos\""), std::string::npos);
  EXPECT_EQ(DetailOf(status).remedy(), "Did you mean \"todos\"?");
}

TEST_F(MutateTest, RefusesBadJsonAndSaysWhere) {
  const grpc::Status syntax = Try(CreateOp("notes", R"({"a":x})"));
  EXPECT_EQ(syntax.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(syntax), "INVALID_JSON");
  EXPECT_EQ(DetailOf(syntax).position(), 5u);
  EXPECT_EQ(DetailOf(syntax).field(), "operations.create.json");
  EXPECT_EQ(ReasonOf(Try(CreateOp("notes", "[1]"))), "INVALID_JSON");
  EXPECT_EQ(ReasonOf(Try(CreateOp("notes", R"({"a":1,"a":2})"))), "JSON_DUPLICATE_KEY");
  const std::string deep = R"({"a":)" + std::string(64, '[') + std::string(64, ']') + "}";
  EXPECT_EQ(ReasonOf(Try(CreateOp("notes", deep))), "JSON_TOO_DEEP");
  const grpc::Status large =
      Try(CreateOp("notes", R"({"a":")" + std::string(1 << 20, 'x') + R"("})"));
  EXPECT_EQ(ReasonOf(large), "JSON_TOO_LARGE");
  EXPECT_EQ(DetailOf(large).limit(), uint64_t{1} << 20);
}

TEST_F(MutateTest, RefusesADocumentThatGrowsBeyondTheLimit) {
  MustMutate(CreateOp("notes", R"({"a":")" + std::string(600'000, 'x') + R"("})", "n1"));
  const grpc::Status status =
      Try(UpdateOp("notes", "n1", R"({"b":")" + std::string(600'000, 'x') + R"("})"));
  EXPECT_EQ(ReasonOf(status), "JSON_TOO_LARGE");
}

TEST_F(MutateTest, RefusesBadIds) {
  const grpc::Status status = Try(CreateOp("notes", "{}", std::string(256, 'x')));
  EXPECT_EQ(ReasonOf(status), "INVALID_DOCUMENT_ID");
  EXPECT_EQ(DetailOf(status).limit(), 255u);
  EXPECT_EQ(DetailOf(status).operation_index(), 0u);
  MustMutate(CreateOp("notes", "{}", std::string(255, 'x')));
  EXPECT_EQ(ReasonOf(Try(UpdateOp("notes", "", "{}"))), "INVALID_DOCUMENT_ID");
  v1::Operation operation = CreateOp("notes", "{}");
  operation.set_mutation_id(std::string(129, 'x'));
  EXPECT_EQ(ReasonOf(Try(operation)), "INVALID_MUTATION_ID");
  const grpc::Status chosen = Try(CreateOp("todos", "{}", "my-own"));
  EXPECT_EQ(chosen.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(chosen), "DOCUMENT_ID_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(Try(CreateOp("todos", R"({"id":"my-own"})"))), "DOCUMENT_ID_NOT_ALLOWED");
}

TEST_F(MutateTest, RefusesTwiceTheSameMutationIdInOneCall) {
  v1::MutateRequest request;
  for (int i = 0; i < 2; ++i) {
    *request.add_operations() = CreateOp("notes", "{}");
    request.mutable_operations(i)->set_mutation_id("same");
  }
  v1::MutateResponse response;
  EXPECT_EQ(ReasonOf(Mutate(request, &response)), "INVALID_MUTATION_ID");
}

TEST_F(MutateTest, RefusesWhatCouldNeverBeSent) {
  MustMutate(CreateOp("fixed", "{}", "f1"));
  const grpc::Status status = Try(DeleteOp("fixed", "f1"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "OPERATION_NOT_BOUND");
}

TEST_F(MutateTest, TakesAsManyOperationsAsTheLimitAndNoMore) {
  v1::MutateRequest request;
  v1::MutateResponse response;
  EXPECT_EQ(ReasonOf(Mutate(request, &response)), "INVALID_REQUEST");
  for (size_t i = 0; i < doors::kOperationsMax; ++i) {
    *request.add_operations() = CreateOp("notes", R"({"a":1})");
  }
  ASSERT_TRUE(Mutate(request, &response).ok());
  EXPECT_EQ(response.results_size(), static_cast<int>(doors::kOperationsMax));
  *request.add_operations() = CreateOp("notes", R"({"a":1})");
  EXPECT_EQ(ReasonOf(Mutate(request, &response)), "TOO_MANY_ENTRIES");
}

TEST_F(MutateTest, AddsToNumbersAndLists) {
  MustMutate(CreateOp("notes", R"({"n":1,"tags":["a"]})", "n1"));
  v1::Operation operation;
  operation.set_collection("notes");
  operation.set_document_id("n1");
  operation.mutable_increment()->set_json(R"({"n":2})");
  MustMutate(operation);
  operation.mutable_add_to_set()->set_json(R"({"tags":["a","b"]})");
  MustMutate(operation);
  operation.mutable_remove()->set_json(R"({"tags":["a"]})");
  MustMutate(operation);
  EXPECT_EQ(View("notes", "n1"), R"({"id":"n1","n":3,"tags":["b"]})");
  operation.mutable_increment()->set_json("[]");
  EXPECT_EQ(ReasonOf(Try(operation)), "INVALID_JSON");
  operation.set_document_id("n2");
  operation.mutable_increment()->set_json(R"({"n":2})");
  EXPECT_EQ(ReasonOf(Try(operation)), "DOCUMENT_NOT_FOUND");
}

TEST_F(MutateTest, RefusesAnOperationWithoutAKind) {
  v1::Operation operation;
  operation.set_collection("notes");
  EXPECT_EQ(ReasonOf(Try(operation)), "INVALID_REQUEST");
}

TEST_F(MutateTest, RefusesInvalidUtf8InEveryText) {
  // A proto3 string is UTF-8: a client library that sends something else is cut off by the decoder.
  for (const bool in_json : {true, false}) {
    v1::MutateRequest request;
    const std::string bad = "\xc3\x28";
    *request.add_operations() =
        in_json ? CreateOp("notes", R"({"a":")" + bad + R"("})") : CreateOp("notes", "{}", bad);
    v1::MutateResponse response;
    // gRPC answers what it cannot decode with this code, and not with INVALID_ARGUMENT.
    EXPECT_EQ(Mutate(request, &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
  EXPECT_EQ(View("notes", "n1"), "NOT_FOUND");  // The connection goes on.
}

TEST_F(MutateTest, RefusesAMessageOverTheLimit) {
  v1::MutateRequest request;
  for (int i = 0; i < 5; ++i) {
    *request.add_operations() =
        CreateOp("notes", R"({"a":")" + std::string(1'000'000, 'x') + R"("})");
  }
  v1::MutateResponse response;
  EXPECT_EQ(Mutate(request, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(MutateTest, ReturnsDocumentsWhenAsked) {
  v1::MutateRequest request;
  request.set_return_documents(true);
  *request.add_operations() = CreateOp("notes", R"({"a":1})", "n1");
  v1::MutateResponse response;
  ASSERT_TRUE(Mutate(request, &response).ok());
  EXPECT_EQ(response.results(0).document().json(), R"({"id":"n1","a":1})");
}

TEST_F(MutateTest, NeedsASignIn) {
  ChangeSession(nullptr);
  const grpc::Status status = Try(CreateOp("notes", "{}"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "NOT_SIGNED_IN");
  EXPECT_NE(DetailOf(status).remedy().find("tideover login"), std::string::npos);
}

}  // namespace
}  // namespace tideover::api
