// Entry of a validating thread: checks one file after the other until all are taken or the validation is stopped.
import { numFiles } from "../dataset/file_names.ts";
import type { Finding } from "../dataset/validate_finding.ts";
import { FileChecker } from "../dataset/validate_file.ts";
import type { ValidatorTask } from "./protocol.ts";
import { serveTask } from "./spawn.ts";
import { ValidateProgress } from "./validate_progress.ts";

/** Of a file that differs throughout, so many differences are told one by one; all are counted. */
const MAX_FINDINGS_PER_FILE = 1000;

serveTask<ValidatorTask>(({ expectation, deep, direct, progress }, report) => {
  const shared = new ValidateProgress(progress);
  let findings: Finding[] = [], numFindings = 0, countedValues = 0;
  const checker = new FileChecker({
    expectation,
    deep,
    direct,
    onProgress: (readBytes) => {
      shared.addRead(readBytes);
      shared.addValues(checker.comparedValues - countedValues);
      countedValues = checker.comparedValues;
      return !shared.isStopped();
    },
    onFinding: (finding) => {
      numFindings++;
      if (findings.length < MAX_FINDINGS_PER_FILE) findings.push(finding);
    },
  });
  for (;;) {
    const fileIndex = shared.claim();
    if (fileIndex >= numFiles(expectation.names) || shared.isStopped()) return;
    findings = [];
    numFindings = 0;
    const isWhole = checker.check(fileIndex);
    if (isWhole) shared.addFile();
    if (numFindings > 0) report({ kind: "validated", fileIndex, findings, numFindings });
    if (!isWhole) return;
  }
});
