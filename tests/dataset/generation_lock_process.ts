// Locks the folder of its first argument at the instant of its second, says how that went, and holds the lock for
// longer than the others may be late.
import { lockDataFolder } from "../../lib/dataset/generation_lock.ts";

const [folder, startMs] = process.argv.slice(2);
await new Promise((resolve) => setTimeout(resolve, Number(startMs) - 3 - Date.now()));
while (Date.now() < Number(startMs));
try {
  const release = lockDataFolder(folder);
  console.log("locked");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  release();
} catch (cause) {
  console.log((cause as Error).name);
}
