/** `amplify_outputs.json` as Amplify Gen 2 writes it, with the addresses of this machine. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { REGION, USER_POOL_CLIENT_ID, USER_POOL_ID } from "./user-pool.js";

const INTROSPECTION = new URL("model-introspection.json", import.meta.url);

export interface Addresses {
  graphqlUrl: string;
  apiKey: string;
  cognitoEndpoint: string | null;
}

export async function writeOutputs(path: string, addresses: Addresses): Promise<void> {
  const introspection = JSON.parse(await readFile(INTROSPECTION, "utf8")) as unknown;
  const outputs = {
    ...(addresses.cognitoEndpoint === null ? {} : { auth: auth() }),
    data: {
      url: addresses.graphqlUrl,
      aws_region: REGION,
      api_key: addresses.apiKey,
      default_authorization_type: "AMAZON_COGNITO_USER_POOLS",
      authorization_types: ["API_KEY"],
      model_introspection: introspection,
    },
    // Amplify leaves this part to the application: no field of its own can name another user pool endpoint.
    custom: { cognito_endpoint: addresses.cognitoEndpoint },
    version: "1.4",
  };
  await writeFile(`${path}.new`, `${JSON.stringify(outputs, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

function auth(): object {
  return {
    user_pool_id: USER_POOL_ID,
    aws_region: REGION,
    user_pool_client_id: USER_POOL_CLIENT_ID,
    standard_required_attributes: ["email"],
    username_attributes: ["email"],
    user_verification_types: ["email"],
    mfa_configuration: "NONE",
    password_policy: {
      min_length: 8,
      require_lowercase: true,
      require_numbers: true,
      require_symbols: true,
      require_uppercase: true,
    },
    unauthenticated_identities_enabled: false,
  };
}
