/** Inserts a to-do. The id is always the server's: an `_id` in the arguments is accepted by the schema and ignored. */
import type { ObjectId } from "mongodb";
import { failure, usernameOf, type Resolver } from "../shared/event.js";
import { todos } from "../shared/todos.js";

interface AddTodoArguments {
  _id?: string | null;
  content: string;
}

interface AddTodoAnswer {
  statusCode: 200;
  todo: { _id: ObjectId; content: string };
}

export const handler: Resolver<AddTodoArguments, AddTodoAnswer> = async (event) => {
  const collection = todos();
  try {
    const { content } = event.arguments;
    const { insertedId } = await collection.insertOne({ content, username: usernameOf(event) });
    return { statusCode: 200, todo: { _id: insertedId, content } };
  } catch (error) {
    return failure(error);
  }
};
