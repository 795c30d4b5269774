#include "appsync/graphql.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

std::string Written(const OperationBinding& operation) {
  const Call call{&operation, json::Value::Object()};
  return WriteOperations({&call, 1});
}

json::Value Request(const OperationBinding& operation, const json::Value& arguments) {
  const Call call{&operation, arguments};
  return ParsedJson(WriteRequest({&call, 1}));
}

TEST(Graphql, WritesTypedVariables) {
  const CollectionBinding todos = TodoBinding();
  EXPECT_EQ(Written(*todos.update),
            "mutation updateTodo($_id: String!, $content: String!) { "
            "updateTodo(_id: $_id, content: $content) { statusCode } }");
}

TEST(Graphql, WritesNoParenthesesWithoutArguments) {
  EXPECT_EQ(Written(TodoBinding().list),
            "query listTodo { listTodo { statusCode todoList { _id content } } }");
}

TEST(Graphql, WrapsAModelsArgumentsInItsInput) {
  const CollectionBinding project = ProjectBinding();
  EXPECT_EQ(Written(*project.remove),
            "mutation deleteProject($input: DeleteProjectInput!) { deleteProject(input: $input) { "
            "id name tags meta where { lat lon } createdAt } }");
  json::Value arguments = json::Value::Object();
  arguments.Set("id", json::Value::String("p1"));
  const json::Value request = Request(*project.remove, arguments);
  EXPECT_EQ(*json::Resolve(request, "/variables"), ParsedJson(R"({"input":{"id":"p1"}})"));
}

TEST(Graphql, CarriesValuesExactly) {
  json::Value arguments = json::Value::Object();
  arguments.Set("content", json::Value::String("\"q\" \n \xf0\x9f\x8c\x8a"));
  arguments.Set("n", json::Value::Number("9007199254740993"));
  const json::Value request = Request(*TodoBinding().create, arguments);
  EXPECT_EQ(*request.Find("variables"), arguments);
}

TEST(Graphql, SeveralShareARequestUnderAliasesWithTypedVariables) {
  const CollectionBinding todos = TodoBinding();
  const CollectionBinding project = ProjectBinding();
  const std::vector<Call> calls = {{&*todos.create, ParsedJson(R"({"content":"milk"})")},
                                   {&*todos.remove, ParsedJson(R"({"_id":"6b02"})")},
                                   {&*project.remove, ParsedJson(R"({"id":"p1"})")}};
  const json::Value request = ParsedJson(WriteRequest(calls));
  EXPECT_EQ(request.Find("query")->text(),
            "mutation Several($m0_content: String!, $m1__id: String!, "
            "$m2_input: DeleteProjectInput!) { "
            "m0: addTodo(content: $m0_content) { statusCode todo { _id content } } "
            "m1: deleteTodo(_id: $m1__id) { statusCode deletedId } "
            "m2: deleteProject(input: $m2_input) { "
            "id name tags meta where { lat lon } createdAt } }");
  EXPECT_EQ(*request.Find("variables"),
            ParsedJson(R"({"m0_content":"milk","m1__id":"6b02","m2_input":{"id":"p1"}})"));
  EXPECT_EQ(ResponseKey(calls, 1), "m1");
  EXPECT_EQ(ResponseKey({calls.data(), 1}, 0), "addTodo");
}

TEST(Graphql, CountsTokensAsALexerDoes) {
  EXPECT_EQ(CountTokens(""), 0u);
  EXPECT_EQ(CountTokens("m0: addTodo(content: $m0_content) { statusCode todo { _id content } }"),
            17u);
  EXPECT_EQ(CountTokens("($a: [ID!]!, $b: String)"), 15u) << "the comma counts";
}

TEST(Graphql, TheSizeOfACallBoundsWhatItAdds) {
  const CollectionBinding todos = TodoBinding();
  std::vector<Call> calls(200,
                          {&*todos.update, ParsedJson(R"({"_id":"6b02","content":"mi\"lk"})")});
  const CallSize each = SizeOf(calls[0]);
  EXPECT_GE(calls.size() * each.tokens + 6, CountTokens(WriteOperations(calls)));
  EXPECT_GE(calls.size() * each.bytes + 128, WriteRequest(calls).size());
}

}  // namespace
}  // namespace tideover::appsync
