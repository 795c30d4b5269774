#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "appsync/bind.h"
#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The to-do schema with subscriptions, as the generator writes those that stand in the schema.
std::string LiveSchema() {
  std::string schema = kTodoSchema;
  schema.insert(schema.size() - 1,
                R"(,"subscriptions":{
 "onAddTodo":{"name":"onAddTodo","isArray":false,"type":{"nonModel":"AddTodoResponse"},
  "isRequired":false,"arguments":{
   "statusCode":{"name":"statusCode","isArray":false,"type":"String","isRequired":false}}},
 "onDeleteTodo":{"name":"onDeleteTodo","isArray":false,"type":{"nonModel":"DeleteTodoResponse"},
  "isRequired":false},
 "onOwnedTodo":{"name":"onOwnedTodo","isArray":false,"type":{"nonModel":"Todo"},
  "isRequired":false,"arguments":{
   "owner":{"name":"owner","isArray":false,"type":"String","isRequired":true}}}})");
  return schema;
}

OperationSource Subscription(const std::string& field) {
  OperationSource source;
  source.where = "t.toml:12:18: collections.todos.subscriptions[0]";
  source.field = field;
  return source;
}

absl::StatusOr<CollectionBinding> Bind(std::vector<OperationSource> subscriptions,
                                       const std::string& schema_text = LiveSchema()) {
  CollectionSource source = TodoSource();
  source.subscriptions = std::move(subscriptions);
  const Introspection schema = SchemaOf(schema_text);
  return BindCollection(source, &schema);
}

std::string Refusal(const OperationSource& subscription) {
  return std::string(Bind({subscription}).status().message());
}

TEST(BindSubscription, TakesItsSelectionFromTheSchema) {
  OperationSource source = Subscription("onAddTodo");
  source.document = "/todo";
  const auto bound = Bind({source});
  ASSERT_TRUE(bound.ok()) << bound.status();
  const OperationBinding& one = bound->subscriptions.at(0);
  EXPECT_EQ(one.kind, OperationKind::kSubscription);
  EXPECT_TRUE(one.arguments.empty()) << "an optional one is not sent";
  EXPECT_EQ(WriteSelection(one.select), "statusCode todo { _id content }");
  EXPECT_TRUE(one.document_is_whole);
}

TEST(BindSubscription, WithoutADocumentItOnlyTellsThatSomethingChanged) {
  const auto bound = Bind({Subscription("onAddTodo")});
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_FALSE(bound->subscriptions.at(0).document.has_value()) << "an id may be a deleted one's";
}

TEST(BindSubscription, ADocumentWithFewerFieldsThanTheListIsNotWhole) {
  OperationSource source = Subscription("onAddTodo");
  source.document = "/todo";
  source.select = "todo { _id }";
  const auto bound = Bind({source});
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_FALSE(bound->subscriptions.at(0).document_is_whole);
}

TEST(BindSubscription, OfADeletionTheIdIsEnough) {
  OperationSource source = Subscription("onDeleteTodo");
  source.document = "/deletedId";
  source.deletes = true;
  const auto bound = Bind({source});
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_TRUE(bound->subscriptions.at(0).deletes);
  EXPECT_TRUE(bound->subscriptions.at(0).document_is_whole);
  source.document.reset();
  EXPECT_THAT(Refusal(source), HasSubstr("name the place of its id by \"document\""));
}

TEST(BindSubscription, RefusesWhatTheSchemaDoesNotHave) {
  EXPECT_EQ(Refusal(Subscription("onAddTodos")),
            "t.toml:12:18: collections.todos.subscriptions[0]: the schema has no subscription "
            "\"onAddTodos\"; the nearest is \"onAddTodo\"");
  OperationSource source = Subscription("onAddTodo");
  source.document = "/tudo";
  EXPECT_THAT(Refusal(source), HasSubstr("document: \"/tudo\" is not selected"));
  source.document = "/statusCode";
  EXPECT_THAT(Refusal(source), HasSubstr("does not select \"_id\": select it, or leave out"));
}

TEST(BindSubscription, RefusesArgumentsThatNobodyCouldGive) {
  OperationSource source = Subscription("onAddTodo");
  source.arguments = {"statusCode"};
  EXPECT_THAT(Refusal(source), HasSubstr("without arguments: leave out \"arguments\""));
  EXPECT_THAT(Refusal(Subscription("onOwnedTodo")),
              HasSubstr("the schema demands the argument \"owner: String!\""));
}

TEST(BindSubscription, IsNotCheckedWhereTheSchemaTellsOfNone) {
  OperationSource source = Subscription("onAnything");
  source.select = "todo { _id content }";
  source.document = "/todo";
  const auto bound = Bind({source}, kTodoSchema);
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_TRUE(bound->subscriptions.at(0).document_is_whole);
}

TEST(BindSubscription, TheDocumentOfAVersionedCollectionHasItsVersion) {
  CollectionSource source;
  source.where = "t.toml:4:1: collections.todos";
  source.name = "todos";
  source.version_field = "_version";
  source.list = Subscription("listTodo");
  source.list->arguments.emplace();
  source.list->select = "items { id _version }";
  source.subscriptions = {Subscription("onTodo")};
  source.subscriptions[0].select = "id";
  source.subscriptions[0].document = "";
  EXPECT_THAT(std::string(BindCollection(source, nullptr).status().message()),
              HasSubstr("does not select \"_version\""));
  source.subscriptions[0].select = "id _version";
  EXPECT_TRUE(BindCollection(source, nullptr).ok());
}

TEST(BindSubscription, SixteenAreTheMost) {
  std::vector<OperationSource> sources;
  for (size_t i = 0; i < kSubscriptionsMax; ++i) {
    sources.push_back(Subscription("on" + std::to_string(i)));
    sources.back().select = "_id";
  }
  EXPECT_TRUE(Bind(sources, kTodoSchema).ok());
  sources.push_back(sources.front());
  EXPECT_THAT(std::string(Bind(sources, kTodoSchema).status().message()),
              HasSubstr("17 subscriptions; 16 are the most"));
}

TEST(BindSubscription, NobodySubscribesTwice) {
  const auto bound = Bind({Subscription("onAddTodo"), Subscription("onAddTodo")});
  EXPECT_THAT(std::string(bound.status().message()), HasSubstr("subscribed to already"));
}

TEST(BindSubscription, WhatNobodyListensToIsCheckedAllTheSame) {
  CollectionSource source = TodoSource();
  source.live = false;
  source.subscriptions = {Subscription("onAddTodo")};
  const Introspection schema = SchemaOf(LiveSchema());
  const auto bound = BindCollection(source, &schema);
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_TRUE(bound->subscriptions.empty());
  source.subscriptions[0].field = "onAddTodos";
  EXPECT_THAT(std::string(BindCollection(source, &schema).status().message()),
              StartsWith("t.toml:12:18: "));
}

TEST(BindSubscription, AModelBringsThreeOfThem) {
  const Introspection schema = SchemaOf(kModelSchema);
  CollectionSource source;
  source.where = "t.toml:1:1: collections.Project";
  source.name = "Project";
  source.model = "Project";
  source.version_field = "_version";
  const auto bound = BindCollection(source, &schema);
  ASSERT_TRUE(bound.ok()) << bound.status();
  std::vector<std::string> fields;
  for (const OperationBinding& one : bound->subscriptions) {
    fields.push_back(one.field);
    EXPECT_EQ(one.document, "");
    EXPECT_TRUE(one.document_is_whole);
    EXPECT_TRUE(SelectsField(one.select, "_version"));
    EXPECT_EQ(one.deletes, one.field == "onDeleteProject");
  }
  EXPECT_THAT(fields, ElementsAre("onCreateProject", "onUpdateProject", "onDeleteProject"));
  source.subscriptions = {Subscription("onAddTodo")};
  EXPECT_THAT(std::string(BindCollection(source, &schema).status().message()),
              HasSubstr("say one or the other"));
}

}  // namespace
}  // namespace tideover::appsync
