import { expect, test } from "vitest";
import { runBackend } from "./support/running.js";

const backend = runBackend({ tokenSeconds: 90 });

interface Tokens {
  AccessToken: string;
  IdToken: string;
  RefreshToken?: string;
  ExpiresIn: number;
  TokenType: string;
}

const claims = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<
    string,
    unknown
  >;

function initiate(flow: string, parameters: object, client?: string): Promise<Response> {
  return backend.cognito("InitiateAuth", {
    ClientId: client ?? backend.ready.userPoolClientId,
    AuthFlow: flow,
    AuthParameters: parameters,
  });
}

const password = (changes: object = {}): object => ({
  USERNAME: backend.ready.username,
  PASSWORD: backend.ready.password,
  ...changes,
});

async function tokens(response: Response): Promise<Tokens> {
  expect(response.status).toBe(200);
  return ((await response.json()) as { AuthenticationResult: Tokens }).AuthenticationResult;
}

async function expectFailure(response: Response, type: string, message: string): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.get("x-amzn-errortype")).toBe(`${type}:`);
  expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.1");
  expect(await response.json()).toEqual({ __type: type, message });
}

test("a password gives three tokens, their type and their life", async () => {
  const result = await tokens(await initiate("USER_PASSWORD_AUTH", password()));
  expect(result.TokenType).toBe("Bearer");
  expect(result.ExpiresIn).toBeGreaterThan(80);
  expect(result.ExpiresIn).toBeLessThanOrEqual(90);
  expect(result.RefreshToken).toBeDefined();
  const access = claims(result.AccessToken);
  expect(access).toMatchObject({
    iss: `https://cognito-idp.${backend.ready.region}.amazonaws.com/${backend.ready.userPoolId ?? ""}`,
    client_id: backend.ready.userPoolClientId,
    token_use: "access",
  });
  expect(claims(result.IdToken)).toMatchObject({ email: backend.ready.username });
});

test("a wrong password and an unknown user look the same", async () => {
  const type = "NotAuthorizedException";
  const message = "Incorrect username or password.";
  const wrong = await initiate("USER_PASSWORD_AUTH", password({ PASSWORD: "wrong" }));
  await expectFailure(wrong, type, message);
  const unknown = await initiate("USER_PASSWORD_AUTH", password({ USERNAME: "bob@example.com" }));
  await expectFailure(unknown, type, message);
});

test("an unknown client and a flow that is off are told", async () => {
  const client = await initiate("USER_PASSWORD_AUTH", password(), "nosuch");
  await expectFailure(
    client,
    "ResourceNotFoundException",
    "User pool client nosuch does not exist.",
  );
  const flow = await initiate("USER_SRP_AUTH", { USERNAME: "x", SRP_A: "ab" });
  await expectFailure(
    flow,
    "InvalidParameterException",
    "USER_SRP_AUTH is not enabled for the client.",
  );
});

test("a refresh token gives new tokens by both calls, and they are let in", async () => {
  const first = await tokens(await initiate("USER_PASSWORD_AUTH", password()));
  await backend.control("POST", "/expire-tokens");
  const parameters = { REFRESH_TOKEN: first.RefreshToken };
  const byFlow = await tokens(await initiate("REFRESH_TOKEN_AUTH", parameters));
  const byCall = await tokens(
    await backend.cognito("GetTokensFromRefreshToken", {
      ClientId: backend.ready.userPoolClientId,
      RefreshToken: first.RefreshToken,
    }),
  );
  const query = JSON.stringify({ query: "{ listTodo { statusCode } }" });
  for (const refreshed of [byFlow, byCall]) {
    expect(refreshed.TokenType).toBe("Bearer");
    expect(refreshed.ExpiresIn).toBeGreaterThan(80);
    const response = await backend.post(query, { authorization: refreshed.AccessToken });
    expect(response.status).toBe(200);
  }
  const old = await backend.post(query, { authorization: first.AccessToken });
  expect(old.status).toBe(401);
});

test("a refresh token that is none, or was revoked, is refused by both calls", async () => {
  const { RefreshToken } = await tokens(await initiate("USER_PASSWORD_AUTH", password()));
  const ClientId = backend.ready.userPoolClientId;
  await backend.cognito("RevokeToken", { ClientId, Token: RefreshToken });
  for (const token of ["bogus", RefreshToken]) {
    const byFlow = await initiate("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN: token });
    await expectFailure(byFlow, "NotAuthorizedException", "Invalid Refresh Token");
    const byCall = await backend.cognito("GetTokensFromRefreshToken", {
      ...{ ClientId, RefreshToken: token },
    });
    await expectFailure(byCall, "NotAuthorizedException", "Invalid Refresh Token");
  }
});

test("the pool's keys are published", async () => {
  const { cognitoEndpoint, userPoolId } = backend.ready;
  const response = await fetch(`${cognitoEndpoint ?? ""}${userPoolId ?? ""}/.well-known/jwks.json`);
  expect(await response.json()).toMatchObject({ keys: [{ kty: "RSA", alg: "RS256" }] });
});
