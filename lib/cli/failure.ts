// What went wrong, for scripts and for people: the class of an error decides kind and exit code (DESIGN, "Commands").
import { CommanderError } from "commander";
import {
  CheckFailedError,
  exitCodeOf,
  FileError,
  InterruptedError,
  PreflightError,
  UsageError,
} from "../base/errors.ts";

/** A failure, keys as they are printed. */
export interface Failure {
  readonly kind: "usage" | "preflight" | "failed" | "check" | "interrupted";
  readonly exit_code: number;
  readonly message: string;
}

/** Returns whether the parser ended the program because it has printed what was asked for: --help. */
export function isHelp(cause: unknown): boolean {
  return cause instanceof CommanderError && cause.exitCode === 0;
}

/** Returns what anything thrown means for the user. */
export function describeFailure(cause: unknown): Failure {
  const { message } = cause as Error;
  if (cause instanceof UsageError || cause instanceof CommanderError) {
    return { kind: "usage", exit_code: 2, message };
  }
  if (cause instanceof PreflightError) return { kind: "preflight", exit_code: 3, message };
  if (cause instanceof CheckFailedError) return { kind: "check", exit_code: 4, message };
  if (cause instanceof InterruptedError) {
    return { kind: "interrupted", exit_code: exitCodeOf(cause.signal), message };
  }
  return { kind: "failed", exit_code: 1, message };
}

/** Returns what is told on stderr, empty where it has been told when it happened. */
export function renderFailure(cause: unknown): string {
  if (cause instanceof CommanderError || cause instanceof InterruptedError) return "";
  const { message, stack } = cause as Error;
  const isForUser = cause instanceof FileError || describeFailure(cause).kind !== "failed";
  return isForUser ? `mlps: ${message}\n` : `mlps: an error that should not happen\n${stack ?? message}\n`;
}
