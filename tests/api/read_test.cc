#include <fmt/format.h>

#include "api/api_fixture.h"
#include "api/limits.h"

namespace tideover::api {
namespace {

class ReadTest : public ApiFixture {
 protected:
  grpc::Status Query(const v1::QueryRequest& request, v1::QueryResponse* response) {
    return stubs_->data->Query(Context().get(), request, response);
  }
  static v1::QueryRequest All(const std::string& filter = "", const std::string& order = "") {
    v1::QueryRequest request;
    request.set_collection("notes");
    request.set_filter(filter);
    request.set_order_by(order);
    return request;
  }
  // Ids of all pages, "a b | c".
  std::string Pages(v1::QueryRequest request) {
    std::string text;
    do {
      v1::QueryResponse response;
      const grpc::Status status = Query(request, &response);
      if (!status.ok()) return ReasonOf(status);
      if (!request.page_token().empty()) text += " |";
      for (const v1::Document& document : response.documents()) {
        text += (text.empty() ? "" : " ") + document.id();
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return text;
  }
  // As after a list of the backend.
  void Fetched() {
    doors::List list;
    list.collection = *store_->doors->catalog().IdOf("notes");
    list.asked_wall = {1'000};
    store_->Merge({std::move(list)});
  }
};

TEST_F(ReadTest, QueriesByFilterOrderAndPage) {
  for (int i = 0; i < 5; ++i) {
    MustMutate(CreateOp("notes", fmt::format(R"({{"n":{}}})", i), fmt::format("n{}", i)));
  }
  v1::QueryRequest request = All(R"({"n":{"ge":1}})", "n desc");
  request.set_page_size(3);
  EXPECT_EQ(Pages(request), "n4 n3 n2 | n1");
  request.set_count_total(true);
  v1::QueryResponse response;
  ASSERT_TRUE(Query(request, &response).ok());
  EXPECT_EQ(response.total_size(), 4u);
  EXPECT_TRUE(response.documents(0).pending());
  EXPECT_EQ(response.read_revision(), store_->feed->last_commit());
  EXPECT_FALSE(response.has_fetched_at());
}

TEST_F(ReadTest, RefusesBadQueriesAndSaysWhere) {
  v1::QueryResponse response;
  const grpc::Status json = Query(All(R"({"a":{"eq":x}})"), &response);
  EXPECT_EQ(json.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(json), "INVALID_FILTER");
  EXPECT_EQ(DetailOf(json).position(), 11u);
  EXPECT_EQ(DetailOf(json).field(), "filter");
  const grpc::Status word = Query(All(R"({"a":{"contians":"x"}})"), &response);
  EXPECT_EQ(ReasonOf(word), "INVALID_FILTER");
  EXPECT_NE(word.error_message().find("\"/a/contians\""), std::string::npos);
  EXPECT_NE(word.error_message().find("did you mean \"contains\""), std::string::npos);
  EXPECT_EQ(ReasonOf(Query(All("", "n up"), &response)), "INVALID_ORDER_BY");
  v1::QueryRequest request = All();
  request.set_page_size(-1);
  EXPECT_EQ(ReasonOf(Query(request, &response)), "INVALID_REQUEST");
  request.set_page_size(1);
  request.set_page_token("00");
  EXPECT_EQ(ReasonOf(Query(request, &response)), "INVALID_PAGE_TOKEN");
  request.set_collection("note");
  EXPECT_EQ(ReasonOf(Query(request, &response)), "COLLECTION_UNKNOWN");
}

TEST_F(ReadTest, RefusesATokenOfAnotherQuery) {
  for (int i = 0; i < 3; ++i) MustMutate(CreateOp("notes", "{}"));
  v1::QueryRequest request = All();
  request.set_page_size(1);
  v1::QueryResponse response;
  ASSERT_TRUE(Query(request, &response).ok());
  v1::QueryRequest other = All("", "id desc");
  other.set_page_token(response.next_page_token());
  EXPECT_EQ(ReasonOf(Query(other, &response)), "INVALID_PAGE_TOKEN");
}

TEST_F(ReadTest, MakesPagesOfLargeDocumentsShorter) {
  const std::string large(700'000, 'x');
  for (int i = 0; i < 4; ++i) {
    MustMutate(CreateOp("notes", R"({"a":")" + large + R"("})", fmt::format("n{}", i)));
  }
  EXPECT_EQ(Pages(All()), "n0 n1 | n2 n3");
  EXPECT_EQ(Pages(All("", "a, id desc")), "n3 n2 | n1 n0");
}

TEST_F(ReadTest, ReadsManyDocumentsFromOneSnapshot) {
  MustMutate(CreateOp("notes", R"({"a":1})", "n1"));
  const std::string local = MustMutate(CreateOp("todos", "{}")).document_id();
  store_->Merge({doors::Confirmed{2, std::nullopt, "srv1"}});
  v1::BatchGetRequest request;
  for (const auto& [collection, id] : std::vector<std::pair<std::string, std::string>>{
           {"todos", local}, {"notes", "missing"}, {"notes", "n1"}}) {
    request.add_keys()->set_collection(collection);
    request.mutable_keys(request.keys_size() - 1)->set_id(id);
  }
  v1::BatchGetResponse response;
  ASSERT_TRUE(stubs_->data->BatchGet(Context().get(), request, &response).ok());
  ASSERT_EQ(response.results_size(), 3);
  EXPECT_EQ(response.results(0).key().id(), local);
  EXPECT_EQ(response.results(0).document().id(), "srv1");
  EXPECT_EQ(response.results(0).document().previous_id(), local);
  EXPECT_FALSE(response.results(1).has_document());
  EXPECT_EQ(response.results(2).document().json(), R"({"id":"n1","a":1})");
}

TEST_F(ReadTest, RefusesBadBatches) {
  v1::BatchGetRequest request;
  v1::BatchGetResponse response;
  const auto reason = [&] {
    return ReasonOf(stubs_->data->BatchGet(Context().get(), request, &response));
  };
  EXPECT_EQ(reason(), "INVALID_REQUEST");
  request.add_keys()->set_collection("notes");
  EXPECT_EQ(reason(), "INVALID_DOCUMENT_ID");
  request.mutable_keys(0)->set_id(std::string(256, 'x'));
  EXPECT_EQ(reason(), "INVALID_DOCUMENT_ID");
  request.mutable_keys(0)->set_id("n1");
  request.mutable_keys(0)->set_collection("note");
  EXPECT_EQ(reason(), "COLLECTION_UNKNOWN");
  request.clear_keys();
  for (size_t i = 0; i < kBatchKeysMax; ++i) {
    request.add_keys()->set_collection("notes");
    request.mutable_keys(static_cast<int>(i))->set_id("n1");
  }
  EXPECT_EQ(reason(), "OK");
  *request.add_keys() = request.keys(0);
  EXPECT_EQ(reason(), "TOO_MANY_ENTRIES");
}

TEST_F(ReadTest, AnswersFromTheCacheAndTellsTheEngineThatSomebodyReads) {
  Fetched();
  MustMutate(CreateOp("notes", "{}", "n1"));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(View("notes", "n1"), R"({"id":"n1"})");
  // Once, and not for every Get.
  EXPECT_EQ(source_.engine_.touched(), std::vector<std::string>{"notes"});
  EXPECT_TRUE(source_.engine_.synced().empty());
}

TEST_F(ReadTest, FetchesACollectionThatWasNeverFetchedBeforeSayingThatThereIsNothing) {
  EXPECT_EQ(Pages(All()), "");
  EXPECT_EQ(source_.engine_.synced(), std::vector<std::string>{"notes"});
}

TEST_F(ReadTest, DoesAsTheReadPolicySays) {
  Fetched();
  MustMutate(CreateOp("notes", "{}", "n1"));
  const auto get = [&](v1::ReadPolicy policy) {
    v1::GetRequest request;
    request.set_collection("notes");
    request.set_document_id("n1");
    request.set_policy(policy);
    v1::GetResponse response;
    EXPECT_TRUE(stubs_->data->Get(Context().get(), request, &response).ok());
    return response.stale();
  };
  EXPECT_FALSE(get(v1::READ_POLICY_CACHE_ONLY));
  EXPECT_TRUE(source_.engine_.touched().empty());
  EXPECT_FALSE(get(v1::READ_POLICY_NETWORK_FIRST));
  EXPECT_EQ(source_.engine_.synced().size(), 1u);
  EXPECT_FALSE(get(v1::READ_POLICY_CACHE_AND_NETWORK));
  EXPECT_EQ(source_.engine_.synced().size(), 2u);
  // When it cannot be fetched the cache answers, and says so.
  source_.engine_.set_sync_result(absl::UnavailableError("no route"));
  EXPECT_TRUE(get(v1::READ_POLICY_NETWORK_FIRST));
}

TEST_F(ReadTest, NeedsASignIn) {
  ChangeSession(nullptr);
  EXPECT_EQ(View("notes", "n1"), "UNAUTHENTICATED");
  EXPECT_EQ(Pages(All()), "NOT_SIGNED_IN");
}

}  // namespace
}  // namespace tideover::api
