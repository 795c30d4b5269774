import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type ClientHttp2Session } from "node:http2";
import { Agent, request } from "node:https";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { runBackend } from "./support/running.js";

const backend = runBackend({ tls: true, cognito: false });

const BODY = JSON.stringify({ query: "{ listTodo { statusCode } }" });
const EXPECTED = { data: { listTodo: { statusCode: "200" } } };

const authority = (): Buffer => readFileSync(backend.ready.caFile ?? "");

let session: ClientHttp2Session | undefined;
afterEach(() => {
  session?.destroy();
  session = undefined;
});

interface Answered {
  headers: Record<string, unknown>;
  body: string;
}

function overHttp2(): Promise<Answered> {
  const url = new URL(backend.ready.graphqlUrl);
  session ??= connect(url.origin, { ca: authority() });
  session.on("error", () => undefined);
  const stream = session.request({
    ...{ ":method": "POST", ":path": url.pathname, "x-api-key": backend.ready.apiKey },
  });
  return new Promise((resolve, reject) => {
    let headers = {};
    let body = "";
    stream.on("response", (received) => (headers = received));
    stream.on("data", (chunk: Buffer) => (body += chunk.toString()));
    stream.on("end", () => {
      if (body === "") reject(new Error("no answer"));
      else resolve({ headers, body });
    });
    stream.on("error", reject);
    stream.end(BODY);
  });
}

function overHttp1(ca: Buffer | undefined): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const agent = new Agent(ca === undefined ? {} : { ca });
    const headers = { "x-api-key": backend.ready.apiKey };
    const options = { method: "POST", agent, headers, ALPNProtocols: ["http/1.1"] };
    const sent = request(backend.ready.graphqlUrl, options, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => {
        resolve({ headers: response.headers, body });
      });
    });
    sent.on("error", reject);
    sent.end(BODY);
  });
}

test("answers over HTTP/2, with the length", async () => {
  const { headers, body } = await overHttp2();
  expect(JSON.parse(body)).toEqual(EXPECTED);
  expect(headers).toMatchObject({ ":status": 200, "content-length": String(body.length) });
});

test("answers over HTTP/1.1", async () => {
  const { body } = await overHttp1(authority());
  expect(JSON.parse(body)).toEqual(EXPECTED);
});

test("is not trusted without its authority", async () => {
  await expect(overHttp1(undefined)).rejects.toThrow(/certificate/);
});

test("a lost answer takes the HTTP/2 connection along", async () => {
  await backend.control("POST", "/faults", { kind: "lost_answer", times: 1 });
  await expect(overHttp2()).rejects.toThrow();
  session = undefined;
  expect(JSON.parse((await overHttp2()).body)).toEqual(EXPECTED);
});

test.each([
  { kind: "delay", ms: 200 },
  { kind: "delay", ms: 200, when: "after" },
  { kind: "stall" },
])("a request that its client gives up during %j leaves nothing behind", async (fault) => {
  await backend.control("POST", "/faults", fault);
  const abandoned = overHttp2();
  abandoned.catch(() => undefined);
  const met = async (): Promise<boolean> => {
    const [active] = (await backend.control("GET", "/faults")) as { hits: number }[];
    return active?.hits === 1;
  };
  while (!(await met()));
  session?.destroy();
  session = undefined;
  await expect(abandoned).rejects.toThrow();
  await backend.control("DELETE", "/faults");
  const inFlight = async (): Promise<number> =>
    ((await backend.control("GET", "/stats")) as { inFlight: number }).inFlight;
  while ((await inFlight()) > 0);
  expect(JSON.parse((await overHttp2()).body)).toEqual(EXPECTED);
});

test("realtime connections pass over TLS as well", async () => {
  const url = `${backend.ready.graphqlUrl.replace("https", "wss")}/realtime`;
  const header = { "x-api-key": backend.ready.apiKey, host: "127.0.0.1" };
  const encoded = Buffer.from(JSON.stringify(header)).toString("base64url");
  const socket = new WebSocket(url, ["graphql-ws", `header-${encoded}`], { ca: authority() });
  await once(socket, "open");
  socket.send('{"type":"connection_init"}');
  const [frame] = (await once(socket, "message")) as [Buffer];
  expect(frame.toString()).toContain("connection_ack");
  socket.terminate();
});

test("without a user pool, READY names none", () => {
  expect(backend.ready).toMatchObject({
    cognitoEndpoint: null,
    userPoolId: null,
    userPoolClientId: null,
    username: null,
    password: null,
  });
});
