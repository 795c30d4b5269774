// What programs may send by mistake or by malice: each is refused with a reason that a program can
// read, nothing of it is kept, and the daemon goes on.
#include "e2e/e2e_test.h"

namespace tideover::e2e {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr size_t kJsonBytesMax = 1 << 20;

class InputTest : public E2eTest {
 protected:
  void SetUp() override {
    E2eTest::SetUp();
    StartDaemon(WideSettings());
    app().SetNetwork(v1::NETWORK_SETTING_OFFLINE);
  }

  // Bound without a schema, so that documents may have more than the to-do's one field.
  static Settings WideSettings() {
    Settings settings;
    settings.schema = false;
    settings.create =
        R"({ field = "addTodo", arguments = ["content: String!", "n: Float", "note: String", )"
        R"("more: AWSJSON"], document = "/todo", select = "statusCode todo { _id content }" })";
    settings.update =
        R"({ field = "updateTodo", arguments = ["_id: String!", "content: String!", "n: Float", )"
        R"("note: String", "more: AWSJSON"], select = "statusCode" })";
    settings.remove =
        R"({ field = "deleteTodo", arguments = ["_id: String!"], select = "statusCode" })";
    settings.list = R"({ field = "listTodo", items = "/todoList", arguments = [], )"
                    R"(select = "statusCode todoList { _id content }" })";
    return settings;
  }

  void TearDown() override {
    EXPECT_TRUE(daemon().process().Running());
    EXPECT_NE(app().Create("still there").document_id(), "");
    E2eTest::TearDown();
  }

  client::Failure RefusedJson(const std::string& json) {
    v1::Operation operation;
    operation.set_collection(kTodos);
    operation.mutable_create()->set_json(json);
    return app().Refusal(operation);
  }

  client::Failure RefusedQuery(v1::QueryRequest request) {
    if (request.collection().empty()) request.set_collection(kTodos);
    v1::QueryResponse response;
    const grpc::Status status = app().connection().data().Query(Deadline(), request, &response);
    EXPECT_FALSE(status.ok());
    return app().Explain(status);
  }

  // The document as it is stored after a create of this text.
  std::string Stored(const std::string& json) {
    v1::Operation operation;
    operation.set_collection(kTodos);
    operation.mutable_create()->set_json(json);
    const auto document = app().Get(app().Mutate(operation).document_id());
    return document.has_value() ? document->json() : "";
  }
};

std::string Nested(int levels) {
  return R"({"content":)" + std::string(static_cast<size_t>(levels - 1), '[') +
         std::string(static_cast<size_t>(levels - 1), ']') + "}";
}

TEST_F(InputTest, UnknownCollections) {
  v1::Operation create = CreateOf("milk");
  create.set_collection("nothing");
  const client::Failure write = app().Refusal(create);
  EXPECT_EQ(write.code, grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(write.reason, v1::ERROR_REASON_COLLECTION_UNKNOWN);
  EXPECT_EQ(write.detail.collection(), "nothing");
  EXPECT_THAT(write.message, HasSubstr("\"nothing\""));

  v1::QueryRequest query;
  query.set_collection("nothing");
  EXPECT_EQ(RefusedQuery(query).reason, v1::ERROR_REASON_COLLECTION_UNKNOWN);

  v1::GetRequest get;
  get.set_collection("nothing");
  get.set_document_id("x");
  v1::GetResponse got;
  EXPECT_EQ(app().Explain(app().connection().data().Get(Deadline(), get, &got)).reason,
            v1::ERROR_REASON_COLLECTION_UNKNOWN);

  v1::SyncRequest sync;
  sync.set_collection("nothing");
  v1::SyncResponse synced;
  EXPECT_EQ(app().connection().sync().Sync(Deadline(), sync, &synced).error_code(),
            grpc::StatusCode::NOT_FOUND);

  v1::WatchRequest watch;
  watch.set_collection("nothing");
  Deadline deadline;
  auto stream = app().connection().data().Watch(deadline, watch);
  v1::WatchResponse message;
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_EQ(app().Explain(stream->Finish()).reason, v1::ERROR_REASON_COLLECTION_UNKNOWN);
}

TEST_F(InputTest, TextsThatAreNoJson) {
  for (const char* json : {"", "milk", "{", R"({"content":"milk")", R"({"content":"milk"}x)",
                           R"({content:"milk"})", R"({"content":01})", R"({"content":NaN})"}) {
    const client::Failure failure = RefusedJson(json);
    EXPECT_EQ(failure.code, grpc::StatusCode::INVALID_ARGUMENT) << json;
    EXPECT_EQ(failure.reason, v1::ERROR_REASON_INVALID_JSON) << json << failure.message;
    EXPECT_NE(failure.detail.field(), "") << json;
  }
}

TEST_F(InputTest, JsonThatIsNoObject) {
  for (const char* json : {"null", "3", "[]", R"("milk")", "true"}) {
    EXPECT_EQ(RefusedJson(json).reason, v1::ERROR_REASON_INVALID_JSON) << json;
  }
}

TEST_F(InputTest, InvalidUtf8) {
  for (const char* json :
       {"{\"content\":\"\xff\"}", "{\"content\":\"\xc0\xaf\"}", "{\"content\":\"\xed\xa0\x80\"}",
        "{\"content\":\"\xf4\x90\x80\x80\"}", "{\"\xff\":1}"}) {
    // Texts of proto3 are UTF-8: gRPC itself refuses the message, before it is anybody's.
    EXPECT_NE(RefusedJson(json).code, grpc::StatusCode::OK);
  }
  EXPECT_THAT(app().All(), IsEmpty());
  EXPECT_EQ(RefusedJson(R"({"content":"\ud800"})").code, grpc::StatusCode::INVALID_ARGUMENT)
      << "a surrogate without its other half";
  EXPECT_EQ(Stored(R"({"content":"\ud83d\ude00 é"})").find("\\u"), std::string::npos);
}

TEST_F(InputTest, JsonDeeperThan64Levels) {
  const client::Failure failure = RefusedJson(Nested(65));
  EXPECT_EQ(failure.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(failure.reason, v1::ERROR_REASON_JSON_TOO_DEEP) << failure.message;
  EXPECT_EQ(failure.detail.limit(), 64u);
  EXPECT_EQ(RefusedJson(Nested(100'000)).reason, v1::ERROR_REASON_JSON_TOO_DEEP);
  EXPECT_NE(Stored(Nested(64)), "") << "64 are allowed";
}

TEST_F(InputTest, JsonOver1MiB) {
  const std::string frame = TodoJson("");
  const client::Failure failure =
      RefusedJson(TodoJson(std::string(kJsonBytesMax - frame.size() + 1, 'x')));
  EXPECT_EQ(failure.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(failure.reason, v1::ERROR_REASON_JSON_TOO_LARGE) << failure.message;
  EXPECT_EQ(failure.detail.limit(), kJsonBytesMax);
}

TEST_F(InputTest, ADocumentOfJustUnder1MiBIsKept) {
  const std::string text(kJsonBytesMax - 200, 'x');
  EXPECT_EQ(app().ContentAt(app().Create(text).document_id()), text);
}

TEST_F(InputTest, DuplicateKeys) {
  const client::Failure failure = RefusedJson(R"({"content":"a","content":"b"})");
  EXPECT_EQ(failure.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(failure.reason, v1::ERROR_REASON_JSON_DUPLICATE_KEY) << failure.message;
  EXPECT_EQ(RefusedJson(R"({"content":{"a":1,"a":1}})").reason,
            v1::ERROR_REASON_JSON_DUPLICATE_KEY);
}

TEST_F(InputTest, NumbersAreKeptAsTheyWereWritten) {
  for (const char* number : {"9007199254740993", "-9223372036854775808", "18446744073709551616",
                             "123456789012345678901234567890", "1.10", "-0", "1E+2"}) {
    EXPECT_THAT(Stored(std::string(R"({"content":"n","n":)") + number + "}"),
                HasSubstr(std::string(R"("n":)") + number));
  }
  EXPECT_EQ(RefusedJson(R"({"content":"n","n":1e400})").code, grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(InputTest, WhatTheBackendWouldLoseIsRefused) {
  const client::Failure failure = RefusedJson(R"({"content":"milk","colour":"white"})");
  EXPECT_EQ(failure.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(failure.message, HasSubstr("colour"));
}

TEST_F(InputTest, DocumentIds) {
  const std::string longest(255, 'i');
  EXPECT_FALSE(app().Get(longest).has_value()) << "allowed, and not there";
  v1::GetRequest get;
  get.set_collection(kTodos);
  v1::GetResponse got;
  for (const std::string& id : {std::string(), longest + "i", std::string(70'000, 'i')}) {
    get.set_document_id(id);
    const client::Failure failure =
        app().Explain(app().connection().data().Get(Deadline(), get, &got));
    EXPECT_EQ(failure.code, grpc::StatusCode::INVALID_ARGUMENT) << id.size();
    EXPECT_EQ(failure.reason, v1::ERROR_REASON_INVALID_DOCUMENT_ID) << id.size();
  }
  EXPECT_EQ(app().Refusal(UpdateOf(longest + "i", "x")).reason,
            v1::ERROR_REASON_INVALID_DOCUMENT_ID);
  v1::Operation create = CreateOf("milk");
  create.set_document_id("mine");
  const client::Failure failure = app().Refusal(create);
  EXPECT_EQ(failure.code, grpc::StatusCode::FAILED_PRECONDITION) << "the server chooses ids";
  EXPECT_EQ(failure.reason, v1::ERROR_REASON_DOCUMENT_ID_NOT_ALLOWED);
}

TEST_F(InputTest, FiltersThatDoNotParseNameThePosition) {
  const std::pair<const char*, const char*> kFilters[] = {
      {R"({"content":{"contains":"x"})", "byte 27"},
      {"x", "byte 0"},
      {R"({"content":{"resembles":"x"}})", "/content/resembles"},
      {R"({"and":[{"content":3}]})", "/and/0/content"},
      {R"({"content":{"beginsWith":3}})", "/content/beginsWith"},
      {"[]", "\"\""}};
  for (const auto& [filter, position] : kFilters) {
    v1::QueryRequest request;
    request.set_filter(filter);
    const client::Failure failure = RefusedQuery(request);
    EXPECT_EQ(failure.code, grpc::StatusCode::INVALID_ARGUMENT) << filter;
    EXPECT_EQ(failure.reason, v1::ERROR_REASON_INVALID_FILTER) << filter << failure.message;
    EXPECT_EQ(failure.detail.field(), "filter") << filter;
    EXPECT_THAT(failure.message, HasSubstr(position)) << filter;
  }
}

TEST_F(InputTest, OrdersPagesAndSizesThatAreNone) {
  v1::QueryRequest order;
  order.set_order_by("content sideways");
  EXPECT_EQ(RefusedQuery(order).reason, v1::ERROR_REASON_INVALID_ORDER_BY);
  v1::QueryRequest token;
  token.set_page_token("made up");
  EXPECT_EQ(RefusedQuery(token).reason, v1::ERROR_REASON_INVALID_PAGE_TOKEN);
  v1::QueryRequest size;
  size.set_page_size(-1);
  EXPECT_EQ(RefusedQuery(size).code, grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(InputTest, CallsThatContradictTheView) {
  const v1::MutationResult milk = app().Create("milk");
  const client::Failure missing = app().Refusal(UpdateOf("0123456789abcdef01234567", "x"));
  EXPECT_EQ(missing.code, grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(missing.reason, v1::ERROR_REASON_DOCUMENT_NOT_FOUND);
  EXPECT_EQ(app().Refusal(DeleteOf("0123456789abcdef01234567")).reason,
            v1::ERROR_REASON_DOCUMENT_NOT_FOUND);

  const uint64_t revision = app().Get(milk.document_id())->revision();
  v1::Operation stale = UpdateOf(milk.document_id(), "bread");
  stale.set_if_revision(revision + 1);
  const client::Failure aborted = app().Refusal(stale);
  EXPECT_EQ(aborted.code, grpc::StatusCode::ABORTED);
  EXPECT_EQ(aborted.reason, v1::ERROR_REASON_REVISION_STALE);
  EXPECT_EQ(aborted.detail.current_revision(), revision);
  stale.set_if_revision(revision);
  app().Mutate(stale);
  EXPECT_EQ(app().ContentAt(milk.document_id()), "bread");
}

TEST_F(InputTest, MutationIdsThatAreTooLongOrUsedForSomethingElse) {
  EXPECT_EQ(app().Refusal(CreateOf("milk", std::string(129, 'm'))).reason,
            v1::ERROR_REASON_INVALID_MUTATION_ID);
  app().Mutate(CreateOf("milk", "once"));
  const client::Failure reused = app().Refusal(CreateOf("bread", "once"));
  EXPECT_EQ(reused.code, grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(reused.reason, v1::ERROR_REASON_MUTATION_ID_REUSED);
  EXPECT_THAT(app().Contents(), ElementsAre("milk"));
}

TEST_F(InputTest, CallsWithoutOrWithTooManyOperations) {
  v1::MutateRequest request;
  v1::MutateResponse response;
  EXPECT_EQ(app().TryMutate(request, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  for (int i = 0; i < 1001; ++i) *request.add_operations() = CreateOf("x");
  const grpc::Status status = app().TryMutate(request, &response);
  EXPECT_EQ(app().Explain(status).reason, v1::ERROR_REASON_TOO_MANY_ENTRIES);
  v1::Operation nothing;
  nothing.set_collection(kTodos);
  EXPECT_EQ(app().Refusal(nothing).code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(app().All(), IsEmpty());
}

TEST_F(InputTest, WhatIsNotThereYetIsUnimplemented) {
  v1::SetTokenResponse response;
  EXPECT_EQ(app().connection().auth().SetToken(Deadline(), {}, &response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(InputTest, ATextIsNotAddedTo) {
  v1::Operation increment;
  increment.set_collection(kTodos);
  increment.set_document_id(app().Create("milk").document_id());
  increment.mutable_increment()->set_json(R"({"content":1})");
  EXPECT_EQ(app().Refusal(increment).code, grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(InputTest, OutboxCallsOnMutationsThatDoNotExist) {
  v1::GetMutationRequest get;
  get.set_mutation_id("nothing");
  v1::GetMutationResponse got;
  const client::Failure failure =
      app().Explain(app().connection().outbox().Get(Deadline(), get, &got));
  EXPECT_EQ(failure.code, grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(failure.reason, v1::ERROR_REASON_MUTATION_NOT_FOUND);
  EXPECT_EQ(app().TryRetry("nothing").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(app().TryDiscard("nothing").error_code(), grpc::StatusCode::NOT_FOUND);
  v1::DiscardRequest everything;
  v1::DiscardResponse response;
  EXPECT_EQ(app().connection().outbox().Discard(Deadline(), everything, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT)
      << "never everything by default";
}

TEST_F(InputTest, QueriesFilterOrderAndPage) {
  for (const char* content : {"apples", "bread", "cheese", "dates", "eggs"}) app().Create(content);
  v1::QueryRequest request;
  request.set_collection(kTodos);
  request.set_policy(v1::READ_POLICY_CACHE_ONLY);
  request.set_filter(R"({"or":[{"content":{"contains":"e"}},{"content":{"eq":"dates"}}]})");
  request.set_order_by("content desc");
  request.set_page_size(2);
  request.set_count_total(true);
  std::vector<std::string> seen;
  int pages = 0;
  do {
    v1::QueryResponse page;
    ASSERT_TRUE(app().connection().data().Query(Deadline(), request, &page).ok());
    EXPECT_EQ(page.total_size(), 5u);
    for (const v1::Document& document : page.documents()) seen.push_back(ContentOf(document));
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 10);
  EXPECT_THAT(seen, ElementsAre("eggs", "dates", "cheese", "bread", "apples"));
  EXPECT_EQ(pages, 3);
}

TEST_F(InputTest, BatchGetAnswersEachKeyInOrder) {
  const std::string milk = app().Create("milk").document_id();
  v1::BatchGetRequest request;
  for (const std::string& id : {std::string("nothing"), milk, milk}) {
    v1::DocumentKey* key = request.add_keys();
    key->set_collection(kTodos);
    key->set_id(id);
  }
  v1::BatchGetResponse response;
  ASSERT_TRUE(app().connection().data().BatchGet(Deadline(), request, &response).ok());
  ASSERT_EQ(response.results_size(), 3);
  EXPECT_FALSE(response.results(0).has_document());
  EXPECT_EQ(ContentOf(response.results(1).document()), "milk");
  EXPECT_EQ(response.results(2).document().id(), milk);
}

TEST_F(InputTest, PatchesAreMergePatchesAndReplaceLeavesNothing) {
  const std::string id = app().Create("milk").document_id();
  v1::Operation patch = UpdateOf(id, "bread");
  patch.mutable_update()->set_json(R"({"note":"fresh","more":{"a":1,"b":2}})");
  app().Mutate(patch);
  patch.mutable_update()->set_json(R"({"more":{"a":null},"note":null})");
  app().Mutate(patch);
  EXPECT_EQ(app().Get(id)->json(), R"({"_id":")" + id + R"(","content":"milk","more":{"b":2}})");
  v1::Operation replace;
  replace.set_collection(kTodos);
  replace.set_document_id(id);
  replace.mutable_replace()->set_json(TodoJson("butter"));
  app().Mutate(replace);
  EXPECT_EQ(app().ContentAt(id), "butter");
  EXPECT_EQ(app().Get(id)->json().find("more"), std::string::npos);
}

}  // namespace
}  // namespace tideover::e2e
