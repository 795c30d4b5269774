import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import type { Ready } from "../local/backend.js";
import { directoryForTest } from "./support/directory.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FREE_PORTS = ["--port", "0", "--cognito-port", "0", "--control-port", "0"];

interface Spawned {
  child: ChildProcess;
  ready: Ready;
  stdout(): string;
}

function run(...options: string[]): ChildProcess {
  const args = ["--import", "tsx", "local/main.ts", ...options];
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env["MONGODB_URI"]; // Tests empty the store they use.
  const child = spawn(process.execPath, args, {
    ...{ cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function ready(data: string, ...options: string[]): Promise<Spawned> {
  const child = run(...FREE_PORTS, "--data", data, ...options);
  let stdout = "";
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes("\n")) resolve();
    });
    child.once("exit", () => {
      reject(new Error(`it ended without READY: ${stderr}`));
    });
  });
  const line = /^READY (.*)\n$/.exec(stdout)?.[1] ?? "";
  return { child, ready: JSON.parse(line) as Ready, stdout: () => stdout };
}

async function query({ graphqlUrl, apiKey }: Ready, text: string): Promise<unknown> {
  const response = await fetch(graphqlUrl, {
    method: "POST",
    headers: { "x-api-key": apiKey },
    body: JSON.stringify({ query: text }),
  });
  return ((await response.json()) as { data: unknown }).data;
}

const ADD = 'mutation { addTodo(content: "milk") { statusCode } }';
const LIST = "{ listTodo { todoList { content } } }";

test("READY is the only line, has every key, and points to amplify_outputs.json", async () => {
  const started = await ready(await directoryForTest());
  expect(Object.keys(started.ready)).toEqual([
    ...["graphqlUrl", "apiKey", "cognitoEndpoint", "userPoolId", "userPoolClientId", "region"],
    ...["username", "password", "controlUrl", "amplifyOutputs", "caFile"],
  ]);
  await query(started.ready, "{ nope }");
  await query(started.ready, 'mutation { deleteTodo(_id: "zz") { statusCode } }');
  expect(started.stdout().split("\n")).toHaveLength(2);
  const outputs = JSON.parse(readFileSync(started.ready.amplifyOutputs, "utf8")) as object;
  expect(outputs).toMatchObject({
    version: "1.4",
    auth: { user_pool_id: started.ready.userPoolId },
    data: {
      url: started.ready.graphqlUrl,
      api_key: started.ready.apiKey,
      default_authorization_type: "AMAZON_COGNITO_USER_POOLS",
      authorization_types: ["API_KEY"],
      model_introspection: { version: 1, queries: { listTodo: {} }, mutations: { addTodo: {} } },
    },
  });
});

test.each(["SIGTERM", "SIGINT"] as const)("%s ends it at once", async (signal) => {
  const { child, ready: to } = await ready(await directoryForTest());
  await query(to, LIST); // A connection kept for 60 s must not hold it back.
  const start = performance.now();
  child.kill(signal);
  const [code] = (await once(child, "exit")) as [number | null];
  expect(code).toBe(0);
  expect(performance.now() - start).toBeLessThan(10_000);
});

test("documents, the user and the ids survive kill -9", async () => {
  const data = await directoryForTest();
  const first = await ready(data);
  expect(await query(first.ready, ADD)).toEqual({ addTodo: { statusCode: "200" } });
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const second = await ready(data);
  expect(await query(second.ready, LIST)).toEqual({
    listTodo: { todoList: [{ content: "milk" }] },
  });
  const { userPoolId, userPoolClientId } = first.ready;
  expect(second.ready).toMatchObject({ userPoolId, userPoolClientId });
});

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

test.skipIf(outside === undefined)("only the loopback interface is listened on", async () => {
  const started = await ready(await directoryForTest());
  const { graphqlUrl, cognitoEndpoint, controlUrl } = started.ready;
  for (const url of [graphqlUrl, cognitoEndpoint ?? "", controlUrl]) {
    const socket = connect(Number(new URL(url).port), outside ?? "");
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  }
});

test("what it does not understand ends it with 64 and the usage", async () => {
  const child = run("--port", "a lot");
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(64);
  expect(stderr).toContain("--port must be a number");
  expect(stderr).toContain("--cognito-port");
});
