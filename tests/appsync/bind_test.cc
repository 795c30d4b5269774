#include "appsync/bind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Refusal(const CollectionSource& source, std::string_view schema_text = kTodoSchema) {
  const Introspection schema = SchemaOf(schema_text);
  const auto bound = BindCollection(source, &schema);
  return bound.ok() ? "" : std::string(bound.status().message());
}

TEST(Bind, TakesTypesFromTheSchema) {
  const CollectionBinding todos = TodoBinding();
  ASSERT_TRUE(todos.create.has_value());
  ASSERT_EQ(todos.create->arguments.size(), 1u);
  EXPECT_EQ(todos.create->arguments[0].type.Written(), "String!");
  EXPECT_EQ(todos.create->id_argument, "");
  EXPECT_EQ(todos.update->id_argument, "_id");
  EXPECT_EQ(todos.remove->id_argument, "_id");
  EXPECT_EQ(WriteSelection(todos.list.select), "statusCode todoList { _id content }");
}

TEST(Bind, InfersWhatIsNotSaid) {
  CollectionSource source = TodoSource();
  source.list->items.reset();
  source.create->arguments.reset();
  source.create->select.reset();
  source.create->document.reset();
  source.update->select.reset();
  const Introspection schema = SchemaOf(kTodoSchema);
  const auto bound = BindCollection(source, &schema);
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_EQ(bound->list.items, "/todoList");
  EXPECT_EQ(bound->create->document, "/todo");
  EXPECT_TRUE(bound->create->document_is_whole);
  ASSERT_EQ(bound->create->arguments.size(), 1u) << "the server chooses the id";
  EXPECT_EQ(WriteSelection(bound->update->select), "statusCode count todo { _id content }");
}

TEST(Bind, ADocumentWithFewerFieldsThanTheListIsNotWhole) {
  CollectionSource source = TodoSource();
  source.create->select = "statusCode todo { _id }";
  const Introspection schema = SchemaOf(kTodoSchema);
  const auto bound = BindCollection(source, &schema);
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_FALSE(bound->create->document_is_whole);
}

TEST(Bind, AClientMadeIdNeedsItsArgument) {
  CollectionSource source = TodoSource();
  source.ids = doors::IdMode::kClientObjectId;
  EXPECT_THAT(Refusal(source), HasSubstr("collections.todos.create: no argument carries the id"));
  source.create->arguments = {"_id", "content"};
  EXPECT_EQ(Refusal(source), "");
}

TEST(Bind, RefusesAnUnknownFieldWithTheNearest) {
  CollectionSource source = TodoSource();
  source.create->field = "addTodos";
  EXPECT_EQ(Refusal(source),
            "t.toml:9:10: collections.todos.create: the schema has no mutation \"addTodos\"; the "
            "nearest is \"addTodo\"");
  source = TodoSource();
  source.list->field = "fetchEverything";
  EXPECT_THAT(Refusal(source), HasSubstr("no query \"fetchEverything\"; it has listTodo"));
}

TEST(Bind, RefusesAnUnknownArgument) {
  CollectionSource source = TodoSource();
  source.create->arguments = {"contents"};
  EXPECT_THAT(Refusal(source), HasSubstr("no argument of addTodo named \"contents\"; the nearest "
                                         "is \"content\""));
}

TEST(Bind, RefusesATypeThatTheSchemaDoesNotHave) {
  CollectionSource source = TodoSource();
  source.create->arguments = {"content: Int!"};
  EXPECT_THAT(Refusal(source), HasSubstr("\"content\" is String! in the schema, not Int!"));
}

TEST(Bind, RefusesToLeaveOutWhatTheSchemaDemands) {
  CollectionSource source = TodoSource();
  source.update->arguments = {"_id"};
  EXPECT_THAT(Refusal(source), HasSubstr("the schema demands the argument \"content: String!\""));
}

TEST(Bind, RefusesAPointerThatIsNotSelected) {
  CollectionSource source = TodoSource();
  source.update->ok = {{"/status", "200"}};
  EXPECT_THAT(Refusal(source), HasSubstr("ok: \"/status\" is not selected; selected is: "
                                         "statusCode"));
  source = TodoSource();
  source.update->ok = {{"statusCode", "200"}};
  EXPECT_THAT(Refusal(source), HasSubstr("is no JSON pointer"));
  source = TodoSource();
  source.create->document = "/todos";
  EXPECT_THAT(Refusal(source), HasSubstr("document: \"/todos\" is not selected"));
  source = TodoSource();
  source.list->items = "/statusCode";
  EXPECT_THAT(Refusal(source), HasSubstr("items: \"/statusCode\" is String, no list"));
}

TEST(Bind, RefusesASelectionThatTheSchemaDoesNotHave) {
  CollectionSource source = TodoSource();
  source.remove->select = "statusCode deleteId";
  EXPECT_THAT(Refusal(source),
              AllOf(StartsWith("t.toml:11:10: collections.todos.delete: "),
                    HasSubstr("no field \"deleteId\"; the nearest is \"deletedId\"")));
}

TEST(Bind, ACreateWhoseIdTheServerChoosesMustTellIt) {
  CollectionSource source = TodoSource();
  source.create->document.reset();
  source.create->select = "statusCode";
  EXPECT_THAT(Refusal(source), HasSubstr("the server chooses the id, but no document with "
                                         "\"_id\" is selected"));
}

TEST(Bind, ACollectionWithoutAListIsRefused) {
  CollectionSource source = TodoSource();
  source.list.reset();
  EXPECT_THAT(Refusal(source), HasSubstr("has no \"list\" operation"));
}

TEST(Bind, WorksWithoutASchemaWhenAllIsSaid) {
  CollectionSource source = TodoSource();
  source.list->select = "statusCode todoList { _id content }";
  source.create->arguments = {"content: String!"};
  source.update->arguments = {"_id: String!", "content: String!"};
  source.remove->arguments = {"_id: String!"};
  const auto bound = BindCollection(source, nullptr);
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_EQ(bound->update->arguments[0].type.Written(), "String!");
  source.remove->arguments = {"_id"};
  EXPECT_THAT(std::string(BindCollection(source, nullptr).status().message()),
              HasSubstr("the type of argument \"_id\" must be written"));
}

TEST(Bind, AModelBringsItsOperations) {
  const CollectionBinding project = ProjectBinding();
  EXPECT_EQ(project.ids, doors::IdMode::kClientUuid);
  EXPECT_EQ(project.list.field, "listProjects");
  EXPECT_EQ(project.list.next_token, "/nextToken");
  EXPECT_EQ(project.create->field, "createProject");
  EXPECT_EQ(project.create->input_type, "CreateProjectInput!");
  EXPECT_EQ(project.update->FindArgument("createdAt"), nullptr) << "read only";
  EXPECT_EQ(project.update->FindArgument("tasks"), nullptr) << "a relation";
  EXPECT_FALSE(project.update->FindArgument("name")->type.must_be_given());
  EXPECT_TRUE(project.create->FindArgument("name")->type.must_be_given());
  ASSERT_EQ(project.remove->arguments.size(), 1u);
}

TEST(Bind, RefusesAModelThatIsUnknownOrHasACompositeKey) {
  CollectionSource source;
  source.where = "t.toml:1:1: collections.p";
  source.name = "p";
  source.model = "Projekt";
  EXPECT_THAT(Refusal(source, kModelSchema), HasSubstr("the nearest is \"Project\""));
  source.model = "Task";
  EXPECT_THAT(Refusal(source, kModelSchema), HasSubstr("composite key (projectId, taskId)"));
}

TEST(Bind, RulesFollowFromTheOperations) {
  CollectionSource source = TodoSource();
  source.remove.reset();
  const Introspection schema = SchemaOf(kTodoSchema);
  const doors::CollectionRules rules = RulesOf(BindCollection(source, &schema).value());
  EXPECT_EQ(rules.id_field, "_id");
  EXPECT_THAT(rules.create_fields.value(), ElementsAre("_id", "content"));
  EXPECT_THAT(rules.update_fields.value(), ElementsAre("_id", "content"));
  EXPECT_TRUE(rules.can_update);
  EXPECT_FALSE(rules.can_delete);
}

OperationSource CountTodo() {
  OperationSource source;
  source.where = "count";
  source.field = "countTodo";
  source.arguments = {"_id: ID!", "count: Int!", "by: String"};
  source.select = "statusCode";
  return source;
}

TEST(Bind, OperationsThatCommuteCarryTheirOperands) {
  CollectionSource source = TodoSource();
  source.commuting[log::Mutation::INCREMENT] = CountTodo();
  const auto bound = BindCollection(source, nullptr);
  // The others name their arguments without types.
  EXPECT_FALSE(bound.ok());
  for (auto* operation : {&*source.create, &*source.update, &*source.remove}) {
    for (std::string& argument : *operation->arguments) argument += ": String!";
    operation->select = "statusCode todo { _id content }";
  }
  source.list->select = "statusCode todoList { _id content }";
  const auto todos = BindCollection(source, nullptr);
  ASSERT_TRUE(todos.ok()) << todos.status();
  const OperationBinding& count = todos->commuting.at(log::Mutation::INCREMENT);
  EXPECT_EQ(count.id_argument, "_id");
  const doors::CollectionRules rules = RulesOf(*todos);
  ASSERT_EQ(rules.sent_as_such.size(), 1u);
  const doors::OperationRules& operands = rules.sent_as_such.at(log::Mutation::INCREMENT);
  EXPECT_THAT(operands.arguments, ElementsAre("by", "count"));
  EXPECT_THAT(operands.required, ElementsAre("count"));
}

TEST(Bind, AnOperationThatCommutesNeedsTheId) {
  CollectionSource source = TodoSource();
  source.commuting[log::Mutation::INCREMENT] = CountTodo();
  source.commuting[log::Mutation::INCREMENT].field = "updateTodo";
  source.commuting[log::Mutation::INCREMENT].arguments = {"content"};
  EXPECT_THAT(Refusal(source), HasSubstr("the schema demands the argument \"_id"));
}

TEST(Introspection, ReadsAndWritesTypes) {
  for (const char* text : {"ID", "String!", "[ID!]!", "[String]", "CreateTodoInput!"}) {
    const auto type = ParseTypeRef(text);
    ASSERT_TRUE(type.ok()) << type.status();
    EXPECT_EQ(type->Written(), text);
  }
  for (const char* text : {"", "!", "[ID", "a b", "1x"}) EXPECT_FALSE(ParseTypeRef(text).ok());
}

TEST(AmplifyOutputs, AreReadAsTheyAre) {
  const auto outputs = ParseAmplifyOutputs(
      std::string(R"({"auth":{"user_pool_id":"us-east-1_LOCAL","aws_region":"us-east-1",
      "user_pool_client_id":"client"},"data":{"url":"http://localhost:20002/graphql",
      "aws_region":"us-east-1","api_key":"da2-fake","default_authorization_type":
      "AMAZON_COGNITO_USER_POOLS","model_introspection":)") +
      kTodoSchema + R"(},"version":"1.4"})");
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_EQ(outputs->url, "http://localhost:20002/graphql");
  EXPECT_EQ(outputs->api_key.Reveal(), "da2-fake");
  EXPECT_EQ(outputs->user_pool_client_id, "client");
  ASSERT_TRUE(outputs->schema.has_value());
  EXPECT_EQ(outputs->schema->mutations.size(), 3u);
  EXPECT_FALSE(ParseAmplifyOutputs("{}").ok());
}

}  // namespace
}  // namespace tideover::appsync
