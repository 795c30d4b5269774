/**
 * What stubs of a backend understand of GraphQL: the root fields of one request, each by its name or alias, with its
 * arguments from variables or as JSON values. No more of the language, and nothing of selections.
 */
const ARGUMENT = /([A-Za-z_]\w*)\s*:\s*(\$\w+|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)/g;

/** The fields among `names`, in order: [{ alias, name, args }]. */
export function rootFields({ query, variables = {} }, names) {
  const field = new RegExp(
    `(?:([A-Za-z_]\\w*)\\s*:\\s*)?\\b(${names.join("|")})\\b\\s*(?:\\(([^)]*)\\))?`,
    "g",
  );
  // Of the operation itself, not of its head: "mutation M($content: String!) { … }".
  const body = query.slice(query.indexOf("{"));
  return [...body.matchAll(field)].map(([, alias, name, argumentText = ""]) => {
    const args = {};
    for (const [, argument, value] of argumentText.matchAll(ARGUMENT)) {
      const given = value.startsWith("$") ? variables[value.slice(1)] : JSON.parse(value);
      // An argument whose variable has no value is not there.
      if (given !== undefined) args[argument] = given;
    }
    return { alias: alias ?? name, name, args };
  });
}
