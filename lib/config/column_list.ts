// `storage.storage_options.columns`: the names of the columns to read, as the main branch of the mlcommons fork of DLIO
// has it. It means what columns[].read says otherwise, and wins where both are given.

interface Column {
  readonly name: string;
  readonly read: boolean;
}

/** What the list needs of a workload. */
interface WithColumnList<C extends Column> {
  readonly storage: { readonly storage_options?: { readonly columns?: readonly string[] | null } | null };
  readonly dataset: { readonly parquet: { readonly columns: readonly C[] } };
}

/** Returns what is wrong with the list: it can only name columns that dataset.parquet.columns describes. */
export function findListProblem({ storage, dataset }: WithColumnList<Column>): string | undefined {
  const names = storage.storage_options?.columns;
  if (!names) return undefined;
  const { columns } = dataset.parquet;
  if (columns.length === 0) {
    return `found ${
      JSON.stringify(names)
    }, expected dataset.parquet.columns beside it, which give their types`;
  }
  const unknown = names.find((name) => !columns.some((column) => column.name === name));
  return unknown === undefined
    ? undefined
    : `found ${JSON.stringify(unknown)}, expected names that dataset.parquet.columns has`;
}

/** Returns the workload with columns[].read as the list says. */
export function applyColumnList<C extends Column, W extends WithColumnList<C>>(workload: W): W {
  const names = workload.storage.storage_options?.columns;
  if (!names) return workload;
  const { dataset } = workload;
  const columns = dataset.parquet.columns.map((column) => ({ ...column, read: names.includes(column.name) }));
  return { ...workload, dataset: { ...dataset, parquet: { ...dataset.parquet, columns } } };
}
