// In which order an epoch reads files and row groups: a function of seed and epoch alone, held in no memory.
import { mix32, permute } from "../base/random.ts";

export type Shuffle = "off" | "seed" | "random";

export interface ShuffleSettings {
  readonly fileShuffle: Shuffle;
  readonly sampleShuffle: Shuffle;
  readonly seed: number;
  readonly seedChangeEpoch: boolean;
  /** Drawn once a run: takes the seed's place where the shuffle is `random`. */
  readonly runSeed: number;
}

/** The order of one epoch; a seed that is absent leaves its order as it is on disk. */
export interface EpochOrder {
  readonly fileSeed?: number;
  readonly rowGroupSeed?: number;
}

const FILE_DOMAIN = 0x66696c65, ROW_GROUP_DOMAIN = 0x726f7773;

/** Returns the order of epoch `epoch` (0-based). */
export function epochOrder(settings: ShuffleSettings, epoch: number): EpochOrder {
  const seedOf = (shuffle: Shuffle, domain: number): number | undefined => {
    if (shuffle === "off") return undefined;
    const seed = shuffle === "random" ? settings.runSeed : settings.seed;
    const changes = shuffle === "random" || settings.seedChangeEpoch;
    return mix32(mix32(domain, seed), changes ? epoch : 0);
  };
  return {
    fileSeed: seedOf(settings.fileShuffle, FILE_DOMAIN),
    rowGroupSeed: seedOf(settings.sampleShuffle, ROW_GROUP_DOMAIN),
  };
}

/** Returns the index of the file that is read at `position` of the epoch. */
export function fileAt(order: EpochOrder, position: number, numFiles: number): number {
  return order.fileSeed === undefined ? position : permute(position, numFiles, order.fileSeed);
}

/** Returns the index of the row group that is read at `position` within file `file`. */
export function rowGroupAt(order: EpochOrder, file: number, position: number, numRowGroups: number): number {
  return order.rowGroupSeed === undefined
    ? position
    : permute(position, numRowGroups, mix32(order.rowGroupSeed, file));
}
