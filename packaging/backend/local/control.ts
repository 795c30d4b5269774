/**
 * The tests' own door: faults, counts, tokens, and the stored documents as another program would see and change them.
 * README.md lists its requests.
 */
import { ObjectId } from "mongodb";
import { API_KEY_USERNAME } from "../amplify/functions/shared/event.js";
import { todos, type StoredTodo, type TodoDocument } from "../amplify/functions/shared/todos.js";
import type { Authorizer } from "./authorize.js";
import type { Faults } from "./faults.js";
import { jsonAnswer, type Answer, type Received } from "./front.js";
import type { Stats } from "./stats.js";

export interface ControlParts {
  faults: Faults;
  stats: Stats;
  authorizer: Authorizer;
  /** The user pool's name of the user with this e-mail address, or the name itself. */
  resolveUsername(name: string): string;
  ready(): object;
}

class BadRequest extends Error {}

type Route = (id: string, body: () => Record<string, unknown>) => unknown;

export function controlEndpoint(parts: ControlParts): (received: Received) => Promise<Answer> {
  const routes = { ...faultRoutes(parts), ...documentRoutes(parts), ...otherRoutes(parts) };
  return async ({ method, path, body }) => {
    const [, resource = "", id] = path.split("/");
    const route = routes[`${method} /${resource}${id === undefined ? "" : "/:id"}`];
    if (route === undefined) return jsonAnswer(404, { message: `no ${method} ${path}` });
    try {
      return jsonAnswer(200, await route(id ?? "", () => parse(body)));
    } catch (error) {
      if (error instanceof BadRequest) return jsonAnswer(400, { message: error.message });
      throw error;
    }
  };
}

function faultRoutes({ faults }: ControlParts): Record<string, Route> {
  return {
    "GET /faults": () => faults.list(),
    "POST /faults": (_, body) => asBadRequest(() => faults.add(body())),
    "DELETE /faults": () => {
      faults.clear();
      return {};
    },
    "DELETE /faults/:id": (id) => ({ removed: faults.remove(Number(id)) }),
  };
}

function documentRoutes({ resolveUsername }: ControlParts): Record<string, Route> {
  const usernameIn = (body: Record<string, unknown>): string =>
    resolveUsername(text(body, "username") ?? API_KEY_USERNAME);
  return {
    "GET /documents": () => todos().find({}).toArray(),
    "POST /documents": async (_, read) => {
      const body = read();
      const id = text(body, "_id");
      const document: TodoDocument = {
        ...(id === undefined ? {} : { _id: objectId(id) }),
        content: text(body, "content") ?? "",
        username: usernameIn(body),
      };
      await todos().insertOne(document);
      return document;
    },
    "PATCH /documents/:id": async (id, read) => {
      const body = read();
      const content = text(body, "content");
      const change: Partial<TodoDocument> = {
        ...(content === undefined ? {} : { content }),
        ...("username" in body ? { username: usernameIn(body) } : {}),
      };
      return todos().updateOne({ _id: objectId(id) }, { $set: change });
    },
    "DELETE /documents/:id": (id) => todos().deleteOne({ _id: objectId(id) }),
    "DELETE /documents": () => deleteAll(),
  };
}

function otherRoutes({ faults, stats, authorizer, ready }: ControlParts): Record<string, Route> {
  return {
    "GET /": () => ready(),
    "GET /stats": () => stats.snapshot(),
    "DELETE /stats": () => {
      stats.reset();
      return {};
    },
    "POST /expire-tokens": () => {
      authorizer.expireAll();
      return {};
    },
    "POST /reset": async () => {
      faults.clear();
      stats.reset();
      return deleteAll();
    },
  };
}

async function deleteAll(): Promise<{ deletedCount: number }> {
  const documents: StoredTodo[] = await todos().find({}).toArray();
  await Promise.all(documents.map(({ _id }) => todos().deleteOne({ _id })));
  return { deletedCount: documents.length };
}

function parse(body: string): Record<string, unknown> {
  const value = asBadRequest(() => JSON.parse(body) as unknown);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadRequest("the body must be a JSON object");
  }
  return value as Record<string, unknown>;
}

function text(body: Record<string, unknown>, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || typeof value === "string") return value;
  throw new BadRequest(`"${field}" must be a string`);
}

function objectId(id: string): ObjectId {
  return asBadRequest(() => new ObjectId(id));
}

function asBadRequest<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof BadRequest ? error : new BadRequest((error as Error).message);
  }
}
