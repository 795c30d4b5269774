/** The whole local backend: store, functions, simulator, user pool, and the three servers in front of them. */
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { connectWith } from "../amplify/functions/shared/todos.js";
import { startAppSync } from "./appsync.js";
import { Authorizer } from "./authorize.js";
import { certificateIn } from "./certificate.js";
import { cognitoEndpoint } from "./cognito-endpoint.js";
import { controlEndpoint } from "./control.js";
import { EmbeddedMongo } from "./embedded-mongo.js";
import { Faults } from "./faults.js";
import { startFront, type Front } from "./front.js";
import { graphqlEndpoint } from "./graphql-endpoint.js";
import { lambdaFor } from "./lambda.js";
import type { Options } from "./options.js";
import { writeOutputs } from "./outputs.js";
import { repairFor } from "./repair.js";
import { Stats } from "./stats.js";
import { Upstream } from "./upstream.js";
import {
  ISSUER,
  REGION,
  startUserPool,
  USER_EMAIL,
  USER_PASSWORD,
  USER_POOL_CLIENT_ID,
  USER_POOL_ID,
  type UserPool,
} from "./user-pool.js";

export const API_KEY = "da2-tideoverlocalbackend000001";

/** What a client has to know; printed as READY. */
export interface Ready {
  graphqlUrl: string;
  apiKey: string;
  cognitoEndpoint: string | null;
  userPoolId: string | null;
  userPoolClientId: string | null;
  region: string;
  username: string | null;
  password: string | null;
  controlUrl: string;
  amplifyOutputs: string;
  caFile: string | null;
}

export interface Backend {
  ready: Ready;
  stop(): Promise<void>;
}

type Stop = () => unknown;

export async function startBackend(options: Options): Promise<Backend> {
  const stops: Stop[] = [];
  const stop = async (): Promise<void> => {
    for (const part of stops.reverse()) await part();
    stops.length = 0;
  };
  try {
    return { ready: await start(options, (part) => stops.push(part)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(options: Options, onStop: (stop: Stop) => void): Promise<Ready> {
  const data = resolve(options.data);
  await mkdir(data, { recursive: true });
  await openStore(data, onStop);
  const pool = options.cognito ? await openUserPool(data, options, onStop) : undefined;

  const faults = new Faults();
  const stats = new Stats();
  const issuer = pool === undefined ? "https://cognito-idp." : ISSUER;
  const authorizer = new Authorizer(API_KEY, issuer, pool?.jwk);
  const schema = await readFile(new URL("schema.graphql", import.meta.url), "utf8");
  const appsync = await startAppSync({
    schema,
    apiKey: API_KEY,
    authorizer,
    lambdaFor: (field) => lambdaFor(field, faults, stats),
  });
  onStop(() => appsync.stop());

  const certificate = options.tls ? await certificateIn(join(data, "tls")) : undefined;
  const simulator = new Upstream(appsync.port);
  const graphql = await startFront({
    port: options.port,
    certificate,
    upgradePort: appsync.port,
    connected: () => {
      stats.connected();
    },
    handle: graphqlEndpoint({
      ...{ simulator, authorizer, faults, stats },
      repair: repairFor(schema),
    }),
  });
  onStop(() => graphql.stop());
  onStop(() => {
    simulator.close();
  });
  let cognito: Front | undefined;
  if (pool !== undefined) {
    const upstream = new Upstream(pool.port);
    const handle = cognitoEndpoint({ cognito: upstream, authorizer, faults, stats });
    cognito = await startFront({ port: options.cognitoPort, certificate, handle });
    onStop(() => cognito?.stop());
    onStop(() => {
      upstream.close();
    });
  }
  const control = await startFront({
    port: options.controlPort,
    handle: controlEndpoint({
      ...{ faults, stats, authorizer },
      resolveUsername: (name) => (name === USER_EMAIL ? (pool?.username ?? name) : name),
      ready: () => ready,
    }),
  });
  onStop(() => control.stop());

  const ready: Ready = {
    graphqlUrl: `${graphql.origin}/graphql`,
    apiKey: API_KEY,
    cognitoEndpoint: cognito === undefined ? null : `${cognito.origin}/`,
    userPoolId: pool === undefined ? null : USER_POOL_ID,
    userPoolClientId: pool === undefined ? null : USER_POOL_CLIENT_ID,
    region: REGION,
    username: pool === undefined ? null : USER_EMAIL,
    password: pool === undefined ? null : USER_PASSWORD,
    controlUrl: control.origin,
    amplifyOutputs: join(data, "amplify_outputs.json"),
    caFile: certificate?.caFile ?? null,
  };
  await writeOutputs(ready.amplifyOutputs, ready);
  return ready;
}

async function openStore(data: string, onStop: (stop: Stop) => void): Promise<void> {
  const uri = process.env["MONGODB_URI"];
  if (uri !== undefined) {
    process.env["ATLAS_CONNECTION_STRING"] = uri;
    process.env["DB_NAME"] ??= "tideover_local"; // Not the deployed one: a reset empties it.
    connectWith(undefined);
    return;
  }
  const store = await EmbeddedMongo.open(join(data, "documents.jsonl"));
  connectWith(() => store);
  onStop(() => store.close());
}

async function openUserPool(
  directory: string,
  options: Options,
  onStop: (stop: Stop) => void,
): Promise<UserPool> {
  const pool = await startUserPool({ directory, accessTokenSeconds: options.tokenSeconds });
  onStop(() => pool.stop());
  return pool;
}
