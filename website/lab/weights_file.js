// The weights file, read as weights_file.py does: whole, of this book, unchanged, or an error that
// is one sentence and what to do about it.
globalThis.HiddenState ??= {};
(() => {
  const FORMAT = "rnnlib-1";
  const CHECKPOINT = "rnnlib-checkpoint-1";
  const BLOCKS = { __proto__: null, rnn: 1, gru: 3, lstm: 4 }; // matrices side by side
  const TYPES = { __proto__: null, F32: Float32Array, F64: Float64Array, I8: Int8Array };
  const NUMPY = { F32: "float32", F64: "float64", I8: "int8" };
  const ENTRIES = ["config", "format", "sha256", "training", "vocab"]; // of the metadata
  const DEEPEST = 32;
  const MOST_LAYERS = 1000;
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const fits = (condition) => {
    if (!condition) throw new Error();
  };

  // The bytes of a file -> {config, chars, training, tensors: {name: {data, shape}}}; the data are
  // Float32Arrays, matrices of 8 bits too. `name` is what errors call the file.
  function read(buffer, name = "the file") {
    const { metadata, arrays } = takeApart(buffer, name);
    if (metadata.format !== FORMAT) throw new Error(explainFormat(metadata.format, name));
    const others = Object.values(arrays)
      .map(({ dtype }) => dtype)
      .filter((dtype) => !(dtype in TYPES));
    if (others.length) {
      throw new Error(
        `${name} holds numbers of the type ${others.sort()[0]}, and a file of this book has ` +
          `${Object.keys(TYPES).join(", ")} alone. Take a fresh copy.`,
      );
    }
    if (metadata.sha256 !== digest(arrays, metadata)) {
      throw new Error(
        `${name} was changed after it was written: its checksum does not match. Take a fresh copy.`,
      );
    }
    try {
      const { bits, ...entries } = metadata;
      fits(String(Object.keys(entries).sort()) === String(ENTRIES));
      const given = parse(metadata.config, true);
      const training = parse(metadata.training);
      fits(isObject(given) && isObject(training));
      const config = { num_layers: 1, cell: "rnn", dtype: "float32", ...given };
      const chars = sortChars(parse(metadata.vocab));
      const tensors = unpack(arrays);
      checkParts(config, chars, tensors, arrays, bits);
      return { config, chars, training, tensors };
    } catch {
      throw new Error(
        `the parts of ${name} do not fit together. Write it with rnnlib.models.weights_file.save.`,
      );
    }
  }

  // What a text says in JSON; an error where two programs would read it differently: a key that
  // comes twice, a number that is not finite, a nesting of more than DEEPEST. `whole`: of whole
  // numbers, texts, lists and objects alone.
  function parse(text, whole = false) {
    const value = JSON.parse(text, (_, part) => {
      fits(typeof part !== "number" || Number.isFinite(part));
      return part;
    });
    const keys = []; // of each object that is open
    for (const [token, key] of text.matchAll(
      /("[^"\\]*(?:\\.[^"\\]*)*")\s*:|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s,]/g,
    )) {
      if (key) {
        fits(!keys.at(-1).has(JSON.parse(key)));
        keys.at(-1).add(JSON.parse(key));
      } else if ("[{".includes(token)) fits(keys.push(new Set()) <= DEEPEST);
      else if ("]}".includes(token)) keys.pop();
      else fits(!whole || token[0] === '"' || /\d/.test(token));
    }
    return value;
  }

  // A safetensors file: the length of its header, the header in JSON, and then the numbers.
  function takeApart(buffer, name) {
    try {
      const length = Number(new DataView(buffer).getBigUint64(0, true));
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        new Uint8Array(buffer, 8, length),
      );
      const header = parse(text, true);
      const { __metadata__: metadata = {}, ...parts } = header;
      fits(isObject(header) && isObject(metadata) && Object.values(metadata).every(isText));
      fits(Object.keys({ ...metadata, ...parts }).every(isText));
      const arrays = Object.create(null);
      let end = 0; // without gaps, to the last byte
      for (const [part, about] of Object.entries(parts).sort(byOffset)) {
        const {
          dtype,
          shape,
          data_offsets: [from, to],
        } = about;
        const size = shape.reduce(
          (product, n) => product * n,
          TYPES[dtype]?.BYTES_PER_ELEMENT ?? NaN,
        );
        fits(
          String(Object.keys(about).sort()) === "data_offsets,dtype,shape" &&
            typeof dtype === "string",
        );
        fits([...shape, from, to].every(Number.isSafeInteger) && about.data_offsets.length === 2);
        fits(from === end && to >= from && (!(dtype in TYPES) || to - from === size));
        arrays[part] = { dtype, shape, bytes: buffer.slice(8 + length + from, 8 + length + to) };
        end = to;
      }
      if (8 + length + end !== buffer.byteLength) throw new Error();
      return { metadata, arrays };
    } catch {
      throw new Error(`${name} is not a complete safetensors file. Save or download it again.`);
    }
  }
  const byOffset = ([, a], [, b]) =>
    a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1];
  const isText = (value) => typeof value === "string" && !/[\ud800-\udfff]/u.test(value);

  function explainFormat(found, name) {
    if (found === CHECKPOINT) {
      return (
        `${name} is a checkpoint file, and a weights file is needed here. ` +
        "Make one of it with rnnlib export."
      );
    }
    if (Number(/^rnnlib-(\d+)$/.exec(found)?.[1]) > 1) {
      return (
        `${name} was written by a newer version of this book (${found}). ` +
        "Open a newer copy of it."
      );
    }
    return (
      `${name} is a safetensors file, but not one of this book: its format is ` +
      `${found === undefined ? "None" : `'${found}'`}, not '${FORMAT}'. ` +
      "Write it with rnnlib.models.weights_file.save."
    );
  }

  // The checksum over every array and every entry of the metadata, as Python writes them.
  function digest(arrays, { sha256, ...metadata }) {
    const bytes = (text) => new TextEncoder().encode(text);
    const pieces = [];
    for (const name of Object.keys(arrays).sort()) {
      const { dtype, shape, bytes: data } = arrays[name];
      const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
      pieces.push(bytes(`${name} ${NUMPY[dtype]} (${sizes})\n`), new Uint8Array(data));
    }
    const entries = Object.keys(metadata)
      .sort()
      .map((key) => `[${quote(key)}, ${quote(metadata[key])}]`);
    return HiddenState.sha256([...pieces, bytes(`[${entries.join(", ")}]`)]);
  }

  // A string as Python's json writes it: in ASCII.
  function quote(text) {
    const code = (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return JSON.stringify(text).replace(/[^ -~]/g, code);
  }

  // Arrays as vectors of 32 bits; a matrix of 8 bits is whole numbers times their NAME.scale, one
  // for each column, in embed for each row.
  function unpack(arrays) {
    const numbers = ({ dtype, bytes }) => new TYPES[dtype](bytes);
    const tensors = Object.create(null);
    for (const [name, array] of Object.entries(arrays)) {
      if (name.endsWith(".scale")) {
        fits(arrays[name.slice(0, -".scale".length)].dtype === "I8");
        continue;
      }
      const whole = numbers(array);
      const [rows, columns] = array.shape;
      let data = Float32Array.from(whole);
      if (array.dtype === "I8") {
        const scales = arrays[`${name}.scale`];
        const scale = numbers(scales);
        const isEmbed = name === "embed";
        const units = isEmbed ? rows : columns;
        fits(
          String(scales.shape) === String([units]) &&
            array.shape.length === 2 &&
            scales.dtype === "F32",
        );
        data = data.map((n, i) => n * scale[isEmbed ? Math.floor(i / columns) : i % columns]);
      }
      tensors[name] = { data, shape: array.shape };
    }
    return tensors;
  }

  // The characters, each of them once, in the order of their numbers, as Vocab has them
  function sortChars(vocab) {
    fits(Array.isArray(vocab) && vocab.every((char) => isText(char) && [...char].length === 1));
    fits(new Set(vocab).size === vocab.length);
    return vocab.sort((a, b) => a.codePointAt() - b.codePointAt());
  }

  // {name: shape} of every parameter of a model, as layout.py has them.
  function shapes({ vocab_size: V, embed_size: E, hidden_size: H, num_layers, cell }) {
    const wide = BLOCKS[cell] * H;
    const found = { embed: [V, E] };
    for (let layer = 0; layer < num_layers; layer++) {
      const end = layer ? `_l${layer}` : "";
      found[`W_xh${end}`] = [layer ? H : E, wide];
      found[`W_hh${end}`] = [H, wide];
      if (cell === "gru") found[`b_x${end}`] = [wide];
      found[`b_h${end}`] = [wide];
    }
    return { ...found, W_hy: [H, V], b_y: [V] };
  }

  const SIZES = ["vocab_size", "embed_size", "hidden_size", "num_layers"];
  const DTYPES = { float32: "F32", float64: "F64" };

  // A weight of 64 bits that 32 bits cannot hold is not finite here, and is in Python.
  function checkParts(config, chars, tensors, arrays, bits) {
    const { cell, dtype, num_layers } = config;
    const fields = [...SIZES, "cell", "dtype"];
    fits(String(Object.keys(config).sort()) === String(fields.sort()));
    fits(SIZES.every((field) => Number.isSafeInteger(config[field]) && config[field] > 0));
    fits([cell, dtype].every(isText) && cell in BLOCKS && Object.hasOwn(DTYPES, dtype));
    fits(chars.length === config.vocab_size && chars.length > 1 && num_layers <= MOST_LAYERS);
    fits(bits === undefined || bits === "8");
    const wanted = shapes(config);
    fits(Object.keys(tensors).length === Object.keys(wanted).length);
    for (const [name, shape] of Object.entries(wanted)) {
      const { data, shape: found } = tensors[name];
      fits(String(found) === String(shape) && data.every(Number.isFinite));
      fits(arrays[name].dtype === (bits && shape.length > 1 ? "I8" : DTYPES[dtype]));
    }
  }

  // A model that comes with the book, by its name: a promise of what `read` returns. Its file is a
  // script, for a page that was opened from a folder may not fetch other files.
  const FOLDER = new URL("models/", globalThis.document?.currentScript?.src || "file:///");
  const models = {}; // {name: the safetensors file in base64}, filled by the scripts

  async function fetchModel(name) {
    if (!(name in models)) await loadScript(new URL(`${name}.js`, FOLDER), name);
    const letters = atob(models[name]);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    return read(bytes.buffer, name);
  }

  function loadScript(address, name) {
    return new Promise((resolve, reject) => {
      const sentence =
        `the model ${name} could not be loaded. ` + "Load the page again, or take another model.";
      const script = Object.assign(document.createElement("script"), { src: address.href });
      script.onload = resolve;
      script.onerror = () => reject(new Error(sentence));
      document.head.append(script);
    });
  }

  Object.assign(HiddenState, { read, shapes, models, fetch: fetchModel });
})();
