/** Runs the backend until SIGTERM or SIGINT; stdout carries the READY line and nothing else. */
import { startBackend, type Backend } from "./backend.js";
import { parseOptions, USAGE, type Options } from "./options.js";

const EXIT_USAGE = 64;

async function main(): Promise<void> {
  let options: Options | undefined;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  if (options === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  quietLibraries(options.verbose);
  const backend = await startBackend(options);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => void exitAfterStopping(backend));
  }
  process.stdout.write(`READY ${JSON.stringify(backend.ready)}\n`);
}

async function exitAfterStopping(backend: Backend): Promise<void> {
  await backend.stop();
  process.exit(0);
}

/** The simulator tells every failed resolver on stdout. */
function quietLibraries(verbose: boolean): void {
  const write = (...values: unknown[]): void => {
    if (verbose) process.stderr.write(`${values.map(String).join(" ")}\n`);
  };
  console.log = console.info = console.warn = console.error = write;
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
