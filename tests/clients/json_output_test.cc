#include "cli/json_output.h"

#include <gtest/gtest.h>

#include "tideover/v1/data.pb.h"
#include "tideover/v1/mutation.pb.h"

namespace tideover::cli {
namespace {

TEST(JsonOutput, EmbedsTheDocumentAsJson) {
  v1::Document document;
  document.set_collection("todos");
  document.set_id("a");
  document.set_json(R"({"content":"milk","n":12345678901234567890.10})");
  document.set_revision(7);
  EXPECT_EQ(ToJsonText(document),
            R"({"collection":"todos","id":"a",)"
            R"("json":{"content":"milk","n":12345678901234567890.10},"revision":"7",)"
            R"("pending":false,"pending_mutation_ids":[],"previous_id":"","provisional":false})");
}

TEST(JsonOutput, EmbedsInsideListsAndBySuffix) {
  v1::MutateResponse response;
  response.add_results()->mutable_settlement()->set_result_json("[1]");
  const json::Value value = ToJson(response);
  const json::Value* result = json::Resolve(value, "/results/0/settlement/result_json/0");
  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->text(), "1");
}

TEST(JsonOutput, SaysNullForADeletesMissingPatch) {
  v1::Mutation mutation;
  mutation.set_kind(v1::MUTATION_KIND_DELETE);
  const json::Value value = ToJson(mutation);
  ASSERT_NE(value.Find("patch_json"), nullptr);
  EXPECT_TRUE(value.Find("patch_json")->is_null());
  EXPECT_EQ(value.Find("kind")->text(), "MUTATION_KIND_DELETE");
}

TEST(JsonOutput, KeepsTextThatIsNoJsonAsText) {
  v1::Document document;
  document.set_json("{oops");
  const json::Value value = ToJson(document);
  EXPECT_EQ(value.Find("json")->text(), "{oops");
  EXPECT_TRUE(value.Find("json")->is_string());
}

TEST(JsonOutput, EmbedsTheDeepestDocumentThereCanBe) {
  const std::string deep =
      std::string(json::kDepthMax - 1, '[') + std::string(json::kDepthMax - 1, ']');
  v1::GetResponse response;
  response.mutable_document()->set_json("{\"a\":" + deep + "}");
  const json::Value value = ToJson(response);
  const json::Value* a = json::Resolve(value, "/document/json/a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(json::Write(*a), deep);
}

}  // namespace
}  // namespace tideover::cli
