#include "appsync/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using sync::Mutation;
using ::testing::HasSubstr;

sync::PushRequest Request(Mutation::Kind kind, const std::string& id, std::string_view change,
                          std::string_view document = "") {
  sync::PushRequest request;
  request.mutation.set_kind(kind);
  request.mutation.set_document_id(id);
  if (!change.empty()) request.change = ParsedJson(change);
  if (!document.empty()) request.document = ParsedJson(document);
  return request;
}

std::string Written(const OperationBinding& operation, const sync::PushRequest& request) {
  const auto values = ArgumentsFor(operation, request);
  return values.ok() ? json::Write(*values) : std::string(values.status().message());
}

TEST(Arguments, ACreateSendsNoIdThatTheServerChooses) {
  const CollectionBinding todos = TodoBinding();
  EXPECT_EQ(Written(*todos.create,
                    Request(Mutation::CREATE, "local-1", R"({"_id":"local-1","content":"milk"})")),
            R"({"content":"milk"})");
}

TEST(Arguments, AnUpdateSendsTheIdOfTheMutation) {
  const CollectionBinding todos = TodoBinding();
  EXPECT_EQ(Written(*todos.update, Request(Mutation::UPDATE, "65a", R"({"content":"oat milk"})",
                                           R"({"_id":"stale","content":"oat milk"})")),
            R"({"_id":"65a","content":"oat milk"})");
}

TEST(Arguments, WhatTheBackendDemandsIsTakenFromTheDocument) {
  const CollectionBinding todos = TodoBinding();
  EXPECT_EQ(Written(*todos.update, Request(Mutation::UPDATE, "65a", "{}", R"({"content":"m"})")),
            R"({"_id":"65a","content":"m"})");
}

TEST(Arguments, AnUpdateSendsNothingThatDidNotChange) {
  const CollectionBinding project = ProjectBinding();
  EXPECT_EQ(Written(*project.update, Request(Mutation::UPDATE, "p1", R"({"tags":null})",
                                             R"({"id":"p1","name":"n"})")),
            R"({"id":"p1","tags":null})");
}

TEST(Arguments, ANestedPatchIsSentAsTheWholeValue) {
  const CollectionBinding project = ProjectBinding();
  EXPECT_EQ(Written(*project.update, Request(Mutation::UPDATE, "p1", R"({"where":{"lat":1.50}})",
                                             R"({"where":{"lat":1.50,"lon":2}})")),
            R"({"id":"p1","where":{"lat":1.50,"lon":2}})");
}

TEST(Arguments, AReplaceEmptiesWhatIsGone) {
  const CollectionBinding project = ProjectBinding();
  EXPECT_EQ(Written(*project.update, Request(Mutation::REPLACE, "p1", R"({"name":"n"})")),
            R"({"id":"p1","name":"n","tags":null,"meta":null,"where":null})");
}

TEST(Arguments, AwsJsonTravelsAsText) {
  const CollectionBinding project = ProjectBinding();
  EXPECT_EQ(
      Written(*project.create, Request(Mutation::CREATE, "p1", R"({"name":"n","meta":{"a":1}})")),
      R"({"id":"p1","name":"n","meta":"{\"a\":1}"})");
}

TEST(Arguments, WhatCanNeverBeSentIsRefusedByName) {
  const CollectionBinding todos = TodoBinding();
  EXPECT_THAT(Written(*todos.create, Request(Mutation::CREATE, "local-1", "{}")),
              HasSubstr("addTodo demands \"content\" (String!), and the document has none"));
}

TEST(Arguments, EachKindHasItsOperation) {
  CollectionBinding todos = TodoBinding();
  const auto field = [&todos](Mutation::Kind kind) {
    Mutation mutation;
    mutation.set_kind(kind);
    const OperationBinding* operation = OperationFor(todos, mutation);
    return operation == nullptr ? "" : operation->field;
  };
  EXPECT_EQ(field(Mutation::CREATE), "addTodo");
  EXPECT_EQ(field(Mutation::UPDATE), "updateTodo");
  EXPECT_EQ(field(Mutation::REPLACE), "updateTodo");
  EXPECT_EQ(field(Mutation::DELETE), "deleteTodo");
  todos.remove.reset();
  EXPECT_EQ(field(Mutation::DELETE), "");
}

// Never what they come to: that would be added once more.
TEST(Arguments, OfWhatCommutesAreItsOperands) {
  OperationBinding count;
  count.field = "countTodo";
  count.id_argument = "_id";
  count.arguments = {{"_id", {.name = "ID"}}, {"count", {.name = "Int"}}, {"by", {.name = "Int"}}};
  EXPECT_EQ(Written(count, Request(Mutation::INCREMENT, "65a", R"({"count":3})",
                                   R"({"_id":"65a","count":10,"by":7})")),
            R"({"_id":"65a","count":3})");
}

TEST(Arguments, WhatCommutesGoesToItsOwnOperation) {
  CollectionBinding todos = TodoBinding();
  Mutation mutation;
  mutation.set_kind(Mutation::INCREMENT);
  EXPECT_EQ(OperationFor(todos, mutation), nullptr) << "it comes as an update";
  todos.commuting[Mutation::INCREMENT].field = "countTodo";
  EXPECT_EQ(OperationFor(todos, mutation)->field, "countTodo");
}

}  // namespace
}  // namespace tideover::appsync
