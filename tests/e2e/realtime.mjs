/**
 * AppSync's realtime protocol, as far as a client sees it: authorization in the subprotocol, the handshake, subscriptions
 * by the name of their field, and messages. Selections are not looked at: whoever publishes says what is delivered.
 */
import { createRequire } from "node:module";
import { rootFields } from "../support/graphql.mjs";

const require = createRequire(new URL("../../packaging/backend/package.json", import.meta.url));
const { WebSocketServer } = require("ws");

const SUBPROTOCOL = "graphql-ws";
const CONNECTION_TIMEOUT_MS = 300_000;

function authorizationIn(request) {
  const offered = request.headers["sec-websocket-protocol"] ?? "";
  const encoded = /header-([A-Za-z0-9_-]+)/.exec(offered)?.[1] ?? "";
  try {
    return JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
  } catch {
    return {};
  }
}

/** Serves `fields` below /graphql/realtime of an HTTP server. */
export class Realtime {
  #subscriptions = new Map(); // Of each socket: id to field.
  #connections = 0;

  constructor(server, fields) {
    const sockets = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    server.on("upgrade", (request, socket, head) => {
      const { host, ...credentials } = authorizationIn(request);
      const welcome = request.url === "/graphql/realtime" && host === request.headers.host;
      if (!welcome || credentials["x-api-key"] === undefined) {
        socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
        return;
      }
      sockets.handleUpgrade(request, socket, head, (opened) => this.#serve(opened, fields));
    });
  }

  #serve(socket, fields) {
    this.#connections += 1;
    const started = new Map();
    this.#subscriptions.set(socket, started);
    socket.on("close", () => this.#subscriptions.delete(socket));
    const say = (frame) => socket.send(JSON.stringify(frame));
    const on = {
      connection_init: () => {
        const payload = { connectionTimeoutMs: CONNECTION_TIMEOUT_MS };
        say({ type: "connection_ack", payload });
        say({ type: "ka" });
      },
      start: ({ id, payload }) => {
        const [field] = rootFields(JSON.parse(payload.data), fields);
        if (field === undefined || payload.extensions?.authorization === undefined) {
          const errors = [{ errorType: "ValidationError", message: "no such subscription" }];
          say({ type: "error", id, payload: { errors } });
          return;
        }
        started.set(id, field.name);
        say({ type: "start_ack", id });
      },
      stop: ({ id }) => {
        started.delete(id);
        say({ type: "complete", id });
      },
    };
    socket.on("message", (text) => {
      const frame = JSON.parse(text.toString("utf8"));
      on[frame.type]?.(frame);
    });
  }

  publish(field, value) {
    for (const [socket, started] of this.#subscriptions) {
      for (const [id, name] of started) {
        if (name !== field) continue;
        const payload = { data: { [field]: value } };
        socket.send(JSON.stringify({ type: "data", id, payload }));
      }
    }
  }

  /** As if every connection had been lost on the way. */
  cut() {
    for (const socket of this.#subscriptions.keys()) socket.terminate();
  }

  counts() {
    const started = [...this.#subscriptions.values()].reduce((sum, one) => sum + one.size, 0);
    return { connections: this.#connections, subscriptions: started };
  }
}
