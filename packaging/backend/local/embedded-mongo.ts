/**
 * The embedded store: what the resolvers use of the `mongodb` driver's client, over one file.
 *
 * A write is answered when it is on disk. A read waits for the writes it can see, so that nothing is ever shown that a crash
 * could take back. Filters know equality of fields, updates know `$set`; anything else throws, rather than doing something
 * else than MongoDB would.
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  BSON,
  MongoServerError,
  ObjectId,
  type DeleteResult,
  type InsertOneResult,
  type UpdateResult,
} from "mongodb";
import type {
  StoredTodo,
  TodoClient,
  TodoCollection,
  TodoDocument,
  TodoFilter,
} from "../amplify/functions/shared/todos.js";
import { Journal } from "./journal.js";

type Documents = Map<string, StoredTodo>;

interface Line {
  namespace: string;
  id: string;
  /** The whole document in extended JSON; absent when it was deleted. */
  document?: BSON.Document;
}

export class EmbeddedMongo implements TodoClient {
  private readonly collections = new Map<string, EmbeddedCollection>();

  private constructor(
    private readonly namespaces: Map<string, Documents>,
    private readonly journal: Journal,
  ) {}

  static async open(path: string): Promise<EmbeddedMongo> {
    await mkdir(dirname(path), { recursive: true });
    const namespaces = new Map<string, Documents>();
    const replay = (value: unknown): void => {
      const { namespace, id, document } = value as Line;
      const documents = documentsOf(namespaces, namespace);
      if (document === undefined) documents.delete(id);
      else documents.set(id, BSON.EJSON.deserialize(document) as StoredTodo);
    };
    const compacted = (): Line[] =>
      [...namespaces].flatMap(([namespace, documents]) =>
        [...documents].map(([id, document]) => line(namespace, id, document)),
      );
    const journal = await Journal.open(path, replay, compacted);
    return new EmbeddedMongo(namespaces, journal);
  }

  db(database: string): { collection(name: string): EmbeddedCollection } {
    return {
      collection: (name) => {
        const namespace = `${database}.${name}`;
        let collection = this.collections.get(namespace);
        if (collection === undefined) {
          const documents = documentsOf(this.namespaces, namespace);
          collection = new EmbeddedCollection(namespace, documents, this.journal);
          this.collections.set(namespace, collection);
        }
        return collection;
      },
    };
  }

  close(): Promise<void> {
    return this.journal.close();
  }
}

class EmbeddedCollection implements TodoCollection {
  constructor(
    private readonly namespace: string,
    private readonly documents: Documents,
    private readonly journal: Journal,
  ) {}

  find(filter: TodoFilter): { toArray(): Promise<StoredTodo[]> } {
    return {
      toArray: async () => {
        const found = this.matching(filter).map((document) => ({ ...document }));
        await this.journal.synced();
        return found;
      },
    };
  }

  async insertOne(document: TodoDocument): Promise<InsertOneResult<TodoDocument>> {
    document._id ??= new ObjectId(); // The driver, too, adds the id to the caller's object.
    const id = document._id;
    const key = id.toHexString();
    if (this.documents.has(key)) {
      throw new MongoServerError({
        code: 11000,
        message: `E11000 duplicate key error collection: ${this.namespace} index: _id_ dup key: { _id: ObjectId('${key}') }`,
      });
    }
    this.put(key, { ...document, _id: id });
    await this.journal.synced();
    return { acknowledged: true, insertedId: id };
  }

  async updateOne(
    filter: TodoFilter,
    update: { $set: Partial<TodoDocument> },
  ): Promise<UpdateResult> {
    const operators = Object.keys(update);
    if (operators.length !== 1 || operators[0] !== "$set") {
      throw new Error(`the embedded store knows only $set, not ${operators.join(", ")}`);
    }
    const [old] = this.matching(filter);
    let modifiedCount = 0;
    if (old !== undefined) {
      const changed: StoredTodo = { ...old, ...update.$set, _id: old._id };
      if (BSON.EJSON.stringify(changed) !== BSON.EJSON.stringify(old)) {
        this.put(old._id.toHexString(), changed);
        modifiedCount = 1;
      }
    }
    await this.journal.synced();
    return {
      acknowledged: true,
      modifiedCount,
      upsertedId: null,
      upsertedCount: 0,
      matchedCount: old === undefined ? 0 : 1,
    };
  }

  async deleteOne(filter: TodoFilter): Promise<DeleteResult> {
    const [old] = this.matching(filter);
    if (old !== undefined) {
      const id = old._id.toHexString();
      this.documents.delete(id);
      this.journal.append({ namespace: this.namespace, id } satisfies Line);
    }
    await this.journal.synced();
    return { acknowledged: true, deletedCount: old === undefined ? 0 : 1 };
  }

  private put(id: string, document: StoredTodo): void {
    this.documents.set(id, document);
    this.journal.append(line(this.namespace, id, document));
  }

  private matching(filter: TodoFilter): StoredTodo[] {
    const { _id, ...fields } = filter;
    const wanted = Object.entries(fields);
    for (const [field, value] of wanted) {
      if (typeof value !== "string") {
        throw new Error(`the embedded store finds by strings only, not by this ${field}`);
      }
    }
    const one = _id === undefined ? undefined : this.documents.get(_id.toHexString());
    const candidates = _id === undefined ? [...this.documents.values()] : one ? [one] : [];
    return candidates.filter((document) =>
      wanted.every(([field, value]) => document[field as keyof typeof fields] === value),
    );
  }
}

function documentsOf(namespaces: Map<string, Documents>, namespace: string): Documents {
  let documents = namespaces.get(namespace);
  if (documents === undefined) {
    documents = new Map();
    namespaces.set(namespace, documents);
  }
  return documents;
}

function line(namespace: string, id: string, document: StoredTodo): Line {
  return { namespace, id, document: BSON.EJSON.serialize(document) };
}
