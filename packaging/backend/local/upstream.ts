/** Passes a request on to a server of the loopback interface over kept connections. */
import { Agent, request as httpRequest } from "node:http";
import type { Answer, Received } from "./front.js";
import { HOST } from "./listen.js";

const HOP_BY_HOP = [
  "accept-encoding",
  "connection",
  "content-length",
  "keep-alive",
  "te",
  "transfer-encoding",
  "upgrade",
];

export class Upstream {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly port: number) {}

  forward(received: Received): Promise<Answer> {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(received.headers)) {
      if (!HOP_BY_HOP.includes(name)) headers[name] = value;
    }
    headers["content-length"] = String(Buffer.byteLength(received.body));
    return new Promise((resolve, reject) => {
      const { method, path } = received;
      const options = { host: HOST, port: this.port, method, path, headers, agent: this.agent };
      const request = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const kept = Object.entries(response.headers).filter(
            (entry): entry is [string, string] =>
              typeof entry[1] === "string" && !HOP_BY_HOP.includes(entry[0]),
          );
          resolve({
            status: response.statusCode ?? 502,
            headers: Object.fromEntries(kept),
            body: Buffer.concat(chunks).toString("utf8"),
          });
        });
      });
      request.on("error", reject);
      request.end(received.body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
