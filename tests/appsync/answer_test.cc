#include "appsync/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using sync::Mutation;
using sync::PushClass;
using ::testing::HasSubstr;

Verdict Confirmed(std::string_view data) {
  Verdict verdict;
  verdict.outcome = PushClass::kConfirmed;
  verdict.data = ParsedJson(data);
  return verdict;
}

Mutation Of(Mutation::Kind kind, const std::string& id) {
  Mutation mutation;
  mutation.set_kind(kind);
  mutation.set_document_id(id);
  return mutation;
}

TEST(Answer, ACreateTellsTheIdThatTheServerChose) {
  const CollectionBinding todos = TodoBinding();
  const sync::PushResult result =
      ReadPush(todos, *todos.create, Of(Mutation::CREATE, "local-1"),
               Confirmed(R"({"statusCode":"200","todo":{"_id":"6b02","content":"milk"}})"));
  EXPECT_EQ(result.outcome, PushClass::kConfirmed);
  EXPECT_EQ(result.server_id, "6b02");
  EXPECT_EQ(result.document, ParsedJson(R"({"_id":"6b02","content":"milk"})"));
}

TEST(Answer, AConfirmedCreateWithoutAnIdIsAmbiguous) {
  const CollectionBinding todos = TodoBinding();
  const sync::PushResult result = ReadPush(todos, *todos.create, Of(Mutation::CREATE, "local-1"),
                                           Confirmed(R"({"statusCode":"200","todo":null})"));
  EXPECT_EQ(result.outcome, PushClass::kAmbiguous);
  EXPECT_THAT(result.error.message, HasSubstr("lacks the new document's \"_id\""));
}

TEST(Answer, AnUpdateThatSelectsNoDocumentBringsNone) {
  const CollectionBinding todos = TodoBinding();
  const sync::PushResult result = ReadPush(todos, *todos.update, Of(Mutation::UPDATE, "65a"),
                                           Confirmed(R"({"statusCode":"200"})"));
  EXPECT_EQ(result.outcome, PushClass::kConfirmed);
  EXPECT_FALSE(result.document.has_value());
  EXPECT_EQ(result.server_id, "");
}

TEST(Answer, ADocumentOfAnotherIdIsNotPassedOn) {
  const CollectionBinding project = ProjectBinding();
  const auto update = [&project](std::string_view data) {
    return ReadPush(project, *project.update, Of(Mutation::UPDATE, "p1"), Confirmed(data));
  };
  EXPECT_TRUE(update(R"({"id":"p1","name":"n"})").document.has_value());
  EXPECT_FALSE(update(R"({"id":"p2","name":"n"})").document.has_value());
  EXPECT_FALSE(update("null").document.has_value());
}

TEST(Answer, AConflictBringsTheServersDocumentWithItsId) {
  const CollectionBinding project = ProjectBinding();
  Verdict verdict;
  verdict.outcome = PushClass::kConflict;
  verdict.conflicting = ParsedJson(R"({"name":"server"})");
  const sync::PushResult result =
      ReadPush(project, *project.update, Of(Mutation::UPDATE, "p1"), std::move(verdict));
  EXPECT_EQ(result.document, ParsedJson(R"({"name":"server","id":"p1"})"));
}

TEST(Answer, AListIsWhole) {
  const ListPage page = ReadList(
      TodoBinding(),
      Confirmed(R"({"statusCode":"200","todoList":[{"_id":"a","content":"x"},{"_id":7}]})"));
  ASSERT_EQ(page.result.outcome, PushClass::kConfirmed);
  ASSERT_EQ(page.result.documents.size(), 2u);
  EXPECT_EQ(*page.result.documents[1].Find("_id"), json::Value::String("7")) << "ids are text";
}

TEST(Answer, NullIsNoEmptyList) {
  const ListPage null =
      ReadList(TodoBinding(), Confirmed(R"({"statusCode":"200","todoList":null})"));
  EXPECT_EQ(null.result.outcome, PushClass::kRetry);
  EXPECT_EQ(null.result.error.message, "listTodo/todoList is null, not a list");
  const ListPage missing = ReadList(TodoBinding(), Confirmed(R"({"statusCode":"200"})"));
  EXPECT_EQ(missing.result.error.message, "listTodo/todoList is missing, not a list");
  const ListPage empty =
      ReadList(TodoBinding(), Confirmed(R"({"statusCode":"200","todoList":[]})"));
  EXPECT_EQ(empty.result.outcome, PushClass::kConfirmed);
}

TEST(Answer, AnItemThatIsNoDocumentMakesTheListUnfit) {
  const auto message = [](std::string_view list) {
    const ListPage page = ReadList(TodoBinding(), Confirmed(list));
    EXPECT_EQ(page.result.outcome, PushClass::kRetry);
    EXPECT_TRUE(page.result.documents.empty());
    return page.result.error.message;
  };
  EXPECT_EQ(message(R"({"todoList":[{"_id":"a"},null]})"), "listTodo/todoList/1 is no document");
  EXPECT_EQ(message(R"({"todoList":[{"content":"x"}]})"),
            "listTodo/todoList/0 is a document without a usable \"_id\"");
  EXPECT_EQ(message(R"({"todoList":[{"_id":""}]})"),
            "listTodo/todoList/0 is a document without a usable \"_id\"");
}

TEST(Answer, APageTellsTheNext) {
  const CollectionBinding project = ProjectBinding();
  EXPECT_EQ(ReadList(project, Confirmed(R"({"items":[{"id":"p1"}],"nextToken":"t"})")).next_token,
            "t");
  EXPECT_EQ(ReadList(project, Confirmed(R"({"items":[],"nextToken":null})")).next_token, "");
}

}  // namespace
}  // namespace tideover::appsync
