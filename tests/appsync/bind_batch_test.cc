// Binding of what goes beyond the four operations: versions, batch operations, invokes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The to-do sample with a batch operation, without a schema.
CollectionSource WithBatch() {
  CollectionSource source = TodoSource();
  source.list->select = "statusCode todoList { _id content }";
  source.list->arguments.emplace();
  source.create->arguments = {"content: String!"};
  source.update->arguments = {"_id: String!", "content: String!"};
  source.remove->arguments = {"_id: String!"};
  source.batch.emplace();
  source.batch->operation.where = "t.toml:12:9: collections.todos.batch";
  source.batch->operation.field = "applyTodos";
  source.batch->operation.arguments = {"writes: [TodoWrite!]!"};
  source.batch->operation.select = "results { status todo { _id content } }";
  source.batch->operation.ok = {{"/status", "ok"}};
  source.batch->results = "/results";
  return source;
}

using Kinds = std::vector<std::pair<std::string, std::string>>;

std::string Refusal(const CollectionSource& source) {
  const auto bound = BindCollection(source, nullptr);
  return bound.ok() ? "" : std::string(bound.status().message());
}

TEST(BindBatch, FindsTheDocumentInAResult) {
  const auto bound = BindCollection(WithBatch(), nullptr);
  ASSERT_TRUE(bound.ok()) << bound.status();
  ASSERT_TRUE(bound->batch.has_value());
  EXPECT_EQ(bound->batch->operation.document, "/todo");
  EXPECT_TRUE(bound->batch->operation.document_is_whole);
  EXPECT_EQ(bound->batch->create_word, "create");
  EXPECT_EQ(bound->batch->delete_word, "delete");
}

TEST(BindBatch, CarriesTheKindsThatAreNamed) {
  CollectionSource source = WithBatch();
  source.batch->kinds = Kinds{{"update", "UPDATE"}};
  const auto bound = BindCollection(source, nullptr);
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_EQ(bound->batch->create_word, "");
  EXPECT_EQ(bound->batch->update_word, "UPDATE");
  source.batch->kinds = Kinds{{"upsert", "x"}};
  EXPECT_THAT(Refusal(source), HasSubstr("\"upsert\" is none of create, update, delete"));
  source.batch->kinds = Kinds{{"delete", "x"}};
  source.remove.reset();
  EXPECT_THAT(Refusal(source), HasSubstr("has no operation \"delete\""));
}

TEST(BindBatch, RefusesWhatCannotWork) {
  CollectionSource source = WithBatch();
  source.batch->operation.ok.clear();
  EXPECT_THAT(Refusal(source), HasSubstr("collections.todos.batch: \"ok\" is missing"));
  source = WithBatch();
  source.batch->operation.arguments = {"write: TodoWrite!"};
  EXPECT_THAT(Refusal(source), HasSubstr("argument \"write\" is TodoWrite!, no list"));
  source = WithBatch();
  source.batch->operation.arguments = {"a: [A!]!", "b: [B!]!"};
  EXPECT_THAT(Refusal(source), HasSubstr("takes one argument"));
  source = WithBatch();
  source.batch->kind_member = "content";
  EXPECT_THAT(Refusal(source), HasSubstr("\"content\" would be a member of the document too"));
  source.batch->values_member = "values";
  EXPECT_EQ(Refusal(source), "");
  source = WithBatch();
  source.batch->conflict = {{"/state", "conflict"}};
  EXPECT_THAT(Refusal(source), HasSubstr("conflict: \"/state\" is not selected"));
  source = WithBatch();
  source.batch->operation.select = "results { status }";
  EXPECT_THAT(Refusal(source), HasSubstr("the server chooses the id, but no document"));
}

TEST(BindVersion, AModelSelectsAndSendsIt) {
  const Introspection schema = SchemaOf(kModelSchema);
  CollectionSource source;
  source.where = "t.toml:1:1: collections.Project";
  source.name = "Project";
  source.model = "Project";
  source.version_field = "_version";
  const auto bound = BindCollection(source, &schema);
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_EQ(bound->version_field, "_version");
  for (const OperationBinding* operation : {&*bound->create, &*bound->update, &*bound->remove}) {
    EXPECT_THAT(WriteSelection(operation->select),
                HasSubstr("createdAt _version _lastChangedAt _deleted"));
  }
  EXPECT_TRUE(IsSelected(bound->list.select, "/items/_deleted"));
  EXPECT_TRUE(bound->update->document_is_whole);
  EXPECT_EQ(bound->create->FindArgument("_version"), nullptr);
  EXPECT_EQ(bound->update->version_argument, "_version");
  ASSERT_EQ(bound->remove->arguments.size(), 2u);
  const doors::CollectionRules rules = RulesOf(*bound);
  EXPECT_EQ(rules.version_field, "_version");
  EXPECT_THAT(*rules.update_fields, ElementsAre("id", "meta", "name", "tags", "where"))
      << "apps do not write it";
}

TEST(BindVersion, CustomOperationsMustCarryIt) {
  CollectionSource source = WithBatch();
  source.version_field = "_version";
  EXPECT_THAT(Refusal(source), HasSubstr("list: version: \"_version\" is not selected"));
  source.list->select = "statusCode todoList { _id content _version }";
  EXPECT_THAT(Refusal(source), HasSubstr("update: no argument carries the version"));
  source.update->arguments->push_back("_version: Int");
  EXPECT_THAT(Refusal(source), HasSubstr("delete: no argument carries the version"));
  source.remove->arguments->push_back("_version: Int");
  EXPECT_EQ(Refusal(source), "");
}

TEST(BindInvoke, TakesEverythingFromTheSchema) {
  const Introspection schema = SchemaOf(kModelSchema);
  OperationSource source;
  source.where = "t.toml:1:1: operations.bulkDone";
  source.field = "bulkDone";
  const auto bound = BindInvoke(source, {}, &schema);
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_EQ(WriteSelection(bound->select), "taskId projectId");
  const doors::OperationRules rules = RulesOf(*bound);
  EXPECT_THAT(rules.arguments, ElementsAre("ids"));
  EXPECT_THAT(rules.required, ElementsAre("ids"));
  source.field = "bulkDon";
  EXPECT_THAT(std::string(BindInvoke(source, {}, &schema).status().message()),
              HasSubstr("no mutation \"bulkDon\"; the nearest is \"bulkDone\""));
}

}  // namespace
}  // namespace tideover::appsync
