/**
 * Keeps the simulator alive whatever a realtime client sends, and gives its frames the shapes of the real service where
 * those are documented: authorization in the subprotocol, `connection_error` frames, `connectionTimeoutMs`, `ka` at once and
 * every minute. The to-do schema has no subscriptions, so this guards rather than serves.
 */
import type { IncomingMessage } from "node:http";
import type { Authorizer } from "./authorize.js";
import type { RealtimeSocket, SimulatorServer } from "./simulator-internals.js";

const KEEP_ALIVE_MS = 60_000;
const CONNECTION_TIMEOUT_MS = 300_000;

export function guardRealtime(server: SimulatorServer, authorizer: Authorizer): void {
  const realtime = server._realTimeSubscriptionServer.realtimeServer;
  server._httpServer.prependListener("upgrade", moveAuthorizationToQuery);
  const { onSocketConnection, onMessage, onSubscriptionStart, sendMessage } = realtime;

  realtime.options.keepAlive = KEEP_ALIVE_MS;
  realtime.sendMessage = (context, id, type, data) => {
    if (type === "connection_ack") data = { connectionTimeoutMs: CONNECTION_TIMEOUT_MS };
    if (type === "start_ack" || type === "complete") data = undefined;
    sendMessage(context, id, type, data);
  };
  const pings = new WeakSet();
  const setupPing = realtime.setupPing;
  realtime.setupPing = (context) => {
    if (pings.has(context)) return; // It is called twice for each connection.
    pings.add(context);
    realtime.sendMessage(context, undefined, "ka");
    setupPing(context);
  };
  realtime.onSocketConnection = async (socket, request) => {
    const headers = headersInQuery(request);
    if (headers === undefined) {
      refuseConnection(socket, "BadRequestException", 400, "Header could not be decoded");
      return;
    }
    const verdict = authorizer.check(headers);
    if (!verdict.authorized) {
      refuseConnection(socket, "UnauthorizedException", 401, verdict.message);
      return;
    }
    await onSocketConnection(socket, request);
  };
  realtime.onMessage = (context, raw) => {
    if (!isMessage(raw)) {
      realtime.sendError(context, undefined, errors("UnsupportedOperation", 400, "not a message"));
      return undefined;
    }
    return onMessage(context, raw);
  };
  realtime.onSubscriptionStart = async (context, message) => {
    try {
      const verdict = authorizer.check(message.payload.extensions.authorization);
      if (verdict.authorized) return await onSubscriptionStart(context, message);
      const refusal = errors("UnauthorizedException", 401, verdict.message);
      realtime.sendError(context, message.id, refusal);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      realtime.sendError(context, message.id, errors("BadRequestException", 400, text));
    }
  };
}

/** Clients send authorization in the subprotocol `header-<base64url>`; the simulator looks for it in the query only. */
function moveAuthorizationToQuery(request: IncomingMessage): void {
  const protocol = request.headers["sec-websocket-protocol"] ?? "";
  const encoded = /header-([A-Za-z0-9_-]+)/.exec(protocol)?.[1];
  const url = request.url ?? "/";
  if (encoded === undefined || /[?&]header=/.test(url)) return;
  const header = Buffer.from(encoded, "base64url").toString("base64");
  const joint = url.includes("?") ? "&" : "?";
  request.url = `${url}${joint}header=${encodeURIComponent(header)}&payload=e30%3D`;
}

function headersInQuery(request: IncomingMessage): Record<string, string> | undefined {
  try {
    const query = new URL(request.url ?? "/", "http://localhost").searchParams;
    const encoded = query.get("header") ?? "e30=";
    const headers: unknown = JSON.parse(Buffer.from(encoded, "base64").toString("utf8"));
    if (typeof headers !== "object" || headers === null) return undefined;
    return headers as Record<string, string>;
  } catch {
    return undefined;
  }
}

/** The client is told why after its first frame, as the service does, and then cut off. */
function refuseConnection(
  socket: RealtimeSocket,
  type: string,
  code: number,
  message: string,
): void {
  const frame = JSON.stringify({ type: "connection_error", payload: errors(type, code, message) });
  let told = false;
  socket.on("message", () => {
    if (told) return;
    told = true;
    socket.send(frame);
    socket.close(1000);
  });
}

function errors(errorType: string, errorCode: number, message: string): object {
  return { errors: [{ errorType, errorCode, message }] };
}

function isMessage(raw: unknown): boolean {
  try {
    const message: unknown = JSON.parse(String(raw));
    return typeof message === "object" && message !== null;
  } catch {
    return false;
  }
}
