/**
 * The API. Every operation is a Lambda function, nothing is a model: AppSync knows nothing of versions, pages or changes
 * here. Both types and operations are open to users of the pool and to the API key.
 */
import { a, defineData, type ClientSchema } from "@aws-amplify/backend";
import { addTodo } from "../functions/addTodo/resource.js";
import { deleteTodo } from "../functions/deleteTodo/resource.js";
import { listTodo } from "../functions/listTodo/resource.js";
import { updateTodo } from "../functions/updateTodo/resource.js";

export const schema = a
  .schema({
    Todo: a.customType({
      _id: a.id().required(),
      content: a.string().required(),
    }),
    ListTodoResponse: a.customType({
      statusCode: a.string(),
      todoList: a.ref("Todo").array(),
    }),
    AddTodoResponse: a.customType({
      statusCode: a.string(),
      todo: a.ref("Todo"),
    }),
    UpdatedTodoResponse: a.customType({
      statusCode: a.string(),
      count: a.string(),
      todo: a.ref("Todo"),
    }),
    DeleteTodoResponse: a.customType({
      statusCode: a.string(),
      count: a.string(),
      deletedId: a.string(),
    }),

    listTodo: a.query().returns(a.ref("ListTodoResponse")).handler(a.handler.function(listTodo)),
    addTodo: a
      .mutation()
      .arguments({ _id: a.id(), content: a.string().required() })
      .returns(a.ref("AddTodoResponse"))
      .handler(a.handler.function(addTodo)),
    updateTodo: a
      .mutation()
      .arguments({ _id: a.string().required(), content: a.string().required() })
      .returns(a.ref("UpdatedTodoResponse"))
      .handler(a.handler.function(updateTodo)),
    deleteTodo: a
      .mutation()
      .arguments({ _id: a.string().required() })
      .returns(a.ref("DeleteTodoResponse"))
      .handler(a.handler.function(deleteTodo)),
  })
  .authorization((allow) => [allow.authenticated(), allow.publicApiKey()]);

export type Schema = ClientSchema<typeof schema>;

export const data = defineData({
  schema,
  authorizationModes: {
    defaultAuthorizationMode: "userPool",
    apiKeyAuthorizationMode: { expiresInDays: 30 },
  },
});
