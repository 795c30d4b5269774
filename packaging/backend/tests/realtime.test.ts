/** No frame that a realtime client sends may end the process; the simulator alone dies of most of these. */
import { WebSocket } from "ws";
import { afterEach, expect, test } from "vitest";
import { runBackend } from "./support/running.js";

const backend = runBackend();

let sockets: WebSocket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.terminate();
  sockets = [];
});

const encoded = (header: object): string =>
  Buffer.from(JSON.stringify(header)).toString("base64url");

/** A connection, and its frames in order. */
function open(header: object): { send(frame: string): void; next(): Promise<unknown> } {
  const url = `${backend.ready.graphqlUrl.replace("http", "ws")}/realtime`;
  const socket = new WebSocket(url, ["graphql-ws", `header-${encoded(header)}`]);
  sockets.push(socket);
  const frames: unknown[] = [];
  const waiting: ((frame: unknown) => void)[] = [];
  socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as unknown;
    const waiter = waiting.shift();
    if (waiter === undefined) frames.push(frame);
    else waiter(frame);
  });
  const opened = new Promise((resolve) => socket.once("open", resolve));
  return {
    send: (frame) => void opened.then(() => socket.send(frame)),
    next: () =>
      new Promise((resolve) => {
        if (frames.length > 0) resolve(frames.shift());
        else waiting.push(resolve);
      }),
  };
}

const start = (query: string, authorization: object): string =>
  JSON.stringify({
    id: "s1",
    type: "start",
    payload: { data: JSON.stringify({ query }), extensions: { authorization } },
  });

async function expectAlive(): Promise<void> {
  const body = await backend.query("{ listTodo { statusCode } }");
  expect(body).toEqual({ data: { listTodo: { statusCode: "200" } } });
}

const key = (): object => ({ "x-api-key": backend.ready.apiKey, host: "127.0.0.1" });

test("a connection with the key is acknowledged in the service's shape", async () => {
  const socket = open(key());
  socket.send(JSON.stringify({ type: "connection_init" }));
  expect(await socket.next()).toEqual({
    type: "connection_ack",
    payload: { connectionTimeoutMs: 300000 },
  });
  expect(await socket.next()).toEqual({ type: "ka" });
});

test("a connection without authorization is told why", async () => {
  const socket = open({ host: "127.0.0.1" });
  socket.send(JSON.stringify({ type: "connection_init" }));
  expect(await socket.next()).toEqual({
    type: "connection_error",
    payload: {
      errors: [
        {
          errorType: "UnauthorizedException",
          errorCode: 401,
          message: "Valid authorization header not provided.",
        },
      ],
    },
  });
  await expectAlive();
});

test.each([
  ["no JSON", "xx"],
  ["no object", "null"],
  ["an unknown type", '{"type":"hello"}'],
  ["a start without authorization", '{"id":"s1","type":"start","payload":{"data":"{}"}}'],
  ["a syntax error", start("subscription {", { "x-api-key": "KEY" })],
  ["a query", start("{ listTodo { statusCode } }", { "x-api-key": "KEY" })],
  ["an unknown subscription", start("subscription { nope }", { "x-api-key": "KEY" })],
  ["a wrong key", start("subscription { nope }", { "x-api-key": "wrong" })],
])("the process survives %s and answers with an error", async (_, frame) => {
  const socket = open(key());
  socket.send(JSON.stringify({ type: "connection_init" }));
  await socket.next();
  await socket.next();
  socket.send(frame.replace("KEY", backend.ready.apiKey));
  expect(await socket.next()).toMatchObject({ type: "error" });
  await expectAlive();
});
