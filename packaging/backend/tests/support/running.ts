/** A backend in this process, on free ports and a directory of its own, and short ways to talk to it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { startBackend, type Backend, type Ready } from "../../local/backend.js";
import type { Options } from "../../local/options.js";

export interface GraphQLBody {
  data?: Record<string, unknown> | null;
  errors?: {
    message: string;
    errorType?: string;
    path?: (string | number)[] | null;
    locations?: unknown;
  }[];
}

export interface Running {
  readonly ready: Ready;
  /** A request to the GraphQL endpoint, with the API key unless other headers are given. */
  post(body: string, headers?: Record<string, string>): Promise<Response>;
  query(query: string, headers?: Record<string, string>): Promise<GraphQLBody>;
  control(method: string, path: string, body?: object): Promise<unknown>;
  cognito(target: string, body: object): Promise<Response>;
  /** An access token of the backend's user. */
  signIn(): Promise<string>;
}

/** One backend for all tests of a file; everything in it is forgotten before each test. */
export function runBackend(changes: Partial<Options> = {}): Running {
  let backend: Backend | undefined;
  let data: string;
  const running: Running = {
    get ready() {
      if (backend === undefined) throw new Error("the backend does not run yet");
      return backend.ready;
    },
    post: (body, headers = { "x-api-key": running.ready.apiKey }) =>
      fetch(running.ready.graphqlUrl, { method: "POST", headers, body }),
    query: async (query, headers) => {
      const response = await running.post(JSON.stringify({ query }), headers);
      return (await response.json()) as GraphQLBody;
    },
    control: async (method, path, body) => {
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
      const response = await fetch(running.ready.controlUrl + path, init);
      if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
      return response.json();
    },
    cognito: (target, body) =>
      fetch(running.ready.cognitoEndpoint ?? "", {
        method: "POST",
        headers: {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": `AWSCognitoIdentityProviderService.${target}`,
        },
        body: JSON.stringify(body),
      }),
    signIn: async () => {
      const { username, password, userPoolClientId } = running.ready;
      const response = await running.cognito("InitiateAuth", {
        ClientId: userPoolClientId,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: username, PASSWORD: password },
      });
      const answer = (await response.json()) as { AuthenticationResult: { AccessToken: string } };
      return answer.AuthenticationResult.AccessToken;
    },
  };
  beforeAll(async () => {
    delete process.env["MONGODB_URI"]; // Tests empty the store they use.
    for (const name of ["log", "error"] as const) console[name] = () => undefined;
    data = await mkdtemp(join(tmpdir(), "tideover-backend-"));
    backend = await startBackend({
      ...{ port: 0, cognitoPort: 0, controlPort: 0, data },
      ...{ tls: false, cognito: true, tokenSeconds: 3600, verbose: false },
      ...changes,
    });
  });
  beforeEach(async () => {
    await running.control("POST", "/reset");
  });
  afterAll(async () => {
    await backend?.stop();
    await rm(data, { recursive: true, force: true });
  });
  return running;
}
