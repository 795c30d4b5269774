/**
 * The Cognito endpoint that clients see: faults, then cognito-local, repaired where it differs from the service in what a
 * client of USER_PASSWORD_AUTH meets. Operations are named `cognito:<call>` in faults and counts.
 */
import type { Authorizer } from "./authorize.js";
import type { Faults } from "./faults.js";
import type { Answer, Outcome, Received } from "./front.js";
import type { Stats } from "./stats.js";
import { throughFaults } from "./transport-faults.js";
import type { Upstream } from "./upstream.js";

const TARGET_PREFIX = "AWSCognitoIdentityProviderService.";

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
};

interface Call {
  target: string;
  body: Record<string, unknown>;
}

interface CognitoAnswer {
  __type?: string;
  message?: string;
  ChallengeParameters?: object;
  AuthenticationResult?: {
    AccessToken?: string;
    IdToken?: string;
    RefreshToken?: string;
    ExpiresIn?: number;
    TokenType?: string;
  };
}

export interface CognitoEndpointParts {
  cognito: Upstream;
  authorizer: Authorizer;
  faults: Faults;
  stats: Stats;
}

export function cognitoEndpoint(parts: CognitoEndpointParts) {
  return async (received: Received): Promise<Outcome> => {
    const header = received.headers["x-amz-target"] ?? "";
    if (received.method !== "POST" || !header.startsWith(TARGET_PREFIX)) {
      return parts.cognito.forward(received); // The pool's keys, CORS preflights.
    }
    const target = header.slice(TARGET_PREFIX.length);
    return throughFaults([`cognito:${target}`], parts, () => execute(received, target, parts));
  };
}

async function execute(
  received: Received,
  target: string,
  { cognito, authorizer }: CognitoEndpointParts,
): Promise<Answer> {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(received.body || "{}") as Record<string, unknown>;
  } catch {
    return failed("SerializationException", "");
  }
  const call = { target, body };
  const accessToken = body["AccessToken"];
  if (typeof accessToken === "string" && secondsLeft(accessToken) <= 0) {
    return failed("NotAuthorizedException", "Access Token has expired");
  }
  const answer = await cognito.forward(asCognitoLocal(received, call));
  const parsed = JSON.parse(answer.body || "{}") as CognitoAnswer;
  if (answer.status >= 400) return repairedFailure(call, parsed);
  return ok(repairedSuccess(parsed, authorizer));
}

/** cognito-local has no GetTokensFromRefreshToken; a refresh by InitiateAuth does the same. */
function asCognitoLocal(received: Received, { target, body }: Call): Received {
  const renamed = target === "GetTokensFromRefreshToken";
  const sent = renamed
    ? {
        ClientId: body["ClientId"],
        AuthFlow: "REFRESH_TOKEN_AUTH",
        AuthParameters: { REFRESH_TOKEN: body["RefreshToken"] },
      }
    : body;
  return {
    ...received,
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": TARGET_PREFIX + (renamed ? "InitiateAuth" : target),
    },
    body: JSON.stringify(sent),
  };
}

function repairedSuccess(answer: CognitoAnswer, authorizer: Authorizer): CognitoAnswer {
  const result = answer.AuthenticationResult;
  if (result?.AccessToken === undefined) return answer;
  authorizer.remember(result.AccessToken);
  if (result.IdToken !== undefined) authorizer.remember(result.IdToken);
  result.ExpiresIn = secondsLeft(result.AccessToken);
  result.TokenType = "Bearer";
  answer.ChallengeParameters ??= {};
  return answer;
}

function repairedFailure({ target, body }: Call, { __type, message }: CognitoAnswer): Answer {
  const flow = target === "GetTokensFromRefreshToken" ? "REFRESH_TOKEN_AUTH" : body["AuthFlow"];
  const refresh = flow === "REFRESH_TOKEN_AUTH" || flow === "REFRESH_TOKEN";
  const clientId = String(body["ClientId"]);
  switch (__type) {
    case "InvalidPasswordException":
    case "NotAuthorizedException":
    case "UserNotFoundException":
      if (target !== "InitiateAuth" && !refresh) break;
      return failed(
        "NotAuthorizedException",
        refresh ? "Invalid Refresh Token" : "Incorrect username or password.",
      );
    case "ResourceNotFoundException":
      return failed(__type, `User pool client ${clientId} does not exist.`);
    case "CognitoLocal#Unsupported":
      if (target !== "InitiateAuth") break;
      return failed("InvalidParameterException", `${String(flow)} is not enabled for the client.`);
  }
  return failed(__type ?? "InternalErrorException", message ?? "");
}

function ok(answer: CognitoAnswer): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/x-amz-json-1.1", ...CORS },
    body: JSON.stringify(answer),
  };
}

function failed(type: string, message: string): Answer {
  return {
    status: type === "InternalErrorException" ? 500 : 400,
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amzn-errortype": `${type}:`,
      "x-amzn-errormessage": message,
      ...CORS,
    },
    body: JSON.stringify({ __type: type, message }),
  };
}

/** The life that a token has left; nothing is left of what is not a token. */
function secondsLeft(token: string): number {
  try {
    const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
    const { exp } = JSON.parse(payload) as { exp?: number };
    return Math.max(0, (exp ?? 0) - Math.floor(Date.now() / 1000));
  } catch {
    return 0;
  }
}
