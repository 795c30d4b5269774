/** What AppSync passes to a resolver's Lambda, as far as the resolvers use it, and the answers they give. */
export interface ResolverEvent<Arguments> {
  arguments: Arguments;
  /** Absent (null) under API key authorization. */
  identity: { username: string } | null;
}

export type Resolver<Arguments, Answer> = (
  event: ResolverEvent<Arguments>,
) => Promise<Answer | Failure>;

/**
 * A failure is told in the data, never as a GraphQL error. The schema has no `body`, so the reason never reaches the client;
 * it is there for the function's own test console.
 */
export interface Failure {
  statusCode: 400;
  body: string;
}

export function failure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { statusCode: 400, body: JSON.stringify({ message }) };
}

/** All callers that show only the API key are one user. */
export const API_KEY_USERNAME = "api-key";

export function usernameOf(event: ResolverEvent<unknown>): string {
  return event.identity?.username ?? API_KEY_USERNAME;
}
