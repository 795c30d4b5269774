/**
 * Replaces the content of one of the caller's to-dos. An id that is unknown, or another user's, is answered with 200 and
 * the new content as well. `todo` carries no `_id` although the schema says it always does, and `count` is the driver's
 * result object although the schema says it is a String: whoever selects either gets an error below a committed field.
 */
import { ObjectId, type UpdateResult } from "mongodb";
import { failure, usernameOf, type Resolver } from "../shared/event.js";
import { todos } from "../shared/todos.js";

interface UpdateTodoArguments {
  _id: string;
  content: string;
}

interface UpdateTodoAnswer {
  statusCode: 200;
  count: UpdateResult;
  todo: { content: string };
}

export const handler: Resolver<UpdateTodoArguments, UpdateTodoAnswer> = async (event) => {
  const collection = todos();
  try {
    const { content } = event.arguments;
    const filter = { _id: new ObjectId(event.arguments._id), username: usernameOf(event) };
    const count = await collection.updateOne(filter, { $set: { content } });
    return { statusCode: 200, count, todo: { content } };
  } catch (error) {
    return failure(error);
  }
};
