/** All to-dos of the caller, in one answer: there are no pages. After a failure `todoList` is null, not empty. */
import { failure, usernameOf, type Resolver } from "../shared/event.js";
import { todos, type StoredTodo } from "../shared/todos.js";

interface ListTodoAnswer {
  statusCode: 200;
  todoList: StoredTodo[];
}

export const handler: Resolver<Record<string, never>, ListTodoAnswer> = async (event) => {
  const collection = todos();
  try {
    const todoList = await collection.find({ username: usernameOf(event) }).toArray();
    return { statusCode: 200, todoList };
  } catch (error) {
    return failure(error);
  }
};
