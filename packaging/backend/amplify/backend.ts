import { defineBackend } from "@aws-amplify/backend";
import { auth } from "./auth/resource.js";
import { data } from "./data/resource.js";
import { addTodo } from "./functions/addTodo/resource.js";
import { deleteTodo } from "./functions/deleteTodo/resource.js";
import { listTodo } from "./functions/listTodo/resource.js";
import { updateTodo } from "./functions/updateTodo/resource.js";

const backend = defineBackend({ auth, data, listTodo, addTodo, updateTodo, deleteTodo });

// Amplify's own choice leaves out USER_PASSWORD_AUTH, with which a daemon without a browser signs in.
backend.auth.resources.cfnResources.cfnUserPoolClient.explicitAuthFlows = [
  "ALLOW_USER_PASSWORD_AUTH",
  "ALLOW_USER_SRP_AUTH",
  "ALLOW_REFRESH_TOKEN_AUTH",
];
