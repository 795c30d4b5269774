/**
 * The parts of AWS's AppSync simulator (2.16.20) that it does not export and that have to be reached: it listens on all
 * interfaces and on ports of its own choice, and a stray realtime frame ends its process.
 */
import type { AmplifyAppSyncSimulator } from "@aws-amplify/amplify-appsync-simulator";
import type { IncomingMessage, Server } from "node:http";

export interface RealtimeSocket {
  on(event: "message", listener: (data: unknown) => void): void;
  send(frame: string): void;
  close(code: number): void;
}

export interface RealtimeMessage {
  id: string;
  payload: { extensions: { authorization: Record<string, string> } };
}

export interface RealtimeServer {
  options: { keepAlive: number };
  onSocketConnection(socket: RealtimeSocket, request: IncomingMessage): Promise<void>;
  onMessage(context: object, raw: unknown): unknown;
  onSubscriptionStart(context: object, message: RealtimeMessage): Promise<void>;
  sendMessage(context: object, id: string | undefined, type: string, data?: unknown): void;
  sendError(context: object, id: string | undefined, payload: unknown): void;
  setupPing(context: object): void;
}

export interface SimulatorServer {
  _httpServer: Server;
  _realTimeSubscriptionServer: { realtimeServer: RealtimeServer; start(): void };
}

export function serverOf(simulator: AmplifyAppSyncSimulator): SimulatorServer {
  return (simulator as unknown as { _server: SimulatorServer })._server;
}
