/**
 * A to-do API with versions, from memory, as AppSync has them with conflict detection: every write counts `_version` up, and
 * an update or delete that names another version than the newest is answered with `ConflictUnhandled` and the document
 * as it is. Who names no version writes last, and every write is told to who subscribed. Plain HTTP on the loopback interface.
 *
 * Beside /graphql there are doors for tests: POST /tell {field, todo} sends a message that no write made, /hush {hushed}
 * loses those of writes, /cut drops all connections; GET /counts says how many lists, connections and subscriptions there
 * were.
 *
 * The first line on stdout: READY, and the endpoint's address. Ends with SIGTERM.
 */
import { createServer } from "node:http";
import { rootFields } from "../support/graphql.mjs";
import { Realtime } from "./realtime.mjs";

const BODY_BYTES_MAX = 1 << 20;
const todos = new Map();
let lists = 0;
let hushed = false;

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
  listTodo: () => {
    lists += 1;
    return { items: [...todos.values()].filter((todo) => !todo._deleted), nextToken: null };
  },
  addTodo: ({ _id, ...members }) => write(_id, 0, members),
  updateTodo: ({ _id, _version, ...members }) => write(_id, _version, members),
  // Adds to what there is, whatever its version.
  countTodo: ({ _id, count }) => write(_id, null, { count: (todos.get(_id)?.count ?? 0) + count }),
  deleteTodo: ({ _id, _version }) => write(_id, _version, { _deleted: true }),
};

const told = {
  addTodo: "onAddTodo",
  updateTodo: "onUpdateTodo",
  countTodo: "onUpdateTodo",
  deleteTodo: "onDeleteTodo",
};

const doors = {
  "/graphql": (text) => execute(text),
  "/tell": (text) => {
    const { field, todo } = JSON.parse(text);
    realtime.publish(field, todo);
  },
  "/hush": (text) => {
    hushed = JSON.parse(text).hushed;
  },
  "/cut": () => realtime.cut(),
  "/counts": () => ({ lists, ...realtime.counts() }),
};

function execute(text) {
  const data = {};
  const errors = [];
  for (const { alias, name, args } of rootFields(JSON.parse(text), Object.keys(operations))) {
    try {
      data[alias] = operations[name](args);
      if (name in told && !hushed) realtime.publish(told[name], data[alias]);
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
    const door = doors[request.url];
    const answer = JSON.stringify(door?.(Buffer.concat(chunks).toString("utf8")) ?? {});
    response.writeHead(door === undefined ? 404 : 200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(answer),
    });
    response.end(answer);
  });
});

const realtime = new Realtime(server, Object.values(told));

server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`READY http://127.0.0.1:${server.address().port}/graphql\n`);
});
