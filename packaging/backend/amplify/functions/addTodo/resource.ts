import { defineFunction } from "@aws-amplify/backend";
import { environment } from "../environment.js";

export const addTodo = defineFunction({ name: "addTodo", entry: "./handler.ts", environment });
