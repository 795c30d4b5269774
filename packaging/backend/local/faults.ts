/**
 * The faults that tests switch on at run time, and the counts of what happened.
 *
 * A fault names the operation it meets (a field such as `addTodo`, a Cognito call such as `cognito:InitiateAuth`, or `*` for
 * every field), how often, and with which probability; chance is seeded, so that a run can be repeated. The first fault
 * in order of arrival that applies is used up; a delay lets later faults apply as well.
 */

interface Selection {
  /** Default `*`: every GraphQL field. */
  operation?: string;
  /** How many more times; for ever when absent. */
  times?: number;
  /** 0 to 1; always when absent. */
  probability?: number;
  /** Where the fault's own chance starts; 1 when absent. */
  seed?: number;
}

/** `before`: nothing was executed. `after`: the operation has been committed. */
export type Moment = "before" | "after";

/** Faults between the client and the service; they meet a whole request. */
export type TransportFault = Selection &
  (
    | { kind: "delay"; ms: number; when?: Moment }
    | { kind: "lost_answer" }
    | { kind: "refused" }
    | { kind: "stall" }
    | {
        kind: "status";
        status: number;
        headers?: Record<string, string>;
        body?: string;
        when?: Moment;
      }
    | { kind: "html"; when?: Moment }
    | { kind: "truncated" }
    | { kind: "cut_answer" }
    | { kind: "unauthorized"; message?: string }
  );

/** Faults of one resolver; in a request with several fields the others are not touched. */
export type ResolverFault = Selection &
  (
    | { kind: "lambda_delay"; ms: number }
    | { kind: "lambda_error"; when?: Moment; message?: string; errorType?: string }
    | { kind: "status_in_data"; statusCode?: number; when?: Moment }
    | { kind: "null_list" }
    | { kind: "null_answer"; when?: Moment }
  );

export type Fault = TransportFault | ResolverFault;
export type Active<F extends Fault = Fault> = F & { id: number; hits: number };

const RESOLVER_KINDS = [
  "lambda_delay",
  "lambda_error",
  "status_in_data",
  "null_list",
  "null_answer",
];
const TRANSPORT_KINDS = [
  "delay",
  "lost_answer",
  "refused",
  "stall",
  "status",
  "html",
  "truncated",
  "cut_answer",
  "unauthorized",
];
const DELAYS = ["delay", "lambda_delay"];

export class Faults {
  private active: { fault: Active; chance: () => number }[] = [];
  private nextId = 1;

  /** Throws when the description is not a fault; the message says why. */
  add(description: unknown): Active {
    const fault = checked(description);
    const active = { ...fault, id: this.nextId++, hits: 0 } as Active;
    this.active.push({ fault: active, chance: generator(fault.seed ?? 1) });
    return active;
  }

  list(): Active[] {
    return this.active.map(({ fault }) => fault);
  }

  remove(id: number): boolean {
    const before = this.active.length;
    this.active = this.active.filter(({ fault }) => fault.id !== id);
    return this.active.length < before;
  }

  clear(): void {
    this.active = [];
  }

  takeTransport(operations: string[]): Active<TransportFault>[] {
    return this.take(operations, TRANSPORT_KINDS) as Active<TransportFault>[];
  }

  takeResolver(field: string): Active<ResolverFault>[] {
    return this.take([field], RESOLVER_KINDS) as Active<ResolverFault>[];
  }

  private take(operations: string[], kinds: string[]): Active[] {
    const taken: Active[] = [];
    for (const { fault, chance } of this.active) {
      if (!kinds.includes(fault.kind) || !meets(fault.operation ?? "*", operations)) continue;
      if (fault.times !== undefined && fault.hits >= fault.times) continue;
      if (fault.probability !== undefined && chance() >= fault.probability) continue;
      fault.hits += 1;
      taken.push(fault);
      if (!DELAYS.includes(fault.kind)) break;
    }
    return taken;
  }
}

function meets(wanted: string, operations: string[]): boolean {
  if (wanted === "*") return operations.some((operation) => !operation.startsWith("cognito:"));
  return operations.includes(wanted);
}

const FIELD_TYPES: Record<string, string> = {
  kind: "string",
  operation: "string",
  times: "number",
  probability: "number",
  seed: "number",
  ms: "number",
  when: "string",
  status: "number",
  statusCode: "number",
  headers: "object",
  body: "string",
  message: "string",
  errorType: "string",
};

function checked(description: unknown): Fault {
  if (typeof description !== "object" || description === null || Array.isArray(description)) {
    throw new Error("a fault is an object");
  }
  for (const [field, value] of Object.entries(description)) {
    const type = FIELD_TYPES[field];
    if (type === undefined) throw new Error(`unknown field "${field}"`);
    if (typeof value !== type || value === null) throw new Error(`"${field}" must be a ${type}`);
  }
  const fault = description as Fault;
  const kinds = [...TRANSPORT_KINDS, ...RESOLVER_KINDS];
  if (!kinds.includes(fault.kind)) throw new Error(`"kind" must be one of ${kinds.join(", ")}`);
  if (DELAYS.includes(fault.kind) && !("ms" in fault)) throw new Error(`a delay needs "ms"`);
  if (fault.kind === "status" && !("status" in fault)) throw new Error(`status needs "status"`);
  if ("when" in fault && !["before", "after"].includes(fault.when)) {
    throw new Error(`"when" must be "before" or "after"`);
  }
  return fault;
}

/** Mulberry32: small, and the same on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
