/** The command line. */
import { parseArgs } from "node:util";

export interface Options {
  port: number;
  cognitoPort: number;
  controlPort: number;
  data: string;
  tls: boolean;
  cognito: boolean;
  tokenSeconds: number;
  verbose: boolean;
}

export const USAGE = `Runs the to-do backend on this machine, on the loopback interface only.

  --port N           port of the GraphQL endpoint       (20002; 0 takes a free one)
  --cognito-port N   port of the user pool              (20003; 0 takes a free one)
  --control-port N   port of the tests' own door        (20004; 0 takes a free one)
  --data DIR         where documents and users are kept (.data)
  --tls              HTTPS, with HTTP/2 and HTTP/1.1, and a certificate of its own making
  --no-cognito       API key only
  --token-seconds N  life of access tokens              (3600)
  --verbose          what the simulator says, on stderr
  --help

MONGODB_URI in the environment names a MongoDB to use instead of the embedded store.
`;

/** Returns undefined for --help; throws for what it does not understand. */
export function parseOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string", default: "20002" },
      "cognito-port": { type: "string", default: "20003" },
      "control-port": { type: "string", default: "20004" },
      data: { type: "string", default: ".data" },
      tls: { type: "boolean", default: false },
      "no-cognito": { type: "boolean", default: false },
      "token-seconds": { type: "string", default: "3600" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    port: number("--port", values.port, 0, 65535),
    cognitoPort: number("--cognito-port", values["cognito-port"], 0, 65535),
    controlPort: number("--control-port", values["control-port"], 0, 65535),
    data: values.data,
    tls: values.tls,
    cognito: !values["no-cognito"],
    tokenSeconds: number("--token-seconds", values["token-seconds"], 1, 86400),
    verbose: values.verbose,
  };
}

function number(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new Error(`${name} must be a number from ${String(least)} to ${String(most)}`);
  }
  return value;
}
