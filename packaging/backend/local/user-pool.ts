/**
 * `cognito-local` in this process, with one user pool, one app client and one user. They are made at the first start, with
 * ids of the real service's form that never change, and kept in the data directory.
 */
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { JsonWebKey } from "node:crypto";
import { listen, stop } from "./listen.js";

export const REGION = "us-east-1";
export const USER_POOL_ID = `${REGION}_Tideover1`;
export const USER_POOL_CLIENT_ID = "1tideoverlocalclient000001";
export const ISSUER = `https://cognito-idp.${REGION}.amazonaws.com/${USER_POOL_ID}`;
export const USER_EMAIL = "alice@example.com";
export const USER_PASSWORD = "Correct-1234!";

const ISSUER_DOMAIN = `https://cognito-idp.${REGION}.amazonaws.com`;

export interface UserPool {
  port: number;
  /** The public key of the tokens' signatures. */
  jwk: JsonWebKey;
  /** The `username` claim of the user's tokens, by which documents are scoped. */
  username: string;
  stop(): Promise<void>;
}

export interface UserPoolOptions {
  directory: string;
  accessTokenSeconds: number;
}

export async function startUserPool(options: UserPoolOptions): Promise<UserPool> {
  const cognito = await loadCognitoLocal(join(options.directory, "cognito"));
  await ensurePool(cognito);
  await saveClient(cognito, options.accessTokenSeconds);
  const server = createServer(cognito.application);
  const port = await listen(server, 0);
  const username = await ensureUser(port);
  return { port, jwk: cognito.jwk, username, stop: () => stop(server) };
}

interface AppClient {
  ClientId: string;
  ClientName: string;
  UserPoolId: string;
  ExplicitAuthFlows: string[];
  AccessTokenValidity: number;
  IdTokenValidity: number;
  RefreshTokenValidity: number;
  TokenValidityUnits: { AccessToken: string; IdToken: string; RefreshToken: string };
  CreationDate: Date;
  LastModifiedDate: Date;
}

interface PoolService {
  saveAppClient(context: object, client: AppClient): Promise<void>;
}

interface PoolDirectory {
  listUserPools(context: object): Promise<{ Id: string }[]>;
  createUserPool(context: object, pool: object): Promise<unknown>;
  getUserPool(context: object, id: string): Promise<PoolService>;
}

interface CognitoLocal {
  context: object;
  pools: PoolDirectory;
  application: Parameters<typeof createServer>[1] & Server;
  jwk: JsonWebKey;
}

/**
 * Puts cognito-local together as its own start script does, but with a directory of our choice instead of one below the
 * working directory, and without its AWS clients, which only its triggers need.
 */
async function loadCognitoLocal(directory: string): Promise<CognitoLocal> {
  const load = createRequire(import.meta.url);
  /* eslint-disable @typescript-eslint/no-explicit-any -- these modules are not part of the package's interface */
  const part = (name: string): any => load(`cognito-local/lib/${name}`);
  const { DateClock, MessagesService, TriggersService } = part("services");
  const { CognitoServiceFactoryImpl } = part("services/cognitoService");
  const { StormDBDataStoreFactory } = part("services/dataStore/stormDb");
  const { ConsoleMessageSender } = part("services/messageDelivery/consoleMessageSender");
  const { MessageDeliveryService } = part("services/messageDelivery/messageDelivery");
  const { otp } = part("services/otp");
  const { JwtTokenGenerator } = part("services/tokenGenerator");
  const { UserPoolServiceFactoryImpl } = part("services/userPoolService");
  const { DefaultConfig } = part("server/config");
  const { Router } = part("server/Router");
  const { createServer: createApplication } = part("server/server");
  const { jwk } = part("keys/cognitoLocal.public.json");
  const logger = load("pino")({ level: "silent" });
  /* eslint-enable @typescript-eslint/no-explicit-any */

  const context = { logger };
  const clock = new DateClock();
  const stores = new StormDBDataStoreFactory(directory);
  const poolServices = new UserPoolServiceFactoryImpl(clock, stores);
  const factory = new CognitoServiceFactoryImpl(directory, stores, poolServices);
  const pools = (await factory.create(context, DefaultConfig.UserPoolDefaults)) as PoolDirectory;
  const noTriggers = { enabled: () => false };
  const triggers = new TriggersService(clock, pools, noTriggers, {});
  const delivery = new MessageDeliveryService(new ConsoleMessageSender());
  const config = { ...DefaultConfig, TokenConfig: { IssuerDomain: ISSUER_DOMAIN } };
  const services = {
    clock,
    cognito: pools,
    config,
    messages: new MessagesService(triggers, delivery),
    otp,
    tokenGenerator: new JwtTokenGenerator(clock, triggers, config.TokenConfig),
    triggers,
  };
  const server = createApplication(Router(services), logger, config.ServerConfig, services);
  return { context, pools, application: server.application as CognitoLocal["application"], jwk };
}

async function ensurePool({ context, pools }: CognitoLocal): Promise<void> {
  const existing = await pools.listUserPools(context);
  if (existing.some(({ Id }) => Id === USER_POOL_ID)) return;
  await pools.createUserPool(context, {
    Id: USER_POOL_ID,
    Name: "tideover",
    UsernameAttributes: ["email"],
    MfaConfiguration: "OFF",
  });
}

async function saveClient({ context, pools }: CognitoLocal, seconds: number): Promise<void> {
  const pool = await pools.getUserPool(context, USER_POOL_ID);
  const now = new Date();
  await pool.saveAppClient(context, {
    ClientId: USER_POOL_CLIENT_ID,
    ClientName: "tideover",
    UserPoolId: USER_POOL_ID,
    ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    AccessTokenValidity: seconds,
    IdTokenValidity: seconds,
    RefreshTokenValidity: 30,
    TokenValidityUnits: { AccessToken: "seconds", IdToken: "seconds", RefreshToken: "days" },
    CreationDate: now,
    LastModifiedDate: now,
  });
}

/** Through the service's own interface, so that it makes the user as it makes any other. */
async function ensureUser(port: number): Promise<string> {
  const user = { UserPoolId: USER_POOL_ID, Username: USER_EMAIL };
  const call = async (target: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`http://127.0.0.1:${String(port)}/`, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${target}`,
      },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`cognito-local: ${target}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const existing = await call("AdminGetUser", user).catch(() => undefined);
  if (typeof existing?.["Username"] === "string") return existing["Username"];
  const created = await call("AdminCreateUser", {
    ...user,
    UserAttributes: [
      { Name: "email", Value: USER_EMAIL },
      { Name: "email_verified", Value: "true" },
    ],
    MessageAction: "SUPPRESS",
  });
  await call("AdminSetUserPassword", { ...user, Password: USER_PASSWORD, Permanent: true });
  return (created["User"] as { Username: string }).Username;
}
