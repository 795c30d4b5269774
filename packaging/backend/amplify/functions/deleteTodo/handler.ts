/**
 * Deletes one of the caller's to-dos. Deleting what is not there is answered with 200 as well. `count` is the driver's
 * result object although the schema says it is a String.
 */
import { ObjectId, type DeleteResult } from "mongodb";
import { failure, usernameOf, type Resolver } from "../shared/event.js";
import { todos } from "../shared/todos.js";

interface DeleteTodoArguments {
  _id: string;
}

interface DeleteTodoAnswer {
  statusCode: 200;
  count: DeleteResult;
  deletedId: string;
}

export const handler: Resolver<DeleteTodoArguments, DeleteTodoAnswer> = async (event) => {
  const collection = todos();
  try {
    const { _id } = event.arguments;
    const filter = { _id: new ObjectId(_id), username: usernameOf(event) };
    const count = await collection.deleteOne(filter);
    return { statusCode: 200, count, deletedId: _id };
  } catch (error) {
    return failure(error);
  }
};
