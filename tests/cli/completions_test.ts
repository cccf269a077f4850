// The completion scripts in the shells that they are for: what each offers for a command line.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { describeCommands } from "../../lib/cli/command_tree.ts";
import { makeCompletions } from "../../lib/cli/completion_values.ts";
import { renderCompletions, type Shell } from "../../lib/cli/completions.ts";
import { HELP_TOPICS } from "../../lib/cli/help_topics.ts";
import { listEmbeddedWorkloads } from "../../lib/config/embedded.ts";
import { hasProgram, makeProgram } from "../helpers/programs.ts";

const COMMANDS = describeCommands(makeProgram());
const COMMAND_NAMES = COMMANDS.map(({ name }) => name);

/** Placeholders of values that no shell can know. */
const FREE = ["N", "condition", "percent", "size"];

/** In a folder with a.yaml, b.yml, c.txt and folders `data` and `my dir`: what is offered, in alphabetical order. */
const ROWS: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["mlps ", COMMAND_NAMES],
  ["mlps ru", ["run"]],
  ["mlps run d", [...listEmbeddedWorkloads().filter((name) => name.startsWith("d")), "data"]],
  ["mlps run -n 4 a", ["a.yaml"]],
  ["mlps run --num-accelerators=4 --json b", ["b.yml"]],
  ["mlps run ", [...listEmbeddedWorkloads(), "a.yaml", "b.yml", "data", "my dir"]],
  ["mlps run -n ", []],
  ["mlps run my\\ dir/", ["my dir/d.yaml"]],
  ["mlps plan --data-dir ", ["data", "my dir"]],
  ["mlps run --data-dir=d", ["data"]],
  ["mlps run dlrm --set reader.de", ["reader.decode="]],
  ["mlps run dlrm --set reader.decode=", ["none", "pages", "values"].map((word) => `reader.decode=${word}`)],
  ["mlps run dlrm --set=reader.odirect=t", ["reader.odirect=true"]],
  ["mlps plan dlrm ++workload.train.ep", ["++workload.train.epochs="]],
  ["mlps plan dlrm ++workload.reader.decode=p", ["++workload.reader.decode=pages"]],
  ["mlps inspect c", ["c.txt"]],
  ["mlps workloads show flux", ["flux_b200", "flux_mi355"]],
  ["mlps workloads list flux", []],
  ["mlps completions ", ["bash", "fish", "zsh"]],
  ["mlps help ", [...COMMAND_NAMES, ...HELP_TOPICS.map(({ name }) => name)]],
  ["mlps help workload metric", ["metric.au"]],
  ["mlps help run metric", []],
  ...COMMANDS.map(({ name, flags }) => {
    return [`mlps ${name} --`, flags.map(({ names }) => names.at(-1)!)] as const;
  }),
];

/** Each prints for every line of the file ../lines its number, a tab and a word that is offered, as often as needed. */
const HARNESSES: Readonly<Record<Shell, string>> = {
  bash: `
    source ../script; compopt() { :; }; COMP_WORDBREAKS=$' \\t\\n'; number=0
    while IFS= read -r COMP_LINE; do
      COMP_POINT=\${#COMP_LINE}; _mlps mlps
      for word in "\${COMPREPLY[@]}"; do printf '%s\\t%s\\n' $number "$word"; done
      number=$((number + 1))
    done < ../lines`,
  fish: `
    source ../script; set number 0
    while read -l line
      for word in (complete -C$line); echo $number\\t(string split -f1 \\t -- $word); end
      set number (math $number + 1)
    end < ../lines`,
  zsh: `
    zmodload zsh/zpty; zpty inner "TERM=dumb zsh -f -i"
    zpty -w inner 'source ../inner'; zpty -r inner out '*<READY>*'; : > ../offered; number=0
    while IFS= read -r line; do
      zpty -w -n inner "$line"$'\t\x07'; (( ++number )); zpty -r inner out "*<NEXT$number>*"
    done < ../lines
    cat ../offered`,
};

/**
 * Completion of zsh runs in its line editor alone: in a second zsh, on a terminal of its own. There compadd, which is
 * given all candidates, is asked which of them match; calls that only look (-O, -A, -D) are left alone.
 */
const ZSH_INNER = `
  PS1= PS2=
  autoload -Uz compinit
  compinit -u -D
  source ../script
  compadd() {
    if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
    local -a hits
    local at=\${argv[(i)-p]} before=
    (( at < $# )) && before=$argv[at+1]
    builtin compadd -O hits "$@"
    for hit in $before$^hits; print -r -- "$number"$'\\t'"\${(Q)hit}" >> ../offered
    builtin compadd "$@"
  }
  next() { BUFFER=; (( ++number )); print -n "<NEXT$number>" }
  zle -N next
  bindkey '^G' next
  bindkey '^I' complete-word
  number=0
  print "<READY>"
`;

for (const shell of ["bash", "zsh", "fish"] as const) {
  test(
    `renderCompletions() makes a script with which ${shell} offers what fits`,
    { timeout: 60_000 },
    (t) => {
      if (!hasProgram(shell, t)) return;
      const offered = complete(shell, ROWS.map(([line]) => line));
      for (const [at, [line, wanted]] of ROWS.entries()) {
        const words = offered[at].map((word) => word.replace(/^--data-dir=|^--set=|=$(?<=^--.*)|\/$/g, ""));
        assert.deepEqual([...new Set(words)].sort(), wanted.toSorted(), `${shell}: ${line}`);
      }
    },
  );
}

test("renderCompletions() lets bash keep what it has split off at = and :", () => {
  const harness = HARNESSES.bash.replace("\\t\\n'", "\\t\\n=:'");
  assert.notEqual(harness, HARNESSES.bash);
  const lines = [
    "mlps run dlrm --set reader.decode=v",
    "mlps run dlrm --set=reader.dec",
    "mlps run --data-dir=d",
  ];
  assert.deepEqual(complete("bash", lines, harness), [["values"], ["reader.decode="], ["data"]]);
});

test("makeCompletions() knows what each placeholder of the command line stands for", () => {
  const { value } = makeCompletions(COMMANDS);
  for (const { name, args, flags } of COMMANDS) {
    for (const place of [...args, ...flags.flatMap((flag) => flag.value ?? [])]) {
      const { words, files } = value(place);
      const isKnown = words.length > 0 || files !== undefined || FREE.includes(place.placeholder);
      assert.ok(isKnown, `${name}: add ${place.placeholder} to completion_values.ts, or to FREE here`);
    }
  }
});

/** Returns what a shell offers for each line. */
function complete(shell: Shell, lines: readonly string[], harness = HARNESSES[shell]): string[][] {
  const folder = fs.mkdtempSync(join(tmpdir(), "mlps-completions-"));
  try {
    for (const path of ["work/data", "work/my dir"]) fs.mkdirSync(join(folder, path), { recursive: true });
    const cwd = join(folder, "work");
    for (const name of ["a.yaml", "b.yml", "c.txt", "my dir/d.yaml"]) fs.writeFileSync(join(cwd, name), "");
    fs.writeFileSync(join(folder, "script"), renderCompletions(makeProgram(), shell));
    fs.writeFileSync(join(folder, "inner"), ZSH_INNER);
    fs.writeFileSync(join(folder, "lines"), lines.map((line) => line + "\n").join(""));
    const noStartFiles = { bash: ["--norc"], zsh: ["-f"], fish: ["--no-config"] }[shell];
    const env = { ...process.env, HOME: folder };
    const { status, stdout, stderr } = spawnSync(shell, [...noStartFiles, "-c", harness], {
      cwd,
      env,
      encoding: "utf8",
      timeout: 30_000,
    });
    assert.deepEqual([status, stderr], [0, ""], shell);
    const words = stdout.split("\n").filter(Boolean).map((line) => line.split("\t"));
    return lines.map((_, number) => words.filter(([at]) => Number(at) === number).map(([, word]) => word));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
