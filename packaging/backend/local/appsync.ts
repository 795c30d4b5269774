/**
 * AWS's own AppSync simulator in front of the Lambda functions, with the resolver templates that Amplify Gen 2 emits for
 * `a.handler.function()`. It listens on a port of the loopback interface that only the front knows.
 */
import {
  AmplifyAppSyncSimulator,
  AmplifyAppSyncSimulatorAuthenticationType as Authentication,
  RESOLVER_KIND,
  type AmplifyAppSyncSimulatorConfig,
} from "@aws-amplify/amplify-appsync-simulator";
import { parse } from "graphql";
import type { Authorizer } from "./authorize.js";
import type { Invoke } from "./lambda.js";
import { listen, stop } from "./listen.js";
import { guardRealtime } from "./realtime-guard.js";
import { serverOf } from "./simulator-internals.js";

const REQUEST_TEMPLATE = `{
  "version": "2018-05-29",
  "operation": "Invoke",
  "payload": {
    "typeName": $util.toJson($ctx.stash.get("typeName")),
    "fieldName": $util.toJson($ctx.stash.get("fieldName")),
    "arguments": $util.toJson($ctx.arguments),
    "identity": $util.toJson($ctx.identity),
    "source": $util.toJson($ctx.source),
    "request": $util.toJson($ctx.request),
    "prev": $util.toJson($ctx.prev)
  },
  "invocationType": "RequestResponse"
}`;

const RESPONSE_TEMPLATE = `#if( $ctx.error )
$util.error($ctx.error.message, $ctx.error.type)
#end
$util.toJson($ctx.result)`;

const beforeTemplate = (type: string, field: string): string =>
  `$util.qr($ctx.stash.put("typeName", "${type}"))
$util.qr($ctx.stash.put("fieldName", "${field}"))
{}`;

export interface AppSync {
  port: number;
  stop(): Promise<void>;
}

export interface AppSyncOptions {
  schema: string;
  apiKey: string;
  authorizer: Authorizer;
  lambdaFor(field: string): Invoke;
}

export async function startAppSync(options: AppSyncOptions): Promise<AppSync> {
  const simulator = new AmplifyAppSyncSimulator();
  simulator.init(configuration(options));
  const server = serverOf(simulator);
  guardRealtime(server, options.authorizer);
  server._realTimeSubscriptionServer.start();
  // Not `simulator.start()`: it would listen on every interface.
  const port = await listen(server._httpServer, 0);
  return { port, stop: () => stop(server._httpServer) };
}

function configuration({
  schema,
  apiKey,
  lambdaFor,
}: AppSyncOptions): AmplifyAppSyncSimulatorConfig {
  const fields = rootFields(schema);
  return {
    schema: { content: schema },
    dataSources: fields.map(({ field }) => ({
      type: "AWS_LAMBDA",
      name: `${field}DataSource`,
      invoke: lambdaFor(field),
    })),
    mappingTemplates: [
      { path: "request.vtl", content: REQUEST_TEMPLATE },
      { path: "response.vtl", content: RESPONSE_TEMPLATE },
      { path: "after.vtl", content: "$util.toJson($ctx.prev.result)" },
      ...fields.map(({ type, field }) => ({
        path: `before.${field}.vtl`,
        content: beforeTemplate(type, field),
      })),
    ],
    functions: fields.map(({ field }) => ({
      name: `Invoke${field}`,
      dataSourceName: `${field}DataSource`,
      requestMappingTemplateLocation: "request.vtl",
      responseMappingTemplateLocation: "response.vtl",
    })),
    resolvers: fields.map(({ type, field }) => ({
      kind: RESOLVER_KIND.PIPELINE,
      typeName: type,
      fieldName: field,
      functions: [`Invoke${field}`],
      requestMappingTemplateLocation: `before.${field}.vtl`,
      responseMappingTemplateLocation: "after.vtl",
    })),
    appSync: {
      name: "tideover",
      apiKey,
      defaultAuthenticationType: {
        authenticationType: Authentication.AMAZON_COGNITO_USER_POOLS,
        cognitoUserPoolConfig: {},
      },
      additionalAuthenticationProviders: [{ authenticationType: Authentication.API_KEY }],
    },
  };
}

function rootFields(schema: string): { type: string; field: string }[] {
  return parse(schema).definitions.flatMap((definition) => {
    if (definition.kind !== "ObjectTypeDefinition") return [];
    const type = definition.name.value;
    if (type !== "Query" && type !== "Mutation") return [];
    return (definition.fields ?? []).map((field) => ({ type, field: field.name.value }));
  });
}
