import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ceiling } from "../../lib/metrics/ceiling.ts";
import { assertExit, runMlps, startMlps, waitUntil } from "../helpers/binary.ts";
import { assertDocumented } from "../helpers/documented_keys.ts";
import { refuse } from "../helpers/refusals.ts";
import { setting, testInFolder } from "../helpers/runs.ts";

const PLACES = ["/dev/shm", tmpdir()];

/** Returns the temporary folders of ceilings, of this and of other processes. */
function temporaryFolders(): string[] {
  return PLACES.flatMap((place) =>
    fs.existsSync(place) ? fs.readdirSync(place).map((name) => join(place, name)) : []
  )
    .filter((path) => path.includes("/mlps-ceiling-"));
}

testInFolder(
  "mlps ceiling measures, stores and prints what this client can do, and run compares with it",
  async (folder) => {
    const before = temporaryFolders(), path = join(folder, "results/small/ceiling.json");
    fs.mkdirSync(join(folder, "results/small"), { recursive: true });
    fs.writeFileSync(path, JSON.stringify({ samples_per_second: 1 })); // of an earlier measurement
    const result = await runMlps(["ceiling", "small.yaml", "--json", "--quiet"], { cwd: folder });
    assertExit(result, 0);
    assert.equal(result.stderr, "");
    const stored = fs.readFileSync(path, "utf8");
    assert.equal(result.stdout, stored);
    const ceiling: Ceiling = JSON.parse(stored);
    assertDocumented(ceiling, "ceiling", "json.md");
    const { synthetic, page_cache } = ceiling;
    assert.equal(ceiling.samples_per_second, page_cache!.samples_per_second);
    assert.ok(synthetic.samples_per_second > page_cache!.samples_per_second);
    assert.deepEqual([page_cache!.files, page_cache!.row_groups_per_file], [3, 8]);
    assert.ok(page_cache!.rounds_samples_per_second.length >= 3);
    const { time } = page_cache!;
    const sum = time.hand_over_percentage + time.read_percentage + time.decode_percentage;
    assert.ok(Math.abs(sum - 100) < 1e-6);
    assert.equal(ceiling.demand_samples_per_second, 256 / 0.0005);
    assert.ok(Math.abs(ceiling.accelerators! * 256 / 0.0005 - ceiling.samples_per_second) < 1);
    assert.deepEqual(
      fs.readdirSync(folder).sort(),
      ["results", "small.yaml"],
      "no dataset in the working directory",
    );
    assert.deepEqual(temporaryFolders().filter((name) => !before.includes(name)), []);

    // A run that comes near a ceiling is marked; one that the ceiling does not hold for is not compared.
    const undisturbed = { ...page_cache!, others_cpu_percentage: 0 };
    fs.writeFileSync(path, JSON.stringify({ ...ceiling, page_cache: undisturbed, samples_per_second: 1000 }));
    for (const [override, isCompared] of [["train.epochs=1", true], ["reader.decode=none", false]] as const) {
      const args = ["run", "small.yaml", "--quiet", "--json", ...setting(override)];
      const result = await runMlps(args, { cwd: folder });
      assertExit(result, 0);
      const { mlps } = JSON.parse(result.stdout);
      const codes = mlps.warnings.map(({ code }: { code: string }) => code);
      assert.equal(mlps.ceiling?.samples_per_second, isCompared ? 1000 : undefined);
      assert.equal(codes.includes("client_bound"), isCompared, codes.join());
    }
  },
);

testInFolder("mlps ceiling leaves nothing when it is interrupted", async (folder) => {
  const before = temporaryFolders();
  const added = () => temporaryFolders().filter((name) => !before.includes(name));
  const running = startMlps(["ceiling", "small.yaml"], { cwd: folder });
  await waitUntil(() => added().length > 0, running);
  running.process.kill("SIGINT");
  const result = await running.ended;
  assertExit(result, 130);
  assert.equal(result.stdout, "");
  assert.deepEqual(added(), []);
  assert.equal(fs.existsSync(join(folder, "results/small/ceiling.json")), false);
});

testInFolder(
  "mlps ceiling refuses what cannot train, and a place for results that cannot be written",
  async (folder) => {
    await refuse(
      folder,
      ["ceiling", "small.yaml", ...setting("train.total_training_steps=1000")],
      2,
      /total_training_steps/,
    );
    fs.writeFileSync(join(folder, "file"), "");
    await refuse(
      folder,
      ["ceiling", "small.yaml", "--results-dir", "file"],
      3,
      /Cannot write results to "file\/small"/,
    );
  },
);
