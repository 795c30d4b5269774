/** Runs a request through the transport faults that meet it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Active, Faults, TransportFault } from "./faults.js";
import { jsonAnswer, type Answer, type Outcome } from "./front.js";
import type { Stats } from "./stats.js";

const HTML_PAGE = `<!DOCTYPE html>
<html><head><title>Welcome</title></head><body><h1>Please sign in to use this network</h1></body></html>
`;

export async function throughFaults(
  operations: string[],
  { faults, stats }: { faults: Faults; stats: Stats },
  execute: () => Promise<Answer>,
): Promise<Outcome> {
  stats.begin(operations);
  try {
    let afterwards = 0;
    for (const fault of faults.takeTransport(operations)) {
      stats.count(operations, "faulted");
      if (fault.kind !== "delay") return await suffer(fault, execute);
      if (fault.when === "after") afterwards += fault.ms;
      else await sleep(fault.ms);
    }
    const answer = await execute();
    if (afterwards > 0) await sleep(afterwards);
    stats.count(operations, "answered");
    return answer;
  } finally {
    stats.end();
  }
}

type Ending = Exclude<Active<TransportFault>, { kind: "delay" }>;

async function suffer(fault: Ending, execute: () => Promise<Answer>): Promise<Outcome> {
  switch (fault.kind) {
    case "refused":
      return "cut";
    case "stall":
      return "stall";
    case "lost_answer":
      await execute();
      return "cut";
    case "cut_answer":
      return { partOf: await execute() };
    case "truncated": {
      const answer = await execute();
      return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
    }
    case "unauthorized":
      return unauthorized(fault.message ?? "You are not authorized to make this call.");
    case "html":
      if (fault.when === "after") await execute();
      return page(200, HTML_PAGE);
    case "status":
      if (fault.when === "after") await execute();
      return statusAnswer(fault);
  }
}

export function unauthorized(message: string): Answer {
  return errorAnswer(401, "UnauthorizedException", message);
}

/** An error about the request as a whole, as AppSync words it. */
export function errorAnswer(status: number, errorType: string, message: string): Answer {
  return jsonAnswer(
    status,
    { errors: [{ errorType, message }] },
    { "x-amzn-errortype": errorType },
  );
}

function statusAnswer(fault: Extract<Ending, { kind: "status" }>): Answer {
  const {
    status,
    headers = {},
    body = JSON.stringify({ message: `HTTP ${String(status)}` }),
  } = fault;
  const answer = body.trimStart().startsWith("<")
    ? page(status, body)
    : { ...jsonAnswer(status, null), body };
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    ...answer,
    headers: { ...answer.headers, ...(Object.fromEntries(lowered) as Record<string, string>) },
  };
}

function page(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}
