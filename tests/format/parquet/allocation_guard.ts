// Watches how much memory a process asks for at once: to be imported before whatever it is to watch. A typed array of
// 2 GiB is not felt until it is touched, so that the size of the process tells nothing.
const watched = { mostBytes: 0 };

/** Returns the bytes of the largest allocation since the last call. */
export function takeLargestAllocation(): number {
  const { mostBytes } = watched;
  watched.mostBytes = 0;
  return mostBytes;
}

const SLOT_BYTES = 8;
const CONSTRUCTORS: readonly string[] = [
  "ArrayBuffer",
  "SharedArrayBuffer",
  "Uint8Array",
  "Int8Array",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float32Array",
  "Float64Array",
];

const globals = globalThis as unknown as Record<string, unknown>;
for (const name of CONSTRUCTORS) {
  const original = globals[name] as { new (...args: unknown[]): object; BYTES_PER_ELEMENT?: number };
  watch(name, original, original.BYTES_PER_ELEMENT ?? 1);
}
watch("Array", Array as unknown as new (...args: unknown[]) => object, SLOT_BYTES);

function watch(name: string, original: new (...args: unknown[]) => object, elementBytes: number): void {
  const proxy: unknown = new Proxy(original, {
    construct(target, args, newTarget) {
      const [length] = args;
      if (typeof length === "number" && args.length === 1) {
        watched.mostBytes = Math.max(watched.mostBytes, length * elementBytes);
      }
      return Reflect.construct(target, args, newTarget === proxy ? target : newTarget);
    },
  });
  globals[name] = proxy;
}

for (const name of ["alloc", "allocUnsafe", "allocUnsafeSlow"] as const) {
  const original = Buffer[name].bind(Buffer) as (bytes: number, ...rest: unknown[]) => Buffer;
  Buffer[name] = ((bytes: number, ...rest: unknown[]) => {
    watched.mostBytes = Math.max(watched.mostBytes, bytes);
    return original(bytes, ...rest);
  }) as typeof Buffer.alloc;
}
