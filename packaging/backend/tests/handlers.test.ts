import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { handler as addTodo } from "../amplify/functions/addTodo/handler.js";
import { handler as deleteTodo } from "../amplify/functions/deleteTodo/handler.js";
import { handler as listTodo } from "../amplify/functions/listTodo/handler.js";
import { connectWith, todos, type TodoCollection } from "../amplify/functions/shared/todos.js";
import { handler as updateTodo } from "../amplify/functions/updateTodo/handler.js";
import { EmbeddedMongo } from "../local/embedded-mongo.js";
import { directoryForTest } from "./support/directory.js";

const ALICE = { username: "alice" };
const BOB = { username: "bob" };
const UNKNOWN_ID = "65a000000000000000000009";

const asUser = <A>(identity: { username: string } | null, args: A) => ({
  arguments: args,
  identity,
});

async function contentsOf(identity: { username: string } | null): Promise<string[]> {
  const answer = await listTodo(asUser(identity, {}));
  if (answer.statusCode !== 200) throw new Error("listTodo failed");
  return answer.todoList.map(({ content }) => content);
}

async function added(identity: { username: string } | null, content: string): Promise<string> {
  const answer = await addTodo(asUser(identity, { content }));
  if (answer.statusCode !== 200) throw new Error("addTodo failed");
  return answer.todo._id.toHexString();
}

beforeEach(async () => {
  const store = await EmbeddedMongo.open(`${await directoryForTest()}/documents.jsonl`);
  connectWith(() => store);
  return () => store.close();
});

afterEach(() => {
  connectWith(undefined);
});

describe("the to-do functions", () => {
  test("make the id themselves and ignore the caller's", async () => {
    const answer = await addTodo(asUser(ALICE, { _id: UNKNOWN_ID, content: "milk" }));
    expect(answer).toMatchObject({ statusCode: 200, todo: { content: "milk" } });
    const id = answer.statusCode === 200 ? answer.todo._id.toHexString() : "";
    expect(id).toMatch(/^[0-9a-f]{24}$/);
    expect(id).not.toBe(UNKNOWN_ID);
  });

  test("tell the status as a number in the data", async () => {
    expect((await listTodo(asUser(ALICE, {}))).statusCode).toBe(200);
  });

  test("show each user only what is theirs", async () => {
    await added(ALICE, "milk");
    await added(BOB, "eggs");
    expect(await contentsOf(ALICE)).toEqual(["milk"]);
    expect(await contentsOf(BOB)).toEqual(["eggs"]);
  });

  test("take all callers without a user for one", async () => {
    await added(null, "milk");
    expect(await contentsOf(null)).toEqual(["milk"]);
    expect(await contentsOf({ username: "api-key" })).toEqual(["milk"]);
    expect(await contentsOf(ALICE)).toEqual([]);
  });

  test("update with the driver's result as the count and no id in the to-do", async () => {
    const id = await added(ALICE, "milk");
    expect(await updateTodo(asUser(ALICE, { _id: id, content: "oat milk" }))).toEqual({
      statusCode: 200,
      count: {
        acknowledged: true,
        modifiedCount: 1,
        upsertedId: null,
        upsertedCount: 0,
        matchedCount: 1,
      },
      todo: { content: "oat milk" },
    });
    expect(await contentsOf(ALICE)).toEqual(["oat milk"]);
  });

  test("answer 200 to updates of what is unknown or another's, and change nothing", async () => {
    const id = await added(ALICE, "milk");
    for (const _id of [UNKNOWN_ID, id]) {
      const answer = await updateTodo(asUser(BOB, { _id, content: "stolen" }));
      expect(answer).toMatchObject({
        statusCode: 200,
        count: { matchedCount: 0 },
        todo: { content: "stolen" },
      });
    }
    expect(await contentsOf(ALICE)).toEqual(["milk"]);
  });

  test("delete, and answer 200 to deleting again", async () => {
    const id = await added(ALICE, "milk");
    const first = await deleteTodo(asUser(ALICE, { _id: id }));
    expect(first).toEqual({
      statusCode: 200,
      count: { acknowledged: true, deletedCount: 1 },
      deletedId: id,
    });
    expect(await deleteTodo(asUser(ALICE, { _id: id }))).toMatchObject({
      statusCode: 200,
      count: { deletedCount: 0 },
    });
    expect(await contentsOf(ALICE)).toEqual([]);
  });

  test("answer 400 in the data to a malformed id", async () => {
    const updated = await updateTodo(asUser(ALICE, { _id: "local-1", content: "x" }));
    expect(updated).toMatchObject({ statusCode: 400 });
    expect(await deleteTodo(asUser(ALICE, { _id: "zz" }))).toMatchObject({ statusCode: 400 });
  });

  test("answer 400 in the data, without a list, when the database fails", async () => {
    const broken = { find: () => ({ toArray: () => Promise.reject(new Error("no primary")) }) };
    connectWith(() => ({ db: () => ({ collection: () => broken as unknown as TodoCollection }) }));
    const answer = await listTodo(asUser(ALICE, {}));
    expect(answer).toEqual({ statusCode: 400, body: '{"message":"no primary"}' });
    expect(answer).not.toHaveProperty("todoList");
  });

  test("connect once for many invocations", async () => {
    let connections = 0;
    const store = await EmbeddedMongo.open(`${await directoryForTest()}/documents.jsonl`);
    connectWith(() => {
      connections += 1;
      return store;
    });
    await added(ALICE, "milk");
    await added(ALICE, "eggs");
    expect(connections).toBe(1);
    await store.close();
  });

  test("throw, rather than answer, when the connection string is no such thing", async () => {
    connectWith(undefined);
    expect(() => todos()).toThrow();
    await expect(listTodo(asUser(ALICE, {}))).rejects.toThrow();
  });
});
