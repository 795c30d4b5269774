/** Prints the model introspection of the schema, by AWS's own generator, as `amplify_outputs.json` carries it. */
import { generateModels } from "@aws-amplify/graphql-generator";
import { schema } from "./data/resource.js";

const sdl = schema.transform().schema;
if (process.argv.includes("--sdl")) {
  process.stdout.write(sdl);
} else {
  const files = await generateModels({ schema: sdl, target: "introspection" });
  process.stdout.write(files["model-introspection.json"] ?? "");
}
