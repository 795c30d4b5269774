/**
 * An HTTP server whose whole requests are handed to one function, over plain HTTP/1.1 or over TLS with HTTP/2 and HTTP/1.1.
 * Answers always carry their length. A handler that fails is answered with 500.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { connect, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { HOST, listen, stop } from "./listen.js";
import type { Certificate } from "./certificate.js";

/** As long as a load balancer keeps an idle connection; Node's 5 s would meet clients in the act of using it again. */
const KEEP_ALIVE_MS = 60_000;
const MAX_BODY_BYTES = 10 * 1024 * 1024;

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What becomes of a request: an answer, half an answer, a connection that is cut, or nothing for ever. */
export type Outcome = Answer | { partOf: Answer } | "cut" | "stall";

export interface Received {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface FrontOptions {
  port: number;
  certificate?: Certificate | undefined;
  handle(request: Received): Promise<Outcome>;
  /** Where upgraded connections (WebSocket) are passed on to; they are refused without it. */
  upgradePort?: number;
  connected?(): void;
}

export interface Front {
  port: number;
  origin: string;
  stop(): Promise<void>;
}

export async function startFront(options: FrontOptions): Promise<Front> {
  const { certificate, upgradePort } = options;
  const listener = (request: Request, response: Response): void => {
    void serve(request, response, options);
  };
  const server =
    certificate === undefined
      ? createServer(listener)
      : createSecureServer({ ...certificate.pem, allowHTTP1: true }, listener);
  if ("keepAliveTimeout" in server) server.keepAliveTimeout = KEEP_ALIVE_MS;
  if (upgradePort !== undefined) passUpgradesOn(server, upgradePort);
  server.on("connection", () => options.connected?.());
  const port = await listen(server, options.port);
  const scheme = certificate === undefined ? "http" : "https";
  return { port, origin: `${scheme}://${HOST}:${String(port)}`, stop: () => stop(server) };
}

async function serve(request: Request, response: Response, options: FrontOptions): Promise<void> {
  let outcome: Outcome;
  try {
    const body = await readBody(request);
    const path = request.url ?? "/";
    const method = request.method ?? "GET";
    const received = { method, path, headers: plainHeaders(request), body };
    outcome = await options.handle(received);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    outcome = jsonAnswer(500, { message });
  }
  if (outcome === "stall") return;
  if (outcome === "cut") {
    cut(request);
  } else if ("partOf" in outcome) {
    answerPartly(request, response, outcome.partOf);
  } else {
    answer(response, outcome);
  }
}

async function readBody(request: Request): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error("the request is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Without HTTP/2's pseudo headers, and with one value for each name. */
function plainHeaders(request: Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith(":") || value === undefined) continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}

function answer(response: Response, { status, headers, body }: Answer): void {
  const length = String(Buffer.byteLength(body));
  (response as ServerResponse).writeHead(status, { ...headers, "content-length": length });
  (response as ServerResponse).end(body);
}

/** Promises the whole answer, sends half of it and cuts the connection. */
function answerPartly(
  request: Request,
  response: Response,
  { status, headers, body }: Answer,
): void {
  const bytes = Buffer.from(body);
  const length = String(bytes.length);
  (response as ServerResponse).writeHead(status, { ...headers, "content-length": length });
  (response as ServerResponse).write(bytes.subarray(0, bytes.length / 2), () => {
    cut(request);
  });
}

/** With HTTP/2 this takes every other request on the connection along, as a broken network does. */
function cut(request: Request): void {
  if ("stream" in request) request.stream.session?.destroy();
  else request.socket.destroy();
}

function passUpgradesOn(server: Server | Http2SecureServer, port: number): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const upstream: Socket = connect(port, HOST, () => {
      const lines = [`${request.method ?? "GET"} ${request.url ?? "/"} HTTP/1.1`];
      for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
        lines.push(`${request.rawHeaders[i] ?? ""}: ${request.rawHeaders[i + 1] ?? ""}`);
      }
      upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
    socket.on("close", () => upstream.destroy());
  });
}

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    headers: { "content-type": "application/json;charset=UTF-8", ...headers },
    body: JSON.stringify(body),
  };
}
