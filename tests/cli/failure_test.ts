import assert from "node:assert/strict";
import { test } from "node:test";
import { CommanderError } from "commander";
import {
  CheckFailedError,
  FileError,
  InterruptedError,
  PreflightError,
  UsageError,
} from "../../lib/base/errors.ts";
import { describeFailure, isHelp, renderFailure } from "../../lib/cli/failure.ts";
import { makeProgram } from "../helpers/programs.ts";

test("describeFailure() gives each error its kind and exit code, renderFailure() its text", () => {
  const rows = [
    [new UsageError("a"), "usage", 2, "mlps: a\n"],
    [new PreflightError("a"), "preflight", 3, "mlps: a\n"],
    [new CheckFailedError("a"), "check", 4, "mlps: a\n"],
    [new FileError("a"), "failed", 1, "mlps: a\n"],
    [new InterruptedError("SIGINT"), "interrupted", 130, ""],
    [new InterruptedError("SIGTERM"), "interrupted", 143, ""],
    [new InterruptedError("SIGHUP"), "interrupted", 129, ""],
  ] as const;
  for (const [error, kind, exitCode, text] of rows) {
    assert.deepEqual(describeFailure(error), { kind, exit_code: exitCode, message: error.message });
    assert.equal(renderFailure(error), text);
  }
  const fault = new TypeError("x is undefined");
  assert.deepEqual(describeFailure(fault), { kind: "failed", exit_code: 1, message: "x is undefined" });
  assert.match(renderFailure(fault), /^mlps: an error that should not happen\n.*x is undefined/);
});

test("buildProgram() throws what the parser refuses as a UsageError that names what comes near", async () => {
  const rows: readonly (readonly [args: string, message: RegExp])[] = [
    ["rnu", /^Unknown command 'rnu'\. Did you mean run\?$/],
    ["exit", /^Unknown command 'exit'\. `mlps --help` lists the commands$/],
    ["plan dlrm --jsno", /^Unknown option '--jsno'\. Did you mean --json\?$/],
    ["plan dlrm --jsno=3", /^Unknown option '--jsno=3'\. Did you mean --json\?$/],
    ["plan dlrm --data x", /^Unknown option '--data'\. Did you mean --data-dir\?$/],
    ["run dlrm -z", /^Unknown option '-z'\. `mlps run --help` lists the flags$/],
    ["--json plan dlrm", /^Unknown option '--json'\. It stands behind the command$/],
    ["--jsno", /^Unknown option '--jsno'\. `mlps --help` lists the flags$/],
    ["completions bsh", /^Command-argument value 'bsh' is invalid .* Allowed choices are bash, zsh, fish\.$/],
    [
      "help rnu",
      /^Cannot explain "rnu": no such command or topic\. Did you mean run\? Commands: run, .* Topics: /,
    ],
    ["help exit", /Did you mean exit-codes\?/],
    ["help overides", /Did you mean overrides\?/],
    ["help workload bach_size", /Did you mean batch_size\?/],
    ["workloads shw", /Allowed choices are list, show, schema\.$/],
    ["workloads show drlm", /Did you mean dlrm\?/],
    ["plan drlm", /Did you mean dlrm\?/],
    ["plan dlrm --set reader.batchsize=3", /Did you mean reader\.batch_size\?/],
  ];
  for (const [args, message] of rows) {
    await assert.rejects(makeProgram().parseAsync(args.split(" "), { from: "user" }), (error) => {
      assert.ok(error instanceof UsageError, args);
      assert.match(error.message, message);
      return true;
    });
  }
});

test("isHelp() tells help that was asked for from help that a wrong command line gets", async () => {
  const program = makeProgram();
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  }
  for (const [args, wanted] of [[["--help"], true], [["run", "--help"], true], [[], false]] as const) {
    const error = await program.parseAsync(args, { from: "user" }).then(() => {}, (cause) => cause);
    assert.ok(error instanceof CommanderError);
    assert.equal(isHelp(error), wanted);
  }
});
