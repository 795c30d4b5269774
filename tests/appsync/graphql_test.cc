#include "appsync/graphql.h"

#include <gtest/gtest.h>

#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

TEST(Graphql, WritesTypedVariables) {
  const CollectionBinding todos = TodoBinding();
  EXPECT_EQ(WriteOperation(*todos.update),
            "mutation updateTodo($_id: String!, $content: String!) { "
            "updateTodo(_id: $_id, content: $content) { statusCode } }");
}

TEST(Graphql, WritesNoParenthesesWithoutArguments) {
  EXPECT_EQ(WriteOperation(TodoBinding().list),
            "query listTodo { listTodo { statusCode todoList { _id content } } }");
}

TEST(Graphql, WrapsAModelsArgumentsInItsInput) {
  const CollectionBinding project = ProjectBinding();
  EXPECT_EQ(WriteOperation(*project.remove),
            "mutation deleteProject($input: DeleteProjectInput!) { deleteProject(input: $input) { "
            "id name tags meta where { lat lon } createdAt } }");
  json::Value arguments = json::Value::Object();
  arguments.Set("id", json::Value::String("p1"));
  const json::Value request = ParsedJson(WriteRequest(*project.remove, arguments));
  EXPECT_EQ(*json::Resolve(request, "/variables"), ParsedJson(R"({"input":{"id":"p1"}})"));
}

TEST(Graphql, CarriesValuesExactly) {
  json::Value arguments = json::Value::Object();
  arguments.Set("content", json::Value::String("\"q\" \n \xf0\x9f\x8c\x8a"));
  arguments.Set("n", json::Value::Number("9007199254740993"));
  const json::Value request = ParsedJson(WriteRequest(*TodoBinding().create, arguments));
  EXPECT_EQ(*request.Find("variables"), arguments);
}

}  // namespace
}  // namespace tideover::appsync
