import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CheckFailedError,
  FileError,
  InterruptedError,
  PreflightError,
  reasonOf,
  UsageError,
} from "../../lib/base/errors.ts";

test("FileError names action, file, offset and reason", () => {
  const cause = new Error("the cause");
  const error = new FileError(
    { action: "read", path: "data/a.parquet", offsetBytes: 4096, reason: "the file ends there" },
    { cause },
  );
  assert.equal(error.message, 'Cannot read "data/a.parquet" at byte 4096: the file ends there');
  assert.equal(error.failure?.offsetBytes, 4096);
  assert.equal(error.cause, cause);
});

test("FileError names offset 0, and no offset where there is none", () => {
  const failure = { action: "open", path: "a", reason: "it does not exist" };
  assert.equal(
    new FileError({ ...failure, offsetBytes: 0 }).message,
    'Cannot open "a" at byte 0: it does not exist',
  );
  assert.equal(new FileError(failure).message, 'Cannot open "a": it does not exist');
});

test("FileError keeps the text that came from another thread", () => {
  const error = new FileError('Cannot open "a": it does not exist');
  assert.equal(error.message, 'Cannot open "a": it does not exist');
  assert.equal(error.failure, undefined);
});

test("InterruptedError carries its signal and says so", () => {
  const error = new InterruptedError("SIGTERM");
  assert.equal(error.signal, "SIGTERM");
  assert.equal(error.message, "Interrupted by SIGTERM");
  assert.equal(new InterruptedError("SIGINT", "Stopped").message, "Stopped");
});

test("errors keep their names when the code is minified", () => {
  const errors: [Error, string][] = [
    [new UsageError("x"), "UsageError"],
    [new PreflightError("x"), "PreflightError"],
    [new CheckFailedError("x"), "CheckFailedError"],
    [new InterruptedError("SIGINT"), "InterruptedError"],
    [new FileError("x"), "FileError"],
  ];
  for (const [error, name] of errors) {
    assert.equal(error.name, name);
    assert.ok(Object.hasOwn(error, "name"), `${name} takes its name from the class`);
  }
});

test("reasonOf() explains the common system errors and repeats others", () => {
  const table: [string, RegExp][] = [
    ["ENOENT", /does not exist/],
    ["EACCES", /permission denied/],
    ["EPERM", /permission denied/],
    ["ENOSPC", /no space left/],
    ["EROFS", /read-only/],
    ["ENOTDIR", /is a file, not a folder/],
    ["EISDIR", /is a folder, not a file/],
    ["EMFILE", /ulimit -n/],
    ["EIO", /input\/output error/],
    ["EBADMSG", /^the text of the system$/],
  ];
  for (const [code, text] of table) {
    assert.match(reasonOf(Object.assign(new Error("the text of the system"), { code })), text, code);
  }
  assert.equal(reasonOf("a thrown text"), "a thrown text");
});
