// The fourth engine: the forward pass of a character RNN, to be read beside numpy_cells.py and
// numpy_model.py, in the same names. One text at a time, so there is no axis B: a vector is a
// Float32Array, and a matrix W (inputs, outputs) one whose rows stand one after the other.
globalThis.HiddenState ??= {};
(() => {
  const sigmoid = (a) => 0.5 * (1 + Math.tanh(0.5 * a));

  // f(0), f(1), ... as a vector (size,)
  function fill(size, f) {
    const y = new Float32Array(size);
    for (let j = 0; j < size; j++) y[j] = f(j);
    return y;
  }

  // a + x @ W: x (I,), W (I, O), a (O,) -> (O,); summed in 64 bits, and four rows of W at a time,
  // which halves the time
  function addProduct(a, x, W) {
    const y = Float64Array.from(a);
    const O = y.length;
    let i = 0;
    let w = 0;
    for (; i + 3 < x.length; i += 4, w += 3 * O) {
      const x0 = x[i];
      const x1 = x[i + 1];
      const x2 = x[i + 2];
      const x3 = x[i + 3];
      for (let j = 0; j < O; j++, w++) {
        y[j] += x0 * W[w] + x1 * W[w + O] + x2 * W[w + 2 * O] + x3 * W[w + 3 * O];
      }
    }
    for (; i < x.length; i++) for (let j = 0; j < O; j++, w++) y[j] += x[i] * W[w];
    return y;
  }

  // The blocks of a vector (GH,) whose gates stand side by side: G vectors (H,)
  function split(a, G) {
    const H = a.length / G;
    return Array.from({ length: G }, (_, block) => a.subarray(block * H, block * H + H));
  }

  // h = tanh(x W_xh + h_prev W_hh + b_h)
  function rnnStep(x, { h: h_prev }, { W_xh, W_hh, b_h }) {
    const a = addProduct(addProduct(b_h, x, W_xh), h_prev, W_hh); // (H,)
    return { state: { h: fill(a.length, (j) => Math.tanh(a[j])) }, gates: {} };
  }

  // h = z h_prev + (1 - z) g, the reset gate after the matrix product
  function gruStep(x, { h: h_prev }, { W_xh, W_hh, b_x, b_h }) {
    const H = h_prev.length;
    const [x_z, x_r, x_g] = split(addProduct(b_x, x, W_xh), 3);
    const [h_z, h_r, h_g] = split(addProduct(b_h, h_prev, W_hh), 3);
    const z = fill(H, (j) => sigmoid(x_z[j] + h_z[j]));
    const r = fill(H, (j) => sigmoid(x_r[j] + h_r[j]));
    const g = fill(H, (j) => Math.tanh(x_g[j] + r[j] * h_g[j]));
    const h = fill(H, (j) => z[j] * h_prev[j] + (1 - z[j]) * g[j]);
    return { state: { h }, gates: { z, r, g } };
  }

  // c = f c_prev + i g, and h = o tanh(c)
  function lstmStep(x, { h: h_prev, c: c_prev }, { W_xh, W_hh, b_h }) {
    const H = h_prev.length;
    const [a_i, a_f, a_g, a_o] = split(addProduct(addProduct(b_h, x, W_xh), h_prev, W_hh), 4);
    const i = fill(H, (j) => sigmoid(a_i[j]));
    const f = fill(H, (j) => sigmoid(a_f[j]));
    const g = fill(H, (j) => Math.tanh(a_g[j]));
    const o = fill(H, (j) => sigmoid(a_o[j]));
    const c = fill(H, (j) => f[j] * c_prev[j] + i[j] * g[j]);
    const h = fill(H, (j) => o[j] * Math.tanh(c[j]));
    return { state: { h, c }, gates: { i, f, g, o } };
  }

  const STEPS = { rnn: rnnStep, gru: gruStep, lstm: lstmStep };

  // Embedding -> recurrent layers -> logits over the next character, from what `read` returns.
  // A state is an array, a layer each, of {h} or {h, c}, vectors (H,); no step changes one.
  function build({ config, chars, tensors }) {
    const { cell, embed_size: E, hidden_size: H, num_layers } = config;
    const weights = Object.fromEntries(
      Object.entries(tensors).map(([name, { data }]) => [name, data]),
    );
    const { embed, W_hy, b_y } = weights;
    const layers = Array.from({ length: num_layers }, (_, layer) => {
      const end = layer ? `_l${layer}` : "";
      const [W_xh, W_hh, b_x, b_h] = ["W_xh", "W_hh", "b_x", "b_h"].map(
        (name) => weights[name + end],
      );
      return { W_xh, W_hh, b_x, b_h };
    });
    const ids = new Map(chars.map((char, id) => [char, id]));

    // Characters to ids; one that the model does not know is an error that names it.
    function encode(text) {
      return Array.from(text, (char, place) => {
        if (ids.has(char)) return ids.get(char);
        const shown = JSON.stringify(char).slice(1, -1);
        throw new Error(
          `the text holds '${shown}' at position ${place}, which is not among the ` +
            `${chars.length} characters this model knows. Leave it out.`,
        );
      });
    }

    // A state of zeros.
    function start() {
      const zeros = () => new Float32Array(H);
      return layers.map(() => (cell === "lstm" ? { h: zeros(), c: zeros() } : { h: zeros() }));
    }

    // One character: its id and the state before -> logits (V,), the state after, the gates.
    function step(id, before) {
      let x = embed.subarray(id * E, id * E + E); // (E,)
      const state = [];
      const gates = [];
      layers.forEach((layer, l) => {
        const found = STEPS[cell](x, before[l], layer);
        state.push(found.state);
        gates.push(found.gates);
        x = found.state.h; // what the next layer reads
      });
      return { logits: score(x), state, gates };
    }

    // The logits (V,) from the h (H,) of the last layer
    const score = (h) => Float32Array.from(addProduct(b_y, h, W_hy));

    // What `step` returned, had one number of the last layer's state been this: of its h, or of an
    // LSTM's c, from which its h follows. Without a key all numbers of the state are 0.
    function withNumber({ state, gates }, { key, unit, value }) {
      if (!key) return { logits: Float32Array.from(b_y), state: start(), gates };
      const last = { ...state.at(-1) };
      const { o } = gates.at(-1);
      last[key] = fill(H, (j) => (j === unit ? value : state.at(-1)[key][j]));
      if (key === "c") last.h = fill(H, (j) => o[j] * Math.tanh(last.c[j]));
      return { logits: score(last.h), state: [...state.slice(0, -1), last], gates };
    }

    return { config, chars, encode, start, step, withNumber, embed, layers, W_hy, b_y };
  }

  Object.assign(HiddenState, { build, addProduct, split, fill });
})();
