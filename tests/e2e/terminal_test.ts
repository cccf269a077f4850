// What a terminal is sent: a line that is drawn in place, unless the environment says that nobody looks at one.
import assert from "node:assert/strict";
import { runScript } from "../helpers/binary.ts";
import { hasProgram } from "../helpers/programs.ts";
import { testInFolder } from "../helpers/runs.ts";

const ESCAPE = "\x1b";

/** The environment of a user at a terminal. */
const TERMINAL =
  "env -u CI -u NO_COLOR -u OMPI_COMM_WORLD_RANK -u PMIX_RANK -u PMI_RANK -u SLURM_PROCID TERM=xterm";

/** Returns a command line that runs `mlps` on a terminal of its own, without its data. */
function onTerminal(settings: string, args: string, columns = 80): string {
  return `script -qec 'stty cols ${columns} rows 24; ${TERMINAL} ${settings} "$MLPS" ${args} > /dev/null' /dev/null`;
}

testInFolder(
  "mlps draws progress on a terminal, and no escape sequence where it may not",
  async (folder, t) => {
    if (!hasProgram("script", t)) return;
    const rows: readonly (readonly [settings: string, isDrawn: boolean])[] = [
      ["", true],
      ["CI= NO_COLOR=", true],
      ["OMPI_COMM_WORLD_RANK=0 SLURM_PROCID=3", true],
      ["SLURM_PROCID=0", true],
      ["NO_COLOR=1", false],
      ["TERM=dumb", false],
      ["CI=true", false],
      ["OMPI_COMM_WORLD_RANK=1 SLURM_PROCID=0", false],
      ["PMIX_RANK=1", false],
      ["PMI_RANK=2", false],
      ["SLURM_PROCID=1", false],
    ];
    for (const [at, [settings, isDrawn]] of rows.entries()) {
      const command = onTerminal(settings, `datagen small.yaml --data-dir data${at}`);
      const { stdout, exitCode } = await runScript(command, { cwd: folder });
      assert.equal(exitCode, 0, stdout);
      assert.equal(stdout.includes(ESCAPE), isDrawn, `${settings}: ${JSON.stringify(stdout)}`);
    }
    // Open MPI gives each rank a terminal without a size.
    const { stdout } = await runScript(onTerminal("", "datagen small.yaml --data-dir unsized", 0), {
      cwd: folder,
    });
    assert.equal(stdout.includes(ESCAPE), false, JSON.stringify(stdout));
  },
);

testInFolder(
  "mlps sends a terminal no escape sequence from any command when NO_COLOR is set",
  async (folder, t) => {
    if (!hasProgram("script", t)) return;
    const commands = [
      "datagen small.yaml",
      "run small.yaml",
      "run small.yaml --quiet",
      "validate small.yaml --deep",
      "plan small.yaml",
      "datasize small.yaml",
      "inspect data/train/img_0_of_3.parquet missing",
      "workloads",
      "help",
      "rnu",
    ];
    for (const command of commands) {
      const { stdout } = await runScript(onTerminal("NO_COLOR=1", command), { cwd: folder });
      assert.equal(stdout.includes(ESCAPE), false, `${command}: ${JSON.stringify(stdout)}`);
    }
  },
);
