/** Rewords the simulator's GraphQL errors as the service words them, where that is known. */
import { buildSchema, getNamedType, isObjectType, type GraphQLSchema } from "graphql";

export type Repair = (body: string) => string;

interface GraphQLError {
  message?: string;
  path?: (string | number)[];
  locations?: { line: number; column: number; sourceName?: string | null }[] | null;
}

interface GraphQLAnswer {
  data?: unknown;
  errors?: GraphQLError[];
  errorMessage?: string;
}

/** Directives of AppSync that the schema uses and GraphQL does not know. */
const DIRECTIVES = `
directive @aws_cognito_user_pools(cognito_groups: [String]) on OBJECT | FIELD_DEFINITION
directive @aws_api_key on OBJECT | FIELD_DEFINITION
`;

export function repairFor(sdl: string): Repair {
  const schema = buildSchema(DIRECTIVES + sdl);
  return (body) => {
    const answer = JSON.parse(body) as GraphQLAnswer;
    if (answer.errorMessage !== undefined) {
      return JSON.stringify({ data: null, errors: [{ path: null, message: answer.errorMessage }] });
    }
    if (answer.errors === undefined) return body;
    const errors = answer.errors.map((error) =>
      error.path === undefined ? validationError(error) : fieldError(error, schema),
    );
    return JSON.stringify({ ...answer, errors });
  };
}

function validationError(error: GraphQLError): GraphQLError {
  const message = error.message ?? "";
  const unknown = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(message);
  const [, field, type] = unknown ?? [];
  if (field !== undefined && type !== undefined) {
    const worded = `Validation error of type FieldUndefined: Field '${field}' in type '${type}' is undefined @ '${field}'`;
    return withSource({ ...error, message: worded });
  }
  return withSource(error);
}

function withSource(error: GraphQLError): GraphQLError {
  const locations = error.locations?.map((location) => ({ ...location, sourceName: null }));
  return { ...error, path: null as never, locations: locations ?? null };
}

function fieldError(error: GraphQLError, schema: GraphQLSchema): GraphQLError {
  const matched = /^Cannot return null for non-nullable field (\w+)\.(\w+)\.$/.exec(
    error.message ?? "",
  );
  const [, parent, field] = matched ?? [];
  if (parent === undefined || field === undefined) return error;
  const type = schema.getType(parent);
  if (!isObjectType(type)) return error;
  const definition = type.getFields()[field];
  const named = definition === undefined ? "" : getNamedType(definition.type).name;
  const path = `/${(error.path ?? []).join("/")}`;
  const message = `Cannot return null for non-nullable type: '${named}' within parent '${parent}' (${path})`;
  return { ...error, message, locations: null };
}
