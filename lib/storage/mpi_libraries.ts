// Which MPI this host has: shared libraries as the dynamic linker would find them, and programs that start jobs. Nothing is
// loaded and nothing is run.
import fs from "node:fs";
import { delimiter, join } from "node:path";

/** Open MPI's, MPICH's (and those of its relatives), and that of the standard's own interface. */
const LIBRARY_NAME = /^lib(mpi|mpich|mpi_abi)\.so(\.\d+)*$/;
const LAUNCHERS = ["mpirun", "mpiexec", "srun"];
const LINKER_CACHE = "/etc/ld.so.cache";
/** Where the linker looks without being told (ld.so(8)), and where MPI is installed beside it. */
const LIBRARY_FOLDERS = ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"];

/** Returns the paths of MPI's libraries, each file once, whatever names lead to it. */
export function findMpiLibraries(environment: NodeJS.ProcessEnv = process.env): string[] {
  const folders = [...foldersOf(environment.LD_LIBRARY_PATH), ...LIBRARY_FOLDERS];
  const paths = [...folders.flatMap(listLibraries), ...parseLinkerCache(readLinkerCache())];
  return [...new Set(paths.flatMap(realPath))].sort();
}

/** Returns the paths of the programs that start MPI jobs, the first of each name. */
export function findMpiLaunchers(environment: NodeJS.ProcessEnv = process.env): string[] {
  const folders = foldersOf(environment.PATH);
  return LAUNCHERS.flatMap((name) =>
    folders.map((folder) => join(folder, name)).find((path) => fs.existsSync(path)) ?? []
  );
}

/** Returns MPI's libraries among the paths that the linker's cache holds, each ended by a zero byte. */
export function parseLinkerCache(text: string): string[] {
  return text.split("\0").filter((path) =>
    path.startsWith("/") && LIBRARY_NAME.test(path.slice(path.lastIndexOf("/") + 1))
  );
}

function readLinkerCache(): string {
  try {
    return fs.readFileSync(LINKER_CACHE, "latin1");
  } catch {
    return ""; // musl has none
  }
}

function foldersOf(list = ""): string[] {
  return list.split(delimiter).filter((folder) => folder !== "");
}

function listLibraries(folder: string): string[] {
  try {
    return fs.readdirSync(folder).filter((name) => LIBRARY_NAME.test(name)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function realPath(path: string): string[] {
  try {
    return [fs.realpathSync(path)];
  } catch {
    return []; // the cache may be older than what is installed
  }
}
