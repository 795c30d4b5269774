// Schemas as Amplify's generator writes them: the to-do sample with its custom operations, and
// models.
#ifndef TIDEOVER_TESTS_APPSYNC_SCHEMAS_H_
#define TIDEOVER_TESTS_APPSYNC_SCHEMAS_H_

#include <string>

#include "appsync/amplify_outputs.h"
#include "appsync/bind.h"
#include "appsync/introspection.h"
#include "base/check.h"
#include "base/json.h"

namespace tideover::appsync {

inline constexpr char kTodoSchema[] = R"({"version":1,"models":{},"enums":{},"nonModels":{
 "Todo":{"name":"Todo","fields":{
  "_id":{"name":"_id","isArray":false,"type":"ID","isRequired":true,"attributes":[]},
  "content":{"name":"content","isArray":false,"type":"String","isRequired":true}}},
 "ListTodoResponse":{"name":"ListTodoResponse","fields":{
  "statusCode":{"name":"statusCode","isArray":false,"type":"String","isRequired":false},
  "todoList":{"name":"todoList","isArray":true,"type":{"nonModel":"Todo"},"isRequired":false,
   "isArrayNullable":true}}},
 "AddTodoResponse":{"name":"AddTodoResponse","fields":{
  "statusCode":{"name":"statusCode","isArray":false,"type":"String","isRequired":false},
  "todo":{"name":"todo","isArray":false,"type":{"nonModel":"Todo"},"isRequired":false}}},
 "DeleteTodoResponse":{"name":"DeleteTodoResponse","fields":{
  "statusCode":{"name":"statusCode","isArray":false,"type":"String","isRequired":false},
  "count":{"name":"count","isArray":false,"type":"String","isRequired":false},
  "deletedId":{"name":"deletedId","isArray":false,"type":"String","isRequired":false}}},
 "UpdatedTodoResponse":{"name":"UpdatedTodoResponse","fields":{
  "statusCode":{"name":"statusCode","isArray":false,"type":"String","isRequired":false},
  "count":{"name":"count","isArray":false,"type":"String","isRequired":false},
  "todo":{"name":"todo","isArray":false,"type":{"nonModel":"Todo"},"isRequired":false}}}},
 "queries":{"listTodo":{"name":"listTodo","isArray":false,"type":{"nonModel":"ListTodoResponse"},
   "isRequired":false}},
 "mutations":{
  "addTodo":{"name":"addTodo","isArray":false,"type":{"nonModel":"AddTodoResponse"},
   "isRequired":false,"arguments":{
    "_id":{"name":"_id","isArray":false,"type":"ID","isRequired":false},
    "content":{"name":"content","isArray":false,"type":"String","isRequired":true}}},
  "deleteTodo":{"name":"deleteTodo","isArray":false,"type":{"nonModel":"DeleteTodoResponse"},
   "isRequired":false,"arguments":{
    "_id":{"name":"_id","isArray":false,"type":"String","isRequired":true}}},
  "updateTodo":{"name":"updateTodo","isArray":false,"type":{"nonModel":"UpdatedTodoResponse"},
   "isRequired":false,"arguments":{
    "_id":{"name":"_id","isArray":false,"type":"String","isRequired":true},
    "content":{"name":"content","isArray":false,"type":"String","isRequired":true}}}}})";

inline constexpr char kModelSchema[] = R"({"version":1,"models":{
 "Project":{"name":"Project","fields":{
  "id":{"name":"id","isArray":false,"type":"ID","isRequired":true},
  "name":{"name":"name","isArray":false,"type":"String","isRequired":true},
  "tags":{"name":"tags","isArray":true,"type":"String","isRequired":false,"isArrayNullable":true},
  "meta":{"name":"meta","isArray":false,"type":"AWSJSON","isRequired":false},
  "where":{"name":"where","isArray":false,"type":{"nonModel":"Geo"},"isRequired":false},
  "tasks":{"name":"tasks","isArray":true,"type":{"model":"Task"},"isRequired":false,
   "association":{"connectionType":"HAS_MANY","associatedWith":["projectId"]}},
  "createdAt":{"name":"createdAt","isArray":false,"type":"AWSDateTime","isRequired":false,
   "isReadOnly":true}},
  "pluralName":"Projects",
  "primaryKeyInfo":{"isCustomPrimaryKey":false,"primaryKeyFieldName":"id","sortKeyFieldNames":[]}},
 "Task":{"name":"Task","fields":{
  "taskId":{"name":"taskId","isArray":false,"type":"ID","isRequired":true},
  "projectId":{"name":"projectId","isArray":false,"type":"ID","isRequired":true}},
  "pluralName":"Tasks",
  "primaryKeyInfo":{"isCustomPrimaryKey":true,"primaryKeyFieldName":"projectId",
   "sortKeyFieldNames":["taskId"]}}},
 "enums":{"Priority":{"name":"Priority","values":["LOW","HIGH"]}},
 "nonModels":{"Geo":{"name":"Geo","fields":{
  "lat":{"name":"lat","isArray":false,"type":"Float","isRequired":true},
  "lon":{"name":"lon","isArray":false,"type":"Float","isRequired":true}}}},
 "queries":{"pagedTodo":{"name":"pagedTodo","isArray":false,"type":{"nonModel":"Geo"},
   "isRequired":false,"arguments":{
    "owner":{"name":"owner","isArray":false,"type":"String","isRequired":true}}}},
 "mutations":{"bulkDone":{"name":"bulkDone","isArray":true,"type":{"model":"Task"},
   "isRequired":false,"isArrayNullable":true,"arguments":{
    "ids":{"name":"ids","isArray":true,"type":"ID","isRequired":true,"isArrayNullable":false}}}}})";

inline json::Value ParsedJson(std::string_view text) {
  absl::StatusOr<json::Value> value = json::Parse(text);
  TIDEOVER_CHECK(value.ok(), std::string(text));
  return *std::move(value);
}

inline Introspection SchemaOf(std::string_view text) {
  absl::StatusOr<Introspection> schema = ParseIntrospection(ParsedJson(text));
  TIDEOVER_CHECK(schema.ok(), std::string(schema.status().message()));
  return *std::move(schema);
}

// The binding of the to-do sample as the documentation gives it.
inline CollectionSource TodoSource() {
  const std::vector<Condition> ok = {{"/statusCode", "200"}};
  CollectionSource source;
  source.where = "t.toml:4:1: collections.todos";
  source.name = "todos";
  source.id_field = "_id";
  source.ids = doors::IdMode::kServer;
  source.list.emplace();
  source.list->where = "t.toml:8:10: collections.todos.list";
  source.list->field = "listTodo";
  source.list->items = "/todoList";
  source.list->ok = ok;
  source.create.emplace();
  source.create->where = "t.toml:9:10: collections.todos.create";
  source.create->field = "addTodo";
  source.create->arguments = {"content"};
  source.create->document = "/todo";
  source.create->select = "statusCode todo { _id content }";
  source.create->ok = ok;
  source.update.emplace();
  source.update->where = "t.toml:10:10: collections.todos.update";
  source.update->field = "updateTodo";
  source.update->arguments = {"_id", "content"};
  source.update->select = "statusCode";
  source.update->ok = ok;
  source.remove.emplace();
  source.remove->where = "t.toml:11:10: collections.todos.delete";
  source.remove->field = "deleteTodo";
  source.remove->arguments = {"_id"};
  source.remove->select = "statusCode deletedId";
  source.remove->ok = ok;
  return source;
}

inline CollectionBinding TodoBinding() {
  const Introspection schema = SchemaOf(kTodoSchema);
  absl::StatusOr<CollectionBinding> bound = BindCollection(TodoSource(), &schema);
  TIDEOVER_CHECK(bound.ok(), std::string(bound.status().message()));
  return *std::move(bound);
}

inline CollectionBinding ProjectBinding() {
  const Introspection schema = SchemaOf(kModelSchema);
  CollectionSource source;
  source.where = "t.toml:1:1: collections.Project";
  source.name = "Project";
  source.model = "Project";
  absl::StatusOr<CollectionBinding> bound = BindCollection(source, &schema);
  TIDEOVER_CHECK(bound.ok(), std::string(bound.status().message()));
  return *std::move(bound);
}

}  // namespace tideover::appsync

#endif  // TIDEOVER_TESTS_APPSYNC_SCHEMAS_H_
