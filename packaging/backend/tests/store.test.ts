/** The contract of the store: what the functions rely on, of the embedded one and of MongoDB (by MONGODB_URI) alike. */
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { MongoClient, ObjectId } from "mongodb";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TodoCollection } from "../amplify/functions/shared/todos.js";
import { EmbeddedMongo } from "../local/embedded-mongo.js";
import { directoryForTest } from "./support/directory.js";

const stores: Record<string, () => Promise<TodoCollection>> = {
  "the embedded store": async () => {
    const store = await EmbeddedMongo.open(`${await directoryForTest()}/documents.jsonl`);
    onTestFinished(() => store.close());
    return store.db("tideover").collection("todos");
  },
};

const uri = process.env["MONGODB_URI"];
if (uri !== undefined) {
  stores["MongoDB"] = async () => {
    const client = await new MongoClient(uri).connect();
    const database = client.db(`tideover_test_${new ObjectId().toHexString()}`);
    onTestFinished(async () => {
      await database.dropDatabase();
      await client.close();
    });
    return database.collection("todos") as unknown as TodoCollection;
  };
}

describe.each(Object.entries(stores))("%s", (_, open) => {
  test("finds what was inserted, in that order, with the id it was given", async () => {
    const todos = await open();
    const first = { content: "milk", username: "alice" };
    const { acknowledged, insertedId } = await todos.insertOne(first);
    await todos.insertOne({ content: "eggs", username: "alice" });
    expect(acknowledged).toBe(true);
    expect(first).toHaveProperty("_id", insertedId);
    const found = await todos.find({ username: "alice" }).toArray();
    expect(found.map(({ content }) => content)).toEqual(["milk", "eggs"]);
    expect(found[0]?._id.equals(insertedId)).toBe(true);
  });

  test("keeps an id that the writer brings, once", async () => {
    const todos = await open();
    const _id = new ObjectId();
    await todos.insertOne({ _id, content: "milk", username: "alice" });
    const again = todos.insertOne({ _id, content: "eggs", username: "alice" });
    await expect(again).rejects.toMatchObject({ code: 11000 });
    expect(await todos.find({ _id }).toArray()).toMatchObject([{ content: "milk" }]);
  });

  test("updates one document that matches every field of the filter", async () => {
    const todos = await open();
    const { insertedId: _id } = await todos.insertOne({ content: "milk", username: "alice" });
    const change = { $set: { content: "oat milk" } };
    const others = await todos.updateOne({ _id, username: "bob" }, change);
    expect(others).toMatchObject({ matchedCount: 0, modifiedCount: 0 });
    expect(await todos.updateOne({ _id, username: "alice" }, change)).toEqual({
      acknowledged: true,
      modifiedCount: 1,
      upsertedId: null,
      upsertedCount: 0,
      matchedCount: 1,
    });
    const same = await todos.updateOne({ _id, username: "alice" }, change);
    expect(same).toMatchObject({ matchedCount: 1, modifiedCount: 0 });
    expect(await todos.find({}).toArray()).toEqual([
      { _id, content: "oat milk", username: "alice" },
    ]);
  });

  test("deletes one document that matches every field of the filter", async () => {
    const todos = await open();
    const { insertedId: _id } = await todos.insertOne({ content: "milk", username: "alice" });
    expect((await todos.deleteOne({ _id, username: "bob" })).deletedCount).toBe(0);
    const deleted = await todos.deleteOne({ _id, username: "alice" });
    expect(deleted).toEqual({ acknowledged: true, deletedCount: 1 });
    expect((await todos.deleteOne({ _id, username: "alice" })).deletedCount).toBe(0);
    expect(await todos.find({}).toArray()).toEqual([]);
  });

  test("gives copies: changing what was found or inserted changes nothing stored", async () => {
    const todos = await open();
    const document = { content: "milk", username: "alice" };
    await todos.insertOne(document);
    document.content = "changed";
    for (const found of await todos.find({}).toArray()) found.content = "changed";
    expect(await todos.find({}).toArray()).toMatchObject([{ content: "milk" }]);
  });
});

describe("the embedded store's file", () => {
  const openAt = async (path: string) => {
    const store = await EmbeddedMongo.open(path);
    return { store, todos: store.db("tideover").collection("todos") };
  };

  test("has a write on disk when it is answered, without being closed", async () => {
    const path = `${await directoryForTest()}/documents.jsonl`;
    const { store, todos } = await openAt(path);
    await todos.insertOne({ content: "milk", username: "alice" });
    expect(await readFile(path, "utf8")).toContain('"milk"');
    await store.close();
  });

  test("brings everything back, deletions and order included", async () => {
    const path = `${await directoryForTest()}/documents.jsonl`;
    const first = await openAt(path);
    const contents = Array.from({ length: 100 }, (_, i) => `todo ${String(i)}`);
    const inserted = await Promise.all(
      contents.map((content) => first.todos.insertOne({ content, username: "alice" })),
    );
    await first.todos.deleteOne({ _id: inserted[7]?.insertedId ?? new ObjectId() });
    const before = await first.todos.find({}).toArray();
    await first.store.close();
    const second = await openAt(path);
    expect(before).toHaveLength(99);
    expect(await second.todos.find({}).toArray()).toEqual(before);
    await second.store.close();
  });

  test("loses only the torn end of its last write", async () => {
    const path = `${await directoryForTest()}/documents.jsonl`;
    const first = await openAt(path);
    await first.todos.insertOne({ content: "milk", username: "alice" });
    await first.store.close();
    await appendFile(path, '{"namespace":"tideover.todos","id":"65a0');
    const second = await openAt(path);
    expect(await second.todos.find({}).toArray()).toMatchObject([{ content: "milk" }]);
    await second.todos.insertOne({ content: "eggs", username: "alice" });
    await second.store.close();
    const third = await openAt(path);
    expect(await third.todos.find({}).toArray()).toHaveLength(2);
    await third.store.close();
  });

  test("is refused when it is damaged elsewhere", async () => {
    const path = `${await directoryForTest()}/documents.jsonl`;
    await writeFile(path, "not json\n{}\n");
    await expect(EmbeddedMongo.open(path)).rejects.toThrow("line 1 is damaged");
  });

  test("throws for operators that it does not know", async () => {
    const { store, todos } = await openAt(`${await directoryForTest()}/documents.jsonl`);
    const filter = { content: { $gt: "a" } } as never;
    await expect(todos.find(filter).toArray()).rejects.toThrow("strings only");
    const update = { $inc: { n: 1 } } as never;
    await expect(todos.updateOne({}, update)).rejects.toThrow("only $set");
    await store.close();
  });
});
