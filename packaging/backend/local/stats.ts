/** Counts of what was asked and what was done, for tests. */

export interface OperationStats {
  /** Times the operation was named in a request, faults included. */
  requested: number;
  /** Times its resolver ran to its end. */
  executed: number;
  /** Times an answer from the service itself, not from a fault, was sent. */
  answered: number;
  /** Times a fault met it. */
  faulted: number;
}

export class Stats {
  private operations = new Map<string, OperationStats>();
  private requests = 0;
  private inFlight = 0;
  private maxInFlight = 0;
  private connections = 0;

  connected(): void {
    this.connections += 1;
  }

  begin(operations: string[]): void {
    this.requests += 1;
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    this.count(operations, "requested");
  }

  end(): void {
    this.inFlight -= 1;
  }

  count(operations: string[], what: keyof OperationStats): void {
    for (const operation of operations) this.of(operation)[what] += 1;
  }

  snapshot(): object {
    return {
      requests: this.requests,
      inFlight: this.inFlight,
      maxInFlight: this.maxInFlight,
      connections: this.connections,
      operations: Object.fromEntries(this.operations),
    };
  }

  /** Forgets everything but the requests that are still in flight. */
  reset(): void {
    this.operations = new Map();
    this.requests = 0;
    this.connections = 0;
    this.maxInFlight = this.inFlight;
  }

  private of(operation: string): OperationStats {
    let stats = this.operations.get(operation);
    if (stats === undefined) {
      stats = { requested: 0, executed: 0, answered: 0, faulted: 0 };
      this.operations.set(operation, stats);
    }
    return stats;
  }
}
