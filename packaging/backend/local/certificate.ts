/** A certificate of our own making for the loopback interface, with its authority, kept in the data directory. */
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Certificate {
  caFile: string;
  pem: { key: string; cert: string };
}

const DAYS = "3650";

export async function certificateIn(directory: string): Promise<Certificate> {
  const caFile = join(directory, "ca.pem");
  const keyFile = join(directory, "server-key.pem");
  const certFile = join(directory, "server.pem");
  const existing = await readPem(keyFile, certFile).catch(() => undefined);
  if (existing !== undefined) return { caFile, pem: existing };

  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const extensions = join(directory, "server.ext");
  await writeFile(
    extensions,
    "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n",
  );
  const openssl = (...args: string[]): Promise<unknown> => run("openssl", args, { cwd: directory });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const caSubject = ["-subj", "/CN=Tideover local authority"];
  const authority = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  await openssl(
    ...["req", "-x509", ...key, ...caSubject, ...authority, "-days", DAYS],
    ...["-keyout", "ca-key.pem", "-out", "ca.pem"],
  );
  const subject = ["-subj", "/CN=localhost"];
  await openssl("req", ...key, ...subject, "-keyout", "server-key.pem", "-out", "server.csr");
  const signer = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial"];
  await openssl(
    ...["x509", "-req", "-in", "server.csr", ...signer, "-days", DAYS],
    ...["-extfile", "server.ext", "-out", "server.pem"],
  );
  await rm(join(directory, "ca-key.pem")); // Nobody shall make further certificates with it.
  return { caFile, pem: await readPem(keyFile, certFile) };
}

async function readPem(keyFile: string, certFile: string): Promise<Certificate["pem"]> {
  const [key, cert] = await Promise.all([readFile(keyFile, "utf8"), readFile(certFile, "utf8")]);
  return { key, cert };
}
