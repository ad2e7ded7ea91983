// The weights file, read as weights_file.py does: whole, of this book, unchanged, or an error that
// is one sentence and what to do about it.
globalThis.HiddenState ??= {};
(function () {
  const FORMAT = "rnnlib-1", CHECKPOINT = "rnnlib-checkpoint-1";
  const BLOCKS = { rnn: 1, gru: 3, lstm: 4 }; // matrices side by side
  const TYPES = { F32: Float32Array, F64: Float64Array, I8: Int8Array };
  const NUMPY = { F32: "float32", F64: "float64", I8: "int8" };
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  // The bytes of a file -> {config, chars, training, tensors: {name: {data, shape}}}; the data are
  // Float32Arrays, matrices of 8 bits too. `name` is what errors call the file.
  function read(buffer, name = "the file") {
    const { metadata, arrays } = takeApart(buffer, name);
    if (metadata.format !== FORMAT) throw new Error(explainFormat(metadata.format, name));
    if (metadata.sha256 !== digest(arrays, metadata)) {
      throw new Error(
        `${name} was changed after it was written: its checksum does not match. Take a fresh copy.`,
      );
    }
    try {
      const [config, vocab, training] = ["config", "vocab", "training"].map((key) => JSON.parse(metadata[key]));
      const chars = sortChars(vocab), tensors = unpack(arrays);
      checkParts(config, chars, tensors);
      return { config, chars, training, tensors };
    } catch {
      throw new Error(
        `the parts of ${name} do not fit together. Write it with rnnlib.models.weights_file.save.`,
      );
    }
  }

  // A safetensors file: the length of its header, the header in JSON, and then the numbers.
  function takeApart(buffer, name) {
    try {
      const length = Number(new DataView(buffer).getBigUint64(0, true));
      const text = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(buffer, 8, length));
      const { __metadata__: metadata = {}, ...parts } = JSON.parse(text);
      if (!isObject(metadata)) throw new Error();
      const arrays = {};
      let end = 0; // without gaps, to the last byte
      for (const [part, about] of Object.entries(parts).sort(byOffset)) {
        const { dtype, shape, data_offsets: [from, to] } = about;
        const size = shape.reduce((product, n) => product * n, TYPES[dtype]?.BYTES_PER_ELEMENT ?? NaN);
        if (from !== end || to < from || (dtype in TYPES && to - from !== size)) throw new Error();
        arrays[part] = { dtype, shape, bytes: buffer.slice(8 + length + from, 8 + length + to) };
        end = to;
      }
      if (8 + length + end !== buffer.byteLength) throw new Error();
      return { metadata, arrays };
    } catch {
      throw new Error(`${name} is not a complete safetensors file. Save or download it again.`);
    }
  }
  const byOffset = ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0];

  function explainFormat(found, name) {
    if (found === CHECKPOINT) {
      return (
        `${name} is a checkpoint file, and a weights file is needed here. ` +
        "Make one of it with rnnlib export."
      );
    }
    if (Number(/^rnnlib-(\d+)$/.exec(found)?.[1]) > 1) {
      return `${name} was written by a newer version of this book (${found}). Open a newer copy of it.`;
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
    const entries = Object.keys(metadata).sort().map((key) => `[${quote(key)}, ${quote(metadata[key])}]`);
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
    const tensors = {};
    for (const [name, array] of Object.entries(arrays)) {
      if (name.endsWith(".scale")) {
        if (arrays[name.slice(0, -".scale".length)].dtype !== "I8") throw new Error();
        continue;
      }
      const whole = numbers(array), [rows, columns] = array.shape;
      let data = Float32Array.from(whole);
      if (array.dtype === "I8") {
        const scales = arrays[`${name}.scale`], scale = numbers(scales);
        const isEmbed = name === "embed", units = isEmbed ? rows : columns;
        if (String(scales.shape) !== String([units]) || array.shape.length !== 2) throw new Error();
        data = data.map((n, i) => n * scale[isEmbed ? Math.floor(i / columns) : i % columns]);
      }
      tensors[name] = { data, shape: array.shape };
    }
    return tensors;
  }

  // The distinct characters in the order of their numbers, as Vocab has them
  function sortChars(vocab) {
    if (!vocab.every((char) => typeof char === "string")) throw new Error();
    return [...new Set(vocab.join(""))].sort((a, b) => a.codePointAt() - b.codePointAt());
  }

  // {name: shape} of every parameter of a model, as layout.py has them.
  function shapes({ vocab_size: V, embed_size: E, hidden_size: H, num_layers, cell }) {
    const wide = BLOCKS[cell] * H, found = { embed: [V, E] };
    for (let layer = 0; layer < num_layers; layer++) {
      const end = layer ? `_l${layer}` : "";
      found[`W_xh${end}`] = [layer ? H : E, wide];
      found[`W_hh${end}`] = [H, wide];
      if (cell === "gru") found[`b_x${end}`] = [wide];
      found[`b_h${end}`] = [wide];
    }
    return { ...found, W_hy: [H, V], b_y: [V] };
  }

  const FIELDS = ["vocab_size", "embed_size", "hidden_size", "num_layers", "cell", "dtype"];

  function checkParts(config, chars, tensors) {
    const fits = (condition) => {
      if (!condition) throw new Error();
    };
    fits(Object.keys(config).every((field) => FIELDS.includes(field)));
    fits(FIELDS.slice(0, 4).every((field) => Number.isSafeInteger(config[field]) && config[field] > 0));
    fits(config.cell in BLOCKS && chars.length === config.vocab_size && chars.length > 1);
    const wanted = shapes(config);
    fits(Object.keys(tensors).length === Object.keys(wanted).length);
    for (const [name, shape] of Object.entries(wanted)) {
      fits(String(tensors[name].shape) === String(shape));
      fits(tensors[name].data.length === shape.reduce((product, size) => product * size));
    }
  }

  // A model that comes with the book, by its name: a promise of what `read` returns. Its file is a
  // script, for a page that was opened from a folder may not fetch other files.
  const FOLDER = new URL("models/", globalThis.document?.currentScript?.src || "file:///");
  const models = {}; // {name: the safetensors file in base64}, filled by the scripts

  async function fetchModel(name) {
    if (!(name in models)) await loadScript(new URL(`${name}.js`, FOLDER), name);
    const letters = atob(models[name]), bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    return read(bytes.buffer, name);
  }

  function loadScript(address, name) {
    return new Promise((resolve, reject) => {
      const sentence = `the model ${name} could not be loaded. Load the page again, or take another model.`;
      const script = Object.assign(document.createElement("script"), { src: address.href });
      script.onload = resolve;
      script.onerror = () => reject(new Error(sentence));
      document.head.append(script);
    });
  }

  Object.assign(HiddenState, { read, shapes, models, fetch: fetchModel });
})();
