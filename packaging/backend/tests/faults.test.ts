import { describe, expect, test } from "vitest";
import { Faults } from "../local/faults.js";
import { runBackend } from "./support/running.js";

const backend = runBackend();

const LIST = JSON.stringify({ query: "{ listTodo { statusCode todoList { _id content } } }" });
const ADD = JSON.stringify({
  query: 'mutation { addTodo(content: "milk") { statusCode todo { _id content } } }',
});

const fault = (description: object): Promise<unknown> =>
  backend.control("POST", "/faults", description);

async function stored(): Promise<string[]> {
  const documents = (await backend.control("GET", "/documents")) as { content: string }[];
  return documents.map(({ content }) => content);
}

describe("a fault of the transport", () => {
  test("refused: the connection ends and nothing is executed", async () => {
    await fault({ kind: "refused", times: 1 });
    await expect(backend.post(ADD)).rejects.toThrow();
    expect(await stored()).toEqual([]);
    expect((await backend.post(ADD)).status).toBe(200);
  });

  test("lost_answer: the operation is committed, then the connection ends", async () => {
    await fault({ kind: "lost_answer", operation: "addTodo" });
    await expect(backend.post(ADD)).rejects.toThrow();
    expect(await stored()).toEqual(["milk"]);
  });

  test("cut_answer: the operation is committed and half of the answer arrives", async () => {
    await fault({ kind: "cut_answer" });
    const response = await backend.post(ADD);
    await expect(response.text()).rejects.toThrow();
    expect(await stored()).toEqual(["milk"]);
  });

  test("truncated: the operation is committed and the answer is no JSON", async () => {
    await fault({ kind: "truncated" });
    const response = await backend.post(ADD);
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toThrow();
    expect(await stored()).toEqual(["milk"]);
  });

  test("delay: the answer takes at least as long", async () => {
    await fault({ kind: "delay", ms: 120 });
    const start = performance.now();
    expect((await backend.post(LIST)).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThanOrEqual(115);
  });

  test("stall: there is no answer until the client gives up", async () => {
    await fault({ kind: "stall" });
    const impatient = fetch(backend.ready.graphqlUrl, {
      method: "POST",
      headers: { "x-api-key": backend.ready.apiKey },
      body: LIST,
      signal: AbortSignal.timeout(100),
    });
    await expect(impatient).rejects.toThrow("timeout");
  });

  test("status: with headers, body and a type that fits", async () => {
    await fault({ kind: "status", status: 429, headers: { "Retry-After": "7" }, times: 1 });
    const throttled = await backend.post(ADD);
    expect(throttled.status).toBe(429);
    expect(throttled.headers.get("retry-after")).toBe("7");
    await fault({ kind: "status", status: 403, body: "<html>Blocked</html>", times: 1 });
    const blocked = await backend.post(ADD);
    expect(blocked.headers.get("content-type")).toMatch("text/html");
    expect(await blocked.text()).toBe("<html>Blocked</html>");
    expect(await stored()).toEqual([]);
    await fault({ kind: "status", status: 503, when: "after" });
    expect((await backend.post(ADD)).status).toBe(503);
    expect(await stored()).toEqual(["milk"]);
  });

  test("html: a page instead of an answer, with status 200", async () => {
    await fault({ kind: "html" });
    const response = await backend.post(ADD);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/^<!DOCTYPE html>/);
    expect(await stored()).toEqual([]);
  });

  test("unauthorized: every credential is refused, as often as told", async () => {
    await fault({ kind: "unauthorized", times: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await backend.post(LIST)).status);
    expect(statuses).toEqual([401, 401, 200]);
  });

  test("meets only the operation it names, in any alias", async () => {
    await fault({ kind: "status", status: 500, operation: "addTodo" });
    expect((await backend.post(LIST)).status).toBe(200);
    const aliased = JSON.stringify({
      query:
        'mutation { x: deleteTodo(_id: "zz") { statusCode } y: addTodo(content: "a") { statusCode } }',
    });
    expect((await backend.post(aliased)).status).toBe(500);
  });

  test("meets the user pool only by name", async () => {
    await fault({ kind: "status", status: 500, times: 1 });
    expect((await backend.signIn()).split(".")).toHaveLength(3);
    await fault({ kind: "status", status: 503, operation: "cognito:InitiateAuth" });
    expect((await backend.cognito("InitiateAuth", {})).status).toBe(503);
  });
});

describe("a fault of a resolver", () => {
  const answer = async (body: string): Promise<object> =>
    (await (await backend.post(body)).json()) as object;

  test("lambda_error: before the commit", async () => {
    await fault({ kind: "lambda_error", message: "out of memory" });
    expect(await answer(ADD)).toMatchObject({
      data: { addTodo: null },
      errors: [{ errorType: "Lambda:Unhandled", message: "out of memory", path: ["addTodo"] }],
    });
    expect(await stored()).toEqual([]);
  });

  test("lambda_error: after the commit", async () => {
    await fault({ kind: "lambda_error", when: "after", errorType: "ExecutionTimeout" });
    expect(await answer(ADD)).toMatchObject({ errors: [{ errorType: "ExecutionTimeout" }] });
    expect(await stored()).toEqual(["milk"]);
  });

  test("status_in_data: a failure without any error", async () => {
    await fault({ kind: "status_in_data" });
    expect(await answer(ADD)).toEqual({ data: { addTodo: { statusCode: "400", todo: null } } });
    expect(await answer(LIST)).toEqual({
      data: { listTodo: { statusCode: "400", todoList: null } },
    });
    expect(await stored()).toEqual([]);
  });

  test("null_list and null_answer", async () => {
    await fault({ kind: "null_list", operation: "listTodo", times: 1 });
    expect(await answer(LIST)).toEqual({
      data: { listTodo: { statusCode: "200", todoList: null } },
    });
    await fault({ kind: "null_answer", operation: "listTodo", times: 1 });
    expect(await answer(LIST)).toEqual({ data: { listTodo: null } });
  });
});

describe("the control door", () => {
  test("lists and removes faults", async () => {
    const first = await fault({ kind: "refused" });
    await fault({ kind: "html" });
    expect(await backend.control("GET", "/faults")).toEqual([
      { kind: "refused", id: (first as { id: number }).id, hits: 0 },
      expect.objectContaining({ kind: "html" }),
    ]);
    const id = String((first as { id: number }).id);
    expect(await backend.control("DELETE", `/faults/${id}`)).toEqual({ removed: true });
    expect(await backend.control("DELETE", `/faults/${id}`)).toEqual({ removed: false });
    await backend.control("DELETE", "/faults");
    expect(await backend.control("GET", "/faults")).toEqual([]);
  });

  test.each([
    [{ kind: "earthquake" }, "kind"],
    [{ kind: "refused", tims: 1 }, "tims"],
    [{ kind: "refused", times: "1" }, "times"],
    [{ kind: "delay" }, "ms"],
    [{ kind: "status" }, "status"],
    [{ kind: "html", when: "later" }, "when"],
  ])("refuses the fault %j", async (description, complaint) => {
    await expect(fault(description)).rejects.toThrow(complaint);
  });

  test("counts requests, executions, answers and faults of each operation", async () => {
    await backend.post(ADD);
    await fault({ kind: "lost_answer", times: 1 });
    await backend.post(ADD).catch(() => undefined);
    await backend.post(LIST);
    expect(await backend.control("GET", "/stats")).toMatchObject({
      requests: 3,
      inFlight: 0,
      maxInFlight: 1,
      operations: {
        addTodo: { requested: 2, executed: 2, answered: 1, faulted: 1 },
        listTodo: { requested: 1, executed: 1, answered: 1, faulted: 0 },
      },
    });
  });

  test("writes documents as another program would", async () => {
    const made = (await backend.control("POST", "/documents", { content: "milk" })) as {
      _id: string;
    };
    expect(made).toMatchObject({ content: "milk", username: "api-key" });
    await backend.control("PATCH", `/documents/${made._id}`, { content: "oat milk" });
    expect(await (await backend.post(LIST)).json()).toMatchObject({
      data: { listTodo: { todoList: [{ _id: made._id, content: "oat milk" }] } },
    });
    await backend.control("DELETE", `/documents/${made._id}`);
    expect(await stored()).toEqual([]);
    await expect(backend.control("DELETE", "/documents/zz")).rejects.toThrow();
  });

  test("writes documents of the pool's user, named by the e-mail address", async () => {
    const username = backend.ready.username ?? "";
    await backend.control("POST", "/documents", { content: "mine", username });
    const response = await backend.post(LIST, { authorization: await backend.signIn() });
    expect(await response.json()).toMatchObject({
      data: { listTodo: { todoList: [{ content: "mine" }] } },
    });
  });

  test("forgets everything on reset", async () => {
    await backend.post(ADD);
    await fault({ kind: "refused" });
    await backend.control("POST", "/reset");
    expect(await stored()).toEqual([]);
    expect(await backend.control("GET", "/faults")).toEqual([]);
    expect(await backend.control("GET", "/stats")).toMatchObject({ requests: 0, operations: {} });
  });
});

describe("chance", () => {
  const pattern = (seed: number): boolean[] => {
    const faults = new Faults();
    faults.add({ kind: "refused", probability: 0.5, seed });
    return Array.from({ length: 200 }, () => faults.takeTransport(["addTodo"]).length === 1);
  };

  test("is the same for the same seed and about as frequent as told", () => {
    expect(pattern(7)).toEqual(pattern(7));
    expect(pattern(7)).not.toEqual(pattern(8));
    const hits = pattern(7).filter(Boolean).length;
    expect(hits).toBeGreaterThan(70);
    expect(hits).toBeLessThan(130);
  });

  test("lets a delay and the fault behind it both happen", () => {
    const faults = new Faults();
    faults.add({ kind: "delay", ms: 1 });
    faults.add({ kind: "refused", times: 1 });
    const kinds = (): string[] => faults.takeTransport(["addTodo"]).map(({ kind }) => kind);
    expect(kinds()).toEqual(["delay", "refused"]);
    expect(kinds()).toEqual(["delay"]);
  });
});
