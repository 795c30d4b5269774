import { defineFunction } from "@aws-amplify/backend";
import { environment } from "../environment.js";

export const listTodo = defineFunction({ name: "listTodo", entry: "./handler.ts", environment });
