/**
 * Who may call, as AppSync decides it. The simulator only decodes tokens; here their signature (when the user pool runs
 * beside), issuer and life are checked too, and the answers have the service's words.
 */
import { createPublicKey, verify, type JsonWebKey, type KeyObject } from "node:crypto";

export type Verdict =
  { authorized: true; mode: "api-key" | "user-pool" } | { authorized: false; message: string };

interface Claims {
  iss?: string;
  exp?: number;
  iat?: number;
}

export class Authorizer {
  private readonly key: KeyObject | undefined;
  private readonly issued = new Map<string, number>();
  private expiredUntil = 0;
  private generation = 0;

  /** Without a key, tokens are believed. */
  constructor(
    private readonly apiKey: string,
    private readonly issuer: string,
    jwk?: JsonWebKey,
    private readonly now: () => number = Date.now,
  ) {
    this.key = jwk === undefined ? undefined : createPublicKey({ key: jwk, format: "jwk" });
  }

  check(headers: Record<string, unknown>): Verdict {
    const apiKey = header(headers, "x-api-key");
    if (apiKey !== undefined) {
      if (apiKey === this.apiKey) return { authorized: true, mode: "api-key" };
      return refused("You are not authorized to make this call.");
    }
    const authorization = header(headers, "authorization");
    if (authorization === undefined) return refused("Valid authorization header not provided.");
    return this.checkToken(authorization.replace(/^Bearer /, ""));
  }

  /** The user pool tells which tokens it has made, so that a refreshed one outlives `expireAll`. */
  remember(token: string): void {
    this.issued.set(token, this.generation);
  }

  /** Every token made until now is refused from now on, as if its time were over. */
  expireAll(): void {
    this.generation += 1;
    this.expiredUntil = this.now();
  }

  private checkToken(token: string): Verdict {
    const claims = claimsOf(token);
    if (claims === undefined) return refused("Unable to parse JWT token.");
    if (claims.iss?.startsWith(this.issuer) !== true) return refused("Invalid JWT issuer.");
    if (this.key !== undefined && !signedWith(this.key, token)) {
      return refused("Invalid JWT signature.");
    }
    if (
      claims.exp === undefined ||
      claims.exp * 1000 <= this.now() ||
      this.isExpired(token, claims)
    )
      return refused("Token has expired.");
    return { authorized: true, mode: "user-pool" };
  }

  private isExpired(token: string, claims: Claims): boolean {
    const generation = this.issued.get(token);
    if (generation !== undefined) return generation < this.generation;
    return (claims.iat ?? 0) * 1000 < this.expiredUntil;
  }
}

function refused(message: string): Verdict {
  return { authorized: false, message };
}

function header(headers: Record<string, unknown>, name: string): string | undefined {
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name && typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

function claimsOf(token: string): Claims | undefined {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"),
    );
    return typeof claims === "object" && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}

function signedWith(key: KeyObject, token: string): boolean {
  const [head, body, signature] = token.split(".");
  if (head === undefined || body === undefined || signature === undefined) return false;
  const signed = Buffer.from(`${head}.${body}`);
  return verify("RSA-SHA256", signed, key, Buffer.from(signature, "base64url"));
}
