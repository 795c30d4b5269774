import { defineFunction } from "@aws-amplify/backend";
import { environment } from "../environment.js";

export const deleteTodo = defineFunction({
  name: "deleteTodo",
  entry: "./handler.ts",
  environment,
});
