// Where a result comes from, in the HTML report: the host, its storage, what differs from the run before, the
// configuration.
import { stringify } from "yaml";
import { formatBytes, formatInteger } from "../base/units.ts";
import type { Summary } from "../metrics/summary.ts";
import { countOf } from "./answer.ts";
import { Html, markup, renderFacts, renderTable } from "./html_markup.ts";

type Fact = readonly [name: string, value: string | Html];

/** Returns host, storage, changes, dataset and configuration. */
export function renderEnvironment(summary: Summary, path: string): Html {
  const { mlps } = summary;
  const { environment, environment_changes: changes } = mlps;
  return markup`
    <section class="card"><h3>Environment</h3>
    ${renderFacts(hostFacts(summary))}
    <h4>Storage</h4>${renderFacts(storageFacts(environment))}
    <h4>Run</h4>${renderFacts(runFacts(summary, path))}
    ${
    changes === null
      ? null
      : changes.changes.length === 0
      ? markup`<p>Nothing of this changed since the result in <span class="path">${changes.since}</span>.</p>`
      : markup`<h4>Changed since the result in <span class="path">${changes.since}</span></h4>${
        renderTable(
          [{ title: "" }, { title: "before" }, { title: "now" }],
          changes.changes.map(({ key, before, after }) => [
            key,
            String(before ?? "unknown"),
            String(after ?? "unknown"),
          ]),
          { caption: "What changed in the environment" },
        )
      }`
  }</section>
    <details class="card">
      <summary>Resolved configuration</summary>
      <div class="inside">
        <pre tabindex="0">${stringify(mlps.workload.configuration)}</pre>
      </div>
    </details>
  `;
}

function hostFacts({ hostname, mlps: { environment } }: Summary): Fact[] {
  const { cpu, memory, cgroup, limits, network_interfaces: interfaces } = environment;
  return [
    ["host", hostname],
    ["kernel", environment.kernel],
    ["virtualization", environment.virtualization ?? "none known"],
    ["CPU", `${cpu.count} x ${cpu.model}`],
    ...optional("CPU governor", cpu.governor),
    ...optional("CPU quota", cgroup.cpu_quota_cores === null ? null : `${cgroup.cpu_quota_cores} cores`),
    ["memory", formatBytes(memory.total_bytes)],
    ...optional(
      "memory limit",
      cgroup.memory_limit_bytes === null ? null : formatBytes(cgroup.memory_limit_bytes),
    ),
    ...optional("swap", memory.swap_bytes === null ? null : formatBytes(memory.swap_bytes)),
    ...optional("open files", limits.open_files === null ? null : formatInteger(limits.open_files)),
    ...interfaces.map(({ name, speed_bits_per_second: speed, mtu_bytes: mtu, driver }): Fact => [
      name,
      [
        speed === null ? "speed unknown" : `${speed / 1e9} Gbit/s`,
        ...(mtu === null ? [] : [`MTU ${mtu}`]),
        ...(driver === null ? [] : [driver]),
      ].join(", "),
    ]),
  ];
}

function storageFacts({ filesystem, block_device: device }: Summary["mlps"]["environment"]): Fact[] {
  const ofFilesystem: Fact[] = filesystem === null ? [["filesystem", "unknown"]] : [
    ["filesystem", filesystem.type],
    ["source", filesystem.source],
    ["mount point", filesystem.mount_point],
    ["mount options", filesystem.mount_options],
    ...optional("read-ahead", filesystem.read_ahead_kib === null ? null : `${filesystem.read_ahead_kib} KiB`),
  ];
  if (device === null) return ofFilesystem;
  return [
    ...ofFilesystem,
    ["block device", device.name],
    ...optional("model", device.model),
    ...optional("rotational", device.rotational === null ? null : device.rotational ? "yes" : "no"),
    ...optional("scheduler", device.scheduler),
    ...optional("may be memory", device.memory ?? null),
    ...optional("queue depth", device.queue_depth === null ? null : String(device.queue_depth)),
    ...optional(
      "block",
      device.logical_block_bytes === null ? null : formatBytes(device.logical_block_bytes),
    ),
  ];
}

function runFacts({ start, end, mlps, num_files_train }: Summary, path: string): Fact[] {
  const { dataset, workload, ceiling } = mlps;
  return [
    ["begin", start],
    ["end", end],
    ["mlps", mlps.version],
    ["workload", workload.source],
    ["configuration", markup`<code>${workload.configuration_hash.slice(0, 16)}</code>`],
    ["dataset", `${countOf(num_files_train, "file")}, ${formatBytes(dataset.bytes)}, ${dataset.origin}`],
    ["folder", markup`<span class="path">${dataset.folder}</span>`],
    ["read threads", `${mlps.read_threads} per accelerator`],
    ["prefetch window", countOf(mlps.window_batches, "batch").replace("batchs", "batches")],
    ["decode", mlps.decode],
    ["page cache", mlps.direct_io ? "bypassed (O_DIRECT)" : mlps.page_cache],
    ...(ceiling === null ? [] : [
      [
        "client's ceiling",
        `${ceiling.share_percentage.toFixed(0)} % of ${formatInteger(ceiling.samples_per_second)} samples/s`,
      ] as const,
    ]),
    ["command", markup`<code>${mlps.command_line.join(" ")}</code>`],
    ["result", markup`<span class="path">${path}</span>`],
  ];
}

function optional(name: string, value: string | null): Fact[] {
  return value === null ? [] : [[name, value]];
}
