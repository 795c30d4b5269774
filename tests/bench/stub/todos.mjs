/**
 * The to-do API from memory: executes the operations of one GraphQL request and answers every field that the schema has,
 * selected or not. Beside the plain backend's operations it has a batch, applyTodos(writes), whose results come in the
 * order of the writes.
 *
 * A poison is a content that is refused: by its field (statusCode 400), or, with `poisonsRequest`, with the whole request
 * that holds it, as a variable of the wrong type would be.
 */
import { rootFields } from "../../support/graphql.mjs";

const OPERATIONS = ["listTodo", "addTodo", "updateTodo", "deleteTodo", "applyTodos"];

export class TodoApi {
  #todos = new Map();
  #lastId = 0;
  #operations = Object.fromEntries(OPERATIONS.map((name) => [name, 0]));
  #largestRequest = 0;
  #poison;
  #poisonsRequest;

  constructor({ poison, poisonsRequest = false } = {}) {
    this.#poison = poison;
    this.#poisonsRequest = poisonsRequest;
  }

  execute(text) {
    if (this.#poisonsRequest && this.#poison !== undefined && text.includes(this.#poison)) {
      return { data: null, errors: [{ message: "Variable 'content' has an invalid value." }] };
    }
    const request = JSON.parse(text);
    const data = {};
    let operations = 0;
    for (const { alias, name, args } of rootFields(request, OPERATIONS)) {
      this.#operations[name] += 1;
      operations += args.writes?.length ?? 1;
      data[alias] = this[name](args);
    }
    this.#largestRequest = Math.max(this.#largestRequest, operations);
    if (operations === 0) {
      return { data: null, errors: [{ message: `nothing known in: ${request.query}` }] };
    }
    return { data };
  }

  listTodo() {
    return { statusCode: "200", todoList: [...this.#todos.values()] };
  }

  applyTodos({ writes }) {
    const operations = { create: "addTodo", update: "updateTodo", delete: "deleteTodo" };
    return writes.map(({ kind, ...args }) => {
      const { statusCode, todo = null } = this[operations[kind]](args);
      return { status: statusCode === "200" ? "ok" : "refused", todo };
    });
  }

  addTodo({ content }) {
    if (this.#poison !== undefined && content.includes(this.#poison)) {
      return { statusCode: "400", todo: null };
    }
    this.#lastId += 1;
    const todo = { _id: `6561${this.#lastId.toString(16).padStart(20, "0")}`, content };
    this.#todos.set(todo._id, todo);
    return { statusCode: "200", todo };
  }

  updateTodo({ _id, content }) {
    const todo = this.#todos.get(_id);
    if (todo === undefined) return { statusCode: "404", count: "0", todo: null };
    todo.content = content;
    return { statusCode: "200", count: "1", todo };
  }

  deleteTodo({ _id }) {
    const found = this.#todos.delete(_id);
    return { statusCode: found ? "200" : "404", count: found ? "1" : "0", deletedId: _id };
  }

  counts() {
    return {
      documents: this.#todos.size,
      largestRequest: this.#largestRequest,
      ...this.#operations,
    };
  }

  /** Content → how many documents have it. */
  contents() {
    const times = {};
    for (const { content } of this.#todos.values()) times[content] = (times[content] ?? 0) + 1;
    return times;
  }
}
