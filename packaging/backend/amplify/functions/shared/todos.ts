/**
 * The collection of to-dos, as far as the resolvers use it.
 *
 * The types are the part of the `mongodb` driver's interface that is used here, so that the driver's own `Collection` and
 * the embedded store of the local backend both satisfy them. One client lives as long as its Lambda container: it is made
 * by the first invocation and never closed. The published sample makes and closes one for each invocation, which costs a
 * TLS handshake with Atlas every time and exhausts its connections under load; this is the only deliberate difference.
 */
import {
  MongoClient,
  type DeleteResult,
  type InsertOneResult,
  type ObjectId,
  type UpdateResult,
} from "mongodb";

export interface TodoDocument {
  _id?: ObjectId;
  content: string;
  username: string;
}

export interface StoredTodo extends TodoDocument {
  _id: ObjectId;
}

/** Equality on fields is all the filtering that the resolvers need. */
export type TodoFilter = Partial<StoredTodo>;

export interface TodoCollection {
  find(filter: TodoFilter): { toArray(): Promise<StoredTodo[]> };
  insertOne(document: TodoDocument): Promise<InsertOneResult<TodoDocument>>;
  updateOne(filter: TodoFilter, update: { $set: Partial<TodoDocument> }): Promise<UpdateResult>;
  deleteOne(filter: TodoFilter): Promise<DeleteResult>;
}

export interface TodoClient {
  db(name: string): { collection(name: string): TodoCollection };
}

type Connect = (uri: string) => TodoClient;

const connectWithDriver: Connect = (uri) => {
  const client = new MongoClient(uri);
  return {
    db: (database) => ({
      collection: (name): TodoCollection =>
        client.db(database).collection<TodoDocument>(name) as unknown as TodoCollection,
    }),
  };
};

let connect: Connect = connectWithDriver;
let client: TodoClient | undefined;

/** Replaces the driver, for every later invocation. The local backend passes its embedded store. */
export function connectWith(replacement: Connect | undefined): void {
  connect = replacement ?? connectWithDriver;
  client = undefined;
}

/** Throws when the connection string cannot be parsed; an unreachable server is told by the operations instead. */
export function todos(): TodoCollection {
  client ??= connect(process.env["ATLAS_CONNECTION_STRING"] ?? "");
  return client
    .db(process.env["DB_NAME"] ?? "tideover")
    .collection(process.env["COLLECTION_NAME"] ?? "todos");
}
