/**
 * The to-do API from memory: executes the operations of one GraphQL request. It understands what clients of this schema
 * send and no more of the language: each root field by its name or alias, with its arguments from variables or as JSON
 * strings, and answers every field that the schema has, selected or not. Beside the plain backend's operations it has a
 * batch, applyTodos(writes), whose results come in the order of the writes.
 *
 * A poison is a content that is refused: by its field (statusCode 400), or, with `poisonsRequest`, with the whole request
 * that holds it, as a variable of the wrong type would be.
 */
const FIELD =
  /(?:([A-Za-z_]\w*)\s*:\s*)?\b(listTodo|addTodo|updateTodo|deleteTodo|applyTodos)\b\s*(?:\(([^)]*)\))?/g;
const ARGUMENT = /([A-Za-z_]\w*)\s*:\s*(\$\w+|"(?:[^"\\]|\\.)*")/g;

export class TodoApi {
  #todos = new Map();
  #lastId = 0;
  #operations = { listTodo: 0, addTodo: 0, updateTodo: 0, deleteTodo: 0, applyTodos: 0 };
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
    const { query, variables = {} } = JSON.parse(text);
    // Of the operation itself, not of its head: "mutation M($content: String!) { … }".
    const body = query.slice(query.indexOf("{"));
    const data = {};
    let operations = 0;
    for (const [, alias, field, argumentText = ""] of body.matchAll(FIELD)) {
      const args = {};
      for (const [, name, value] of argumentText.matchAll(ARGUMENT)) {
        args[name] = value.startsWith("$") ? variables[value.slice(1)] : JSON.parse(value);
      }
      this.#operations[field] += 1;
      operations += args.writes?.length ?? 1;
      data[alias ?? field] = this[field](args);
    }
    this.#largestRequest = Math.max(this.#largestRequest, operations);
    if (operations === 0) return { data: null, errors: [{ message: `nothing known in: ${query}` }] };
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
