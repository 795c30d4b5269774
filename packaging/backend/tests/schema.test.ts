import { readFileSync } from "node:fs";
import { parse, print, type ObjectTypeDefinitionNode, type TypeNode } from "graphql";
import { expect, test } from "vitest";

interface IntrospectedField {
  type: string | { nonModel: string };
  isArray: boolean;
  isRequired: boolean;
  arguments?: Record<string, IntrospectedField>;
}
type Fields = Record<string, IntrospectedField>;

const read = (name: string): string =>
  readFileSync(new URL(`../local/${name}`, import.meta.url), "utf8");

const introspection = JSON.parse(read("model-introspection.json")) as {
  nonModels: Record<string, { fields: Fields }>;
  queries: Fields;
  mutations: Fields;
};

const types = parse(read("schema.graphql")).definitions.filter(
  (definition): definition is ObjectTypeDefinitionNode =>
    definition.kind === "ObjectTypeDefinition",
);

function typeText({ type, isArray, isRequired }: IntrospectedField): string {
  const name = typeof type === "string" ? type : type.nonModel;
  const element = isRequired ? `${name}!` : name;
  return isArray ? `[${element}]` : element;
}

function introspected(fields: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const args = Object.entries(field.arguments ?? {}).map(([n, a]) => `${n}: ${typeText(a)}`);
      return [name, `(${args.join(", ")}) ${typeText(field)}`];
    }),
  );
}

function written(type: ObjectTypeDefinitionNode): Record<string, string> {
  const text = (node: TypeNode): string => print(node);
  return Object.fromEntries(
    (type.fields ?? []).map((field) => {
      const args = (field.arguments ?? []).map((a) => `${a.name.value}: ${text(a.type)}`);
      return [field.name.value, `(${args.join(", ")}) ${text(field.type)}`];
    }),
  );
}

test("the schema that runs here is the one that Amplify's introspection describes", () => {
  const expected = {
    Query: introspected(introspection.queries),
    Mutation: introspected(introspection.mutations),
    ...Object.fromEntries(
      Object.entries(introspection.nonModels).map(([name, { fields }]) => [
        name,
        introspected(fields),
      ]),
    ),
  };
  const actual = Object.fromEntries(types.map((type) => [type.name.value, written(type)]));
  expect(actual).toEqual(expected);
});

test("every type and operation is open to both kinds of caller", () => {
  for (const type of types) {
    const root = ["Query", "Mutation"].includes(type.name.value);
    for (const node of root ? (type.fields ?? []) : [type]) {
      const directives = node.directives?.map(({ name }) => name.value);
      expect(directives).toEqual(["aws_cognito_user_pools", "aws_api_key"]);
    }
  }
});
