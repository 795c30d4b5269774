/**
 * The boundary between AppSync and the Lambda functions: JSON in, JSON out, and errors of the type that Lambda gives them.
 * Resolver faults are injected here, so that each field of a request meets its own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { handler as addTodo } from "../amplify/functions/addTodo/handler.js";
import { handler as deleteTodo } from "../amplify/functions/deleteTodo/handler.js";
import { handler as listTodo } from "../amplify/functions/listTodo/handler.js";
import { handler as updateTodo } from "../amplify/functions/updateTodo/handler.js";
import type { Faults } from "./faults.js";
import type { Stats } from "./stats.js";

export type Invoke = (payload: unknown) => Promise<unknown>;

const HANDLERS: Record<string, (event: never) => Promise<unknown>> = {
  listTodo,
  addTodo,
  updateTodo,
  deleteTodo,
};

/** An error as the response template sees it: `$ctx.error.type` is its `type`. */
class LambdaError extends Error {
  constructor(
    message: string,
    readonly type = "Lambda:Unhandled",
  ) {
    super(message);
  }
}

export function lambdaFor(field: string, faults: Faults, stats: Stats): Invoke {
  const handler = HANDLERS[field];
  if (handler === undefined) throw new Error(`the schema has ${field}, but no function does`);
  const run = async (payload: unknown): Promise<unknown> => {
    const event = JSON.parse(JSON.stringify(payload)) as never;
    try {
      const answer = await handler(event);
      stats.count([field], "executed");
      return answer === undefined ? null : (JSON.parse(JSON.stringify(answer)) as unknown);
    } catch (error) {
      throw new LambdaError(error instanceof Error ? error.message : String(error));
    }
  };
  return (payload) => invoke(field, () => run(payload), faults, stats);
}

async function invoke(
  field: string,
  run: () => Promise<unknown>,
  faults: Faults,
  stats: Stats,
): Promise<unknown> {
  for (const fault of faults.takeResolver(field)) {
    stats.count([field], "faulted");
    if (fault.kind === "lambda_delay") {
      await sleep(fault.ms);
      continue;
    }
    const when = "when" in fault ? fault.when : "before";
    if (when === "after") await run();
    switch (fault.kind) {
      case "lambda_error":
        throw new LambdaError(
          fault.message ?? "Task timed out after 3.00 seconds",
          fault.errorType,
        );
      case "status_in_data":
        return { statusCode: fault.statusCode ?? 400 };
      case "null_list":
        return { statusCode: 200, todoList: null };
      case "null_answer":
        return null;
    }
  }
  return run();
}
