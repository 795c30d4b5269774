/**
 * An append-only file of JSON lines.
 *
 * `append` may be called at any time; the lines that are waiting are written together and synced once. A line is durable
 * when `synced()` resolves after it. A crash can leave a torn last line, which `open` cuts off; anything else that does not
 * parse is damage and refused. After a failed write the journal answers nothing any more: what is in memory may not be on disk.
 */
import { open, readFile, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

export class Journal {
  private waiting: string[] = [];
  private appended = 0;
  private durable = 0;
  private flushing: Promise<void> | undefined;
  private failure: Error | undefined;

  private constructor(private readonly file: FileHandle) {}

  /** Replays what is there through `replay`, then rewrites the file as the lines that `compacted` returns. */
  static async open(
    path: string,
    replay: (line: unknown) => void,
    compacted: () => unknown[],
  ): Promise<Journal> {
    for (const line of await readLines(path)) replay(line);
    const fresh = `${path}.new`;
    const file = await open(fresh, "w", 0o600);
    const lines = compacted().map((line) => `${JSON.stringify(line)}\n`);
    await file.writeFile(lines.join(""));
    await file.sync();
    await rename(fresh, path);
    await syncDirectory(dirname(path));
    return new Journal(file);
  }

  append(line: unknown): void {
    this.appended += 1;
    this.waiting.push(`${JSON.stringify(line)}\n`);
  }

  /** Resolves when every line appended before this call is on disk. */
  async synced(): Promise<void> {
    const target = this.appended;
    while (this.durable < target && this.failure === undefined) {
      this.flushing ??= this.flush();
      await this.flushing;
    }
    if (this.failure !== undefined) throw this.failure;
  }

  async close(): Promise<void> {
    await this.synced().catch(() => undefined);
    await this.file.close();
  }

  private async flush(): Promise<void> {
    const lines = this.waiting;
    this.waiting = [];
    try {
      await this.file.appendFile(lines.join(""));
      await this.file.datasync();
      this.durable += lines.length;
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      this.flushing = undefined;
    }
  }
}

async function readLines(path: string): Promise<unknown[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const lines = text.split("\n");
  lines.pop(); // Either empty, after the last newline, or a line that a crash has torn.
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      throw new Error(`${path}: line ${String(index + 1)} is damaged`);
    }
  });
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
