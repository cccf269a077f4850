// The keys of DLIO that change nothing here, with what DLIO takes them for (reference: dlio_benchmark/utils/config.py of
// argonne-lcf/dlio_benchmark and mlcommons/DLIO_local_changes) and why they have no effect. They are in the schema so
// that DLIO's files are accepted, slips in them are found, and nobody believes that they do something.
import { inertKeys, inertSection } from "./fields.ts";

const NO_CHECKPOINT = "It sizes a checkpoint, and no checkpoint is written.";

export const INERT_MODEL_KEYS = {
  ...inertKeys({
    type: ["The kind of model; transformer derives the sizes of layers.", { type: "text" }],
    model_size: ["A key that DLIO itself ignores; its name is model_size_bytes.", {
      type: "integer",
      unit: "bytes",
    }],
    model_size_bytes: ["The model's state in a checkpoint.", {
      type: "integer",
      default: 10240,
      unit: "bytes",
    }],
    optimization_groups: ["The sizes of the optimizer's tensors.", { type: "a list", default: [] }],
    num_layers: ["The layers of the model.", { type: "integer", default: -1, unit: "layers" }],
    layer_parameters: ["The sizes of a layer's tensors.", { type: "a list", default: [] }],
    model_datatype: ["The type of the model's values.", { type: "text", default: "fp16" }],
    optimizer_datatype: ["The type of the optimizer's values.", { type: "text", default: "fp32" }],
  }, NO_CHECKPOINT),
  parallelism: inertSection(
    inertKeys({
      tensor: ["The ranks that share a layer.", { type: "integer", default: 1, unit: "ranks" }],
      pipeline: ["The stages that layers are split into.", { type: "integer", default: 1, unit: "stages" }],
      data: ["The copies of the model; -1 means all ranks.", {
        type: "integer",
        default: -1,
        unit: "copies",
      }],
      zero_stage: ["The stage of DeepSpeed's ZeRO.", { type: "integer", default: 0 }],
    }, NO_CHECKPOINT),
    "How a checkpoint is split among ranks.",
    NO_CHECKPOINT,
  ),
  transformer: inertSection(
    inertKeys({
      vocab_size: ["The size of the vocabulary.", { type: "integer", default: 32000, unit: "tokens" }],
      hidden_size: ["The width of the model.", { type: "integer", default: 2048, unit: "values" }],
      ffn_hidden_size: ["The width of the feed-forward layers.", {
        type: "integer",
        default: 8192,
        unit: "values",
      }],
      num_attention_heads: ["The attention heads.", { type: "integer", default: 32, unit: "heads" }],
      num_kv_heads: ["The heads for keys and values.", { type: "integer", default: 8, unit: "heads" }],
    }, NO_CHECKPOINT),
    "The shape of a transformer.",
    NO_CHECKPOINT,
  ),
};

const PYTHON_LOADER = "It configures a Python data loader, and mlps reads with threads of its own.";

export const INERT_READER_KEYS = {
  ...inertKeys({
    data_loader: ["The library that loads data.", { type: "text", default: "tensorflow" }],
    computation_threads: ["The threads of TensorFlow's map().", {
      type: "integer",
      default: 1,
      unit: "threads",
    }],
    shuffle_size: ["TensorFlow's shuffle buffer.", { type: "integer", default: 1024, unit: "samples" }],
    file_access: ["How a file is shared; DLIO hardly uses it.", { type: "text", default: "multi" }],
    transfer_size: ["The buffer of TensorFlow's TFRecordDataset.", { type: "integer", unit: "bytes" }],
    pin_memory: ["Whether batches lie in pinned memory.", { type: "true or false", default: true }],
    dont_use_mmap: ["Whether DALI leaves mmap aside.", { type: "true or false", default: false }],
    multiprocessing_context: ["How PyTorch starts its workers.", { type: "text", default: "fork" }],
    data_loader_sampler: ["Whether PyTorch reads by index or by iterator.", { type: "text" }],
  }, PYTHON_LOADER),
  ...inertKeys({
    transformed_record_dims: ["The shape of the tensor handed to the training loop.", {
      type: "a list",
      default: [],
    }],
    transformed_record_element_type: ["The type of that tensor's values.", {
      type: "text",
      default: "uint8",
    }],
  }, "No tensor is built: an accelerator is emulated by the time of its step."),
  ...inertKeys({
    write_threads: ["The threads of the data generation.", { type: "integer", default: 1, unit: "threads" }],
  }, "There is one for each core, or as many as `mlps datagen --threads` says."),
};

const NOT_PARQUET = "It does not apply to Parquet.";

export const INERT_DATASET_KEYS = {
  ...inertKeys({
    record_length: ["A key that DLIO itself ignores; MLPerf's FLUX files have it.", {
      type: "integer",
      unit: "bytes",
    }],
  }, "DLIO itself ignores it: the key that counts is record_length_bytes."),
  ...inertKeys({
    keep_files: ["Whether the dataset is kept after the run.", { type: "true or false", default: true }],
  }, "Data is never deleted."),
  ...inertKeys({
    num_files_generated: ["A hint for the index of files, which DLIO does not read.", {
      type: "integer",
      unit: "files",
    }],
    skip_listing: ["Whether file names are made up, not listed.", { type: "true or false", default: false }],
    listing_validation_interval: ["With skip_listing, every n-th file is looked at.", {
      type: "integer",
      default: 1000,
      unit: "files",
    }],
  }, "File names of a generated dataset are never listed."),
  ...inertKeys({
    record_length_bytes_stdev: ["How much the sizes of files differ.", {
      type: "number",
      default: 0,
      unit: "bytes",
    }],
    record_length_bytes_resize: ["The size of the tensor handed to the training loop.", {
      type: "number",
      default: 0,
      unit: "bytes",
    }],
    record_dims: ["The shape of a sample.", { type: "a list", default: [] }],
    record_element_type: ["The type of a sample's values.", { type: "text", default: "uint8" }],
    record_element_bytes: ["The size of a sample's value.", { type: "integer", default: 4, unit: "bytes" }],
    enable_chunking: ["Whether HDF5 is chunked.", { type: "true or false", default: false }],
    chunk_size: ["The size of HDF5's chunks.", { type: "integer", default: 0, unit: "bytes" }],
    generation_buffer_size: ["The buffer that indexed_binary is generated with.", {
      type: "integer",
      default: 2147483648,
      unit: "bytes",
    }],
  }, NOT_PARQUET),
  ...inertKeys({
    data_gen_method: ["The library that makes random values: dgen or numpy.", {
      type: "text",
      default: "dgen",
    }],
  }, "Values are made by mlps itself."),
  hdf5: inertSection(
    inertKeys({
      chunk_dims: ["The shape of a chunk.", { type: "a list" }],
      num_dset_per_record: ["The datasets of a record.", { type: "integer", default: 1, unit: "datasets" }],
      max_shape: ["The shape that a dataset may grow to.", { type: "a list" }],
    }, NOT_PARQUET),
    "Options of HDF5.",
    NOT_PARQUET,
  ),
};

export const INERT_PARQUET_KEYS = {
  ...inertKeys({
    read_mode: ["How a reader walks a file; DLIO's main branch ignores it.", {
      type: "text",
      default: "default",
    }],
  }, "Row groups are always read whole."),
  ...inertKeys({
    generation_batch_size: ["The rows that are generated at once; 0 means row_group_size.", {
      type: "integer",
      default: 0,
      unit: "rows",
    }],
  }, "Files are generated one row group at a time."),
  ...inertKeys({
    use_s3dlio_gen: ["Whether a library in Rust writes the files.", {
      type: "true or false",
      default: false,
    }],
  }, "Files are always generated by mlps itself."),
};

const ONLY_OBJECTS = "It configures object storage, and only filesystems are read.";

export const INERT_STORAGE_KEYS = {
  ...inertKeys({
    post_generation_settle_seconds: ["A pause after the data generation.", {
      type: "number",
      default: 0,
      unit: "seconds",
    }],
  }, "A filesystem needs no pause after generation."),
  ...inertKeys({
    storage_library: ["The library that speaks to object storage.", { type: "text" }],
  }, ONLY_OBJECTS),
};

export const INERT_STORAGE_OPTIONS = inertKeys({
  storage_library: ["The library that speaks to object storage.", { type: "text" }],
  endpoint_url: ["The address of object storage.", { type: "text" }],
  region: ["The region of object storage.", { type: "text", default: "us-east-1" }],
  access_key_id: ["The name of an access key.", { type: "text" }],
  secret_access_key: ["The access key.", { type: "text" }],
  s3_force_path_style: ["Whether the bucket is part of the path.", { type: "true or false" }],
  s3_max_attempts: ["The attempts at a request.", { type: "integer", default: 5, unit: "attempts" }],
  uri_scheme: ["The scheme of object names.", { type: "text" }],
  prefetch_workers: ["The threads that fetch ahead.", { type: "integer", default: 64, unit: "threads" }],
  prefetch_window: ["The requests that may be ahead.", { type: "integer", default: 64, unit: "requests" }],
  coalesce_rgs: ["The row groups of one request.", { type: "integer", default: 8, unit: "row groups" }],
  footer_cap: ["The most bytes of a footer.", { type: "integer", default: 4194304, unit: "bytes" }],
  footer_batch_size: ["The footers of one request.", { type: "integer", default: 16, unit: "files" }],
  max_outstanding: ["The requests in flight.", { type: "integer", default: 1024, unit: "requests" }],
  decode: ["How far data is decoded: raw or arrow.", { type: "text", default: "raw" }],
  decode_output: ["What decoding makes: none, pyarrow or torch.", { type: "text", default: "none" }],
  simulate_io: ["Whether I/O is left out.", { type: "true or false", default: false }],
  sim_log_secs: ["The interval of messages with simulate_io.", {
    type: "number",
    default: 60,
    unit: "seconds",
  }],
}, "How far readers go ahead and decode is set in `reader`, and no object storage is read.");

const CHECKPOINT_OFF = "No checkpoint is written: workflow.checkpoint is false.";

export const INERT_CHECKPOINT = inertSection(
  {
    ...inertKeys({
      checkpoint_folder: ["Where checkpoints go.", { type: "text", default: "./checkpoints/" }],
      checkpoint_after_epoch: ["The first epoch with a checkpoint.", {
        type: "integer",
        default: 1,
        unit: "epochs",
      }],
      epochs_between_checkpoints: ["The epochs from one to the next.", {
        type: "integer",
        default: 1,
        unit: "epochs",
      }],
      steps_between_checkpoints: ["The steps from one to the next.", {
        type: "integer",
        default: -1,
        unit: "steps",
      }],
      type: ["Who writes: rank_zero or all_ranks.", { type: "text", default: "rank_zero" }],
      fsync: ["Whether a checkpoint is synced.", { type: "true or false", default: false }],
      time_between_checkpoints: ["The pause between checkpoints.", {
        type: "number",
        default: -1,
        unit: "seconds",
      }],
      num_checkpoints_write: ["The checkpoints to write.", {
        type: "integer",
        default: -1,
        unit: "checkpoints",
      }],
      num_checkpoints_read: ["The checkpoints to read.", {
        type: "integer",
        default: -1,
        unit: "checkpoints",
      }],
      recovery_rank_shift: ["Whether another rank reads what a rank wrote.", {
        type: "true or false",
        default: false,
      }],
      rank_sync: ["Whether ranks wait for each other.", { type: "true or false", default: false }],
      mode: ["Whether all ranks are there, or a subset.", { type: "text", default: "default" }],
      randomize_tensor: ["Whether tensors are random.", { type: "true or false", default: true }],
      checkpoint_mechanism_classname: ["A Python plugin.", { type: "text" }],
    }, CHECKPOINT_OFF),
    ksm: inertSection(
      inertKeys({
        madv_mergeable_id: ["The advice given to madvise().", { type: "integer", default: 12 }],
        high_ram_trigger: ["The use of memory from which pages are merged.", {
          type: "number",
          default: 30,
          unit: "percent",
        }],
        low_ram_exit: ["The use of memory at which merging ends.", {
          type: "number",
          default: 15,
          unit: "percent",
        }],
        await_time: ["How long merging may take.", { type: "number", default: 200, unit: "seconds" }],
      }, CHECKPOINT_OFF),
      "Merging of equal memory pages.",
      CHECKPOINT_OFF,
    ),
  },
  "When and how checkpoints are written.",
  CHECKPOINT_OFF,
);

const NO_PROFILER = "No profiler runs: workflow.profiling is false.";

export const INERT_PROFILING = inertSection(
  inertKeys({
    profiler: ["The profiler: none, iostat, darshan or tensorboard.", { type: "text", default: "iostat" }],
    iostat_devices: ["The devices that iostat watches.", { type: "a list", default: [] }],
  }, NO_PROFILER),
  "Which profiler runs beside.",
  NO_PROFILER,
);
