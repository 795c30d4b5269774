/** What a GraphQL request asks for, read before anything runs it. */
import { getOperationAST, parse, type DocumentNode } from "graphql";

export interface GraphQLRequest {
  /** The names of the root fields, without aliases; empty when they cannot be told. */
  fields: string[];
  /** Why the service would not run it: an HTTP error, or a GraphQL error with status 200. */
  refusal?: { http: boolean; message: string };
}

export function readGraphQLRequest(body: string): GraphQLRequest {
  if (body.trim() === "") return malformed("Request body is empty.");
  let document: DocumentNode;
  let operationName: string | undefined;
  try {
    const request = JSON.parse(body) as { query?: unknown; operationName?: unknown } | null;
    if (typeof request?.query !== "string") return malformed("Unable to parse GraphQL query.");
    if (typeof request.operationName === "string") operationName = request.operationName;
    document = parse(request.query);
  } catch {
    return malformed("Unable to parse GraphQL query.");
  }
  const operation = getOperationAST(document, operationName);
  if (operation === null || operation === undefined) {
    const message =
      operationName === undefined
        ? "Must provide operation name if query contains multiple operations."
        : `Unknown operation named '${operationName}'.`;
    return { fields: [], refusal: { http: false, message } };
  }
  const fields = operation.selectionSet.selections.flatMap((selection) =>
    selection.kind === "Field" ? [selection.name.value] : [],
  );
  return { fields };
}

function malformed(message: string): GraphQLRequest {
  return { fields: [], refusal: { http: true, message } };
}
