import { describe, expect, test } from "vitest";
import { Authorizer } from "../local/authorize.js";
import { runBackend } from "./support/running.js";

const backend = runBackend();

const UNKNOWN_ID = "65a000000000000000000009";
const LIST = "{ listTodo { statusCode todoList { _id content } } }";

async function add(content: string, headers?: Record<string, string>): Promise<string> {
  const mutation = `mutation { addTodo(content: ${JSON.stringify(content)}) { statusCode todo { _id content } } }`;
  const body = await backend.query(mutation, headers);
  const { statusCode, todo } = body.data?.["addTodo"] as {
    statusCode: string;
    todo: { _id: string; content: string };
  };
  expect(statusCode).toBe("200");
  expect(todo.content).toBe(content);
  return todo._id;
}

describe("the API", () => {
  test("lists what was added, with the server's ids", async () => {
    const id = await add("milk");
    expect(await backend.query(LIST)).toEqual({
      data: { listTodo: { statusCode: "200", todoList: [{ _id: id, content: "milk" }] } },
    });
  });

  test("ignores the id in addTodo", async () => {
    const mutation = `mutation { addTodo(_id: "${UNKNOWN_ID}", content: "milk") { todo { _id } } }`;
    const body = await backend.query(mutation);
    expect(body.data).toMatchObject({ addTodo: { todo: { _id: expect.any(String) as string } } });
    expect(JSON.stringify(body)).not.toContain(UNKNOWN_ID);
  });

  test("has errors below a field whose effect is committed", async () => {
    const id = await add("milk");
    const mutation = `mutation { updateTodo(_id: "${id}", content: "oat milk") { statusCode count todo { _id content } } }`;
    const body = await backend.query(mutation);
    expect(body.data).toEqual({ updateTodo: { statusCode: "200", count: null, todo: null } });
    expect(body.errors).toMatchObject([
      { path: ["updateTodo", "count"] },
      {
        path: ["updateTodo", "todo", "_id"],
        message:
          "Cannot return null for non-nullable type: 'ID' within parent 'Todo' (/updateTodo/todo/_id)",
        locations: null,
      },
    ]);
    expect(body.errors?.[0]?.message).toMatch(/^String cannot represent value/);
    expect(await backend.control("GET", "/documents")).toMatchObject([{ content: "oat milk" }]);
  });

  test("answers an update of an unknown id like any other", async () => {
    const mutation = `mutation { updateTodo(_id: "${UNKNOWN_ID}", content: "x") { statusCode todo { content } } }`;
    expect(await backend.query(mutation)).toEqual({
      data: { updateTodo: { statusCode: "200", todo: { content: "x" } } },
    });
  });

  test("deletes, again and again", async () => {
    const id = await add("milk");
    const mutation = `mutation { deleteTodo(_id: "${id}") { statusCode deletedId } }`;
    const expected = { data: { deleteTodo: { statusCode: "200", deletedId: id } } };
    expect(await backend.query(mutation)).toEqual(expected);
    expect(await backend.query(mutation)).toEqual(expected);
  });

  test("tells a malformed id in the data only", async () => {
    const mutation = `mutation { deleteTodo(_id: "zz") { statusCode count deletedId } }`;
    expect(await backend.query(mutation)).toEqual({
      data: { deleteTodo: { statusCode: "400", count: null, deletedId: null } },
    });
  });

  test("runs aliased mutations in order, a failing one between the others", async () => {
    await backend.control("POST", "/faults", { kind: "lambda_error", operation: "deleteTodo" });
    const body = await backend.query(`mutation {
      a: addTodo(content: "A") { statusCode }
      b: deleteTodo(_id: "${UNKNOWN_ID}") { statusCode }
      c: addTodo(content: "C") { statusCode }
    }`);
    expect(body.data).toEqual({ a: { statusCode: "200" }, b: null, c: { statusCode: "200" } });
    expect(body.errors).toMatchObject([{ path: ["b"], errorType: "Lambda:Unhandled" }]);
    const documents = await backend.control("GET", "/documents");
    expect(documents).toMatchObject([{ content: "A" }, { content: "C" }]);
  });
});

describe("authorization", () => {
  const refusal = async (headers: Record<string, string>): Promise<object> => {
    const response = await backend.post(JSON.stringify({ query: LIST }), headers);
    expect(response.status).toBe(401);
    expect(response.headers.get("x-amzn-errortype")).toBe("UnauthorizedException");
    return (await response.json()) as object;
  };
  const unauthorized = (message: string): object => ({
    errors: [{ errorType: "UnauthorizedException", message }],
  });

  test("is needed, by a key or a token that the service knows", async () => {
    expect(await refusal({})).toEqual(unauthorized("Valid authorization header not provided."));
    expect(await refusal({ "x-api-key": "da2-other" })).toEqual(
      unauthorized("You are not authorized to make this call."),
    );
    expect(await refusal({ authorization: "garbage" })).toEqual(
      unauthorized("Unable to parse JWT token."),
    );
  });

  test("lets the user pool's tokens in, with and without Bearer, and scopes by user", async () => {
    const token = await backend.signIn();
    await add("mine", { authorization: token });
    await add("the key's");
    const body = await backend.query(LIST, { authorization: `Bearer ${token}` });
    expect(body.data?.["listTodo"]).toMatchObject({ todoList: [{ content: "mine" }] });
  });

  test("checks the signature", async () => {
    const [head = "", payload = ""] = (await backend.signIn()).split(".");
    const forged = `${head}.${payload}.${Buffer.from("forged").toString("base64url")}`;
    expect(await refusal({ authorization: forged })).toEqual(
      unauthorized("Invalid JWT signature."),
    );
  });

  test("ends for every token at once when the tests say so, and not for those made later", async () => {
    const token = await backend.signIn();
    await backend.control("POST", "/expire-tokens");
    expect(await refusal({ authorization: token })).toEqual(unauthorized("Token has expired."));
    const body = await backend.query(LIST, { authorization: await backend.signIn() });
    expect(body.data).toMatchObject({ listTodo: { statusCode: "200" } });
  });

  test("ends with the token's time", () => {
    let now = 1_000_000;
    const authorizer = new Authorizer("key", "https://cognito-idp.", undefined, () => now);
    const claims = { iss: "https://cognito-idp.x", iat: 1000, exp: 1010 };
    const token = `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;
    expect(authorizer.check({ Authorization: token }).authorized).toBe(true);
    now = 1_010_000;
    expect(authorizer.check({ Authorization: token })).toEqual({
      authorized: false,
      message: "Token has expired.",
    });
  });
});

describe("requests that cannot run", () => {
  test.each([
    ["", "Request body is empty."],
    ["xx", "Unable to parse GraphQL query."],
    ["null", "Unable to parse GraphQL query."],
    ["{}", "Unable to parse GraphQL query."],
    [JSON.stringify({ query: "query { listTodo { " }), "Unable to parse GraphQL query."],
  ])("%j is answered with 400", async (body, message) => {
    const response = await backend.post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [{ errorType: "MalformedHttpRequestException", message }],
    });
  });

  test.each([
    [{ query: "query A { listTodo { statusCode } }", operationName: "B" }, /Unknown operation/],
    [{ query: "query A { listTodo { statusCode } } query B { listTodo { statusCode } }" }, /Must/],
    [{ query: "{ nope }" }, /^Validation error of type FieldUndefined: Field 'nope' in type/],
    [{ query: "mutation { addTodo(bogus: 1) { statusCode } }" }, /Unknown argument/],
  ])("%j is answered with GraphQL errors", async (body, message) => {
    const response = await backend.post(JSON.stringify(body));
    expect(response.status).toBe(200);
    const answer = (await response.json()) as { data: null; errors: { message: string }[] };
    expect(answer.data).toBeNull();
    expect(answer.errors[0]?.message).toMatch(message);
  });

  test("every answer carries its length and type", async () => {
    const response = await backend.post(JSON.stringify({ query: LIST }));
    expect(response.headers.get("content-type")).toBe("application/json;charset=UTF-8");
    const length = Number(response.headers.get("content-length"));
    expect(length).toBe((await response.text()).length);
  });
});
