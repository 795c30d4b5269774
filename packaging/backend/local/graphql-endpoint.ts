/** The endpoint that clients see: faults, then authorization, then the simulator, its answer repaired. */
import { randomUUID } from "node:crypto";
import type { Authorizer } from "./authorize.js";
import type { Faults } from "./faults.js";
import { jsonAnswer, type Answer, type Outcome, type Received } from "./front.js";
import { readGraphQLRequest, type GraphQLRequest } from "./graphql-request.js";
import type { Repair } from "./repair.js";
import type { Stats } from "./stats.js";
import { errorAnswer, throughFaults, unauthorized } from "./transport-faults.js";
import type { Upstream } from "./upstream.js";

export interface GraphQLEndpointParts {
  simulator: Upstream;
  authorizer: Authorizer;
  repair: Repair;
  faults: Faults;
  stats: Stats;
}

export function graphqlEndpoint(parts: GraphQLEndpointParts) {
  return async (received: Received): Promise<Outcome> => {
    const path = received.path.split("?")[0];
    if (path !== "/graphql" || received.method !== "POST") {
      return parts.simulator.forward(received); // CORS preflights, and what does not exist.
    }
    const request = readGraphQLRequest(received.body);
    return throughFaults(request.fields, parts, () => execute(received, request, parts));
  };
}

async function execute(
  received: Received,
  { refusal }: GraphQLRequest,
  { simulator, authorizer, repair }: GraphQLEndpointParts,
): Promise<Answer> {
  const verdict = authorizer.check(received.headers);
  if (!verdict.authorized) return unauthorized(verdict.message);
  if (refusal?.http === true) {
    return errorAnswer(400, "MalformedHttpRequestException", refusal.message);
  }
  if (refusal !== undefined) {
    return jsonAnswer(200, { data: null, errors: [{ path: null, message: refusal.message }] });
  }
  const headers = { ...received.headers, "content-type": "application/json" };
  const answer = await simulator.forward({ ...received, headers });
  return {
    status: answer.status,
    headers: {
      "content-type": "application/json;charset=UTF-8",
      "access-control-allow-origin": "*",
      "x-amzn-requestid": randomUUID(),
    },
    body: repair(answer.body),
  };
}
