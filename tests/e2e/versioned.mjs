/**
 * A to-do API with versions, from memory, as AppSync has them with conflict detection: every write counts `_version` up, and
 * an update or delete that names another version than the newest is answered with `ConflictUnhandled` and the document
 * as it is. Who names no version writes last. Plain HTTP on the loopback interface; needs Node alone.
 *
 * The first line on stdout: READY, and the endpoint's address. Ends with SIGTERM.
 */
import { createServer } from "node:http";
import { rootFields } from "../support/graphql.mjs";

const BODY_BYTES_MAX = 1 << 20;
const todos = new Map();

class Conflict extends Error {
  constructor(todo) {
    super("Conflict resolver rejects mutation.");
    this.todo = todo;
  }
}

function write(id, version, change) {
  const known = todos.get(id);
  if (version !== undefined && version !== null && version !== (known?._version ?? 0)) {
    throw new Conflict(known ?? null);
  }
  const todo = {
    _id: id,
    content: null,
    note: null,
    count: null,
    _deleted: null,
    ...known,
    ...change,
    _version: (known?._version ?? 0) + 1,
    _lastChangedAt: Date.now(),
  };
  todos.set(id, todo);
  return todo;
}

const operations = {
  listTodo: () => ({ items: [...todos.values()].filter((todo) => !todo._deleted), nextToken: null }),
  addTodo: ({ _id, ...members }) => write(_id, 0, members),
  updateTodo: ({ _id, _version, ...members }) => write(_id, _version, members),
  deleteTodo: ({ _id, _version }) => write(_id, _version, { _deleted: true }),
};

function execute(text) {
  const data = {};
  const errors = [];
  for (const { alias, name, args } of rootFields(JSON.parse(text), Object.keys(operations))) {
    try {
      data[alias] = operations[name](args);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      data[alias] = null;
      errors.push({
        path: [alias],
        errorType: "ConflictUnhandled",
        message: error.message,
        data: error.todo,
      });
    }
  }
  return errors.length > 0 ? { data, errors } : { data };
}

const server = createServer((request, response) => {
  const chunks = [];
  let bytes = 0;
  request.on("data", (chunk) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const answer = JSON.stringify(execute(Buffer.concat(chunks).toString("utf8")));
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(answer),
    });
    response.end(answer);
  });
});

server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`READY http://127.0.0.1:${server.address().port}/graphql\n`);
});
