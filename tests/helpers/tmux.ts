// A terminal that can be looked at and made narrower: tmux, with a server of its own.
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const TIMEOUT_MS = 20_000, POLL_MS = 50;

/** The environment of a user at a terminal. */
const UNSET = ["CI", "NO_COLOR", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID", "LC_ALL"];

/** A terminal of 24 lines. */
export class Tmux {
  readonly #server = `mlps-test-${process.pid}-${Math.random().toString(36).slice(2)}`;

  /** Starts a bash script in it; the terminal stays when the script ends. */
  constructor(script: string, { cwd, columns }: { readonly cwd: string; readonly columns: number }) {
    const unset = UNSET.flatMap((name) => ["-u", name]);
    const command = [
      "env",
      ...unset,
      "TERM=screen-256color",
      "LANG=C.UTF-8",
      "bash",
      "-c",
      `${script}; sleep 60`,
    ];
    this.#tmux("new-session", "-d", "-x", `${columns}`, "-y", "24", "-c", cwd, ...command);
  }

  /** Returns the lines of the screen, without those that are empty at its end. */
  screen(): string[] {
    return this.#tmux("capture-pane", "-p").trimEnd().split("\n");
  }

  /** Returns the screen with its escape sequences. */
  colouredScreen(): string {
    return this.#tmux("capture-pane", "-p", "-e");
  }

  resize(columns: number): void {
    this.#tmux("resize-window", "-x", `${columns}`);
  }

  /** Returns the screen as soon as it is as wanted. */
  async waitFor(isWanted: (lines: readonly string[]) => boolean): Promise<string[]> {
    const endMs = performance.now() + TIMEOUT_MS;
    for (;;) {
      const lines = this.screen();
      if (isWanted(lines)) return lines;
      if (performance.now() > endMs) {
        throw new Error(`The screen does not become as wanted:\n${lines.join("\n")}`);
      }
      await sleep(POLL_MS);
    }
  }

  /** Presses Ctrl-C. */
  interrupt(): void {
    this.#tmux("send-keys", "C-c");
  }

  close(): void {
    this.#tmux("kill-server");
  }

  #tmux(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync("tmux", ["-L", this.#server, "-f", "/dev/null", ...args], {
      encoding: "utf8",
      env: { ...process.env, LANG: "C.UTF-8" },
    });
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout;
  }
}
