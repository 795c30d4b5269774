import { defineFunction } from "@aws-amplify/backend";
import { environment } from "../environment.js";

export const updateTodo = defineFunction({
  name: "updateTodo",
  entry: "./handler.ts",
  environment,
});
