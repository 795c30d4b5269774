/**
 * The light backend of the bench: the to-do API of the plain backend (listTodo, addTodo, updateTodo, deleteTodo; ids made
 * here, statusCode in the data) over HTTP/2 and TLS, from memory. Every answer takes `--delay` milliseconds and has a
 * content-length. Needs Node alone, and openssl for a certificate that is thrown away with its directory.
 *
 * Usage: node stub.mjs --directory DIR [--delay MS] [--poison TEXT [--poisons-request]]
 * The first line on stdout: {"port":…,"ca":"…"}. A line "stats" on stdin is answered by one line of JSON, a line
 * "contents" too: how often each content of a document is there. Ends with stdin.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { TodoApi } from "./todos.mjs";

const { values: options } = parseArgs({
  options: {
    directory: { type: "string" },
    delay: { type: "string", default: "300" },
    poison: { type: "string" },
    "poisons-request": { type: "boolean", default: false },
  },
});
const delay = Number(options.delay);
const STREAMS_MAX = 256;
const BODY_BYTES_MAX = 1 << 20;

/** A key and a certificate for the loopback interface that is its own authority. */
function makeCertificate(directory) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const key = join(directory, "key.pem");
  const ca = join(directory, "ca.pem");
  const command =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost " +
    "-addext subjectAltName=DNS:localhost,IP:127.0.0.1";
  execFileSync("openssl", [...command.split(" "), "-keyout", key, "-out", ca], { stdio: "ignore" });
  return { ca, key: readFileSync(key), cert: readFileSync(ca) };
}

const api = new TodoApi({ poison: options.poison, poisonsRequest: options["poisons-request"] });
const counts = { requests: 0, inFlight: 0, inFlightMax: 0, connections: 0 };

function answer(stream, body) {
  counts.inFlight -= 1;
  if (stream.destroyed) return;
  const text = JSON.stringify(body);
  stream.respond({
    ":status": 200,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  stream.end(text);
}

const certificate = makeCertificate(options.directory);
const server = createSecureServer({
  key: certificate.key,
  cert: certificate.cert,
  settings: { maxConcurrentStreams: STREAMS_MAX },
});
server.on("session", (session) => {
  counts.connections += 1;
  session.on("error", () => {}); // A client that goes away is no news here.
});
server.on("stream", (stream) => {
  counts.requests += 1;
  counts.inFlight += 1;
  counts.inFlightMax = Math.max(counts.inFlightMax, counts.inFlight);
  const chunks = [];
  let bytes = 0;
  stream.on("error", () => {});
  stream.on("data", (chunk) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) stream.close();
    else chunks.push(chunk);
  });
  stream.on("end", () => {
    // The effect comes with the answer, as a resolver's does: in the middle of the delay.
    setTimeout(() => {
      const body = api.execute(Buffer.concat(chunks).toString("utf8"));
      setTimeout(() => answer(stream, body), delay / 2);
    }, delay / 2);
  });
});

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const said = line === "contents" ? api.contents() : { ...counts, ...api.counts() };
    process.stdout.write(`${JSON.stringify(said)}\n`);
  })
  .on("close", () => process.exit(0));

server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port, ca: certificate.ca })}\n`);
});
