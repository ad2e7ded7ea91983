// A network before any training: the first weights of initial.py, number for number, so that a seed
// gives what training began with in Python.
globalThis.HiddenState ??= {};
(function () {
  // What `read` returns of a file, with fresh weights instead of trained ones: embedding uniform in
  // +-0.05, W_xh and W_hy uniform after Glorot and Bengio (2010), W_hh orthogonal after Saxe et al.
  // (2014), biases zero, but 1 for an LSTM's forget gate.
  function untrained(config, seed = 0, chars = []) {
    const random = HiddenState.generator(seed), tensors = {}, H = config.hidden_size;
    for (const [name, shape] of Object.entries(HiddenState.shapes(config))) {
      tensors[name] = { data: Float32Array.from(draw(name, shape, random)), shape };
      if (config.cell === "lstm" && name.startsWith("b_h")) tensors[name].data.fill(1, H, 2 * H);
    }
    return { config, chars, training: {}, tensors };
  }

  function draw(name, shape, random) {
    const [rows, columns = 0] = shape;
    if (!columns) return new Float64Array(rows);
    if (name.startsWith("W_hh")) return drawOrthogonal(rows, columns, random);
    const limit = name === "embed" ? 0.05 : Math.sqrt(6 / (rows + columns));
    return Float64Array.from({ length: rows * columns }, () => -limit + 2 * limit * random());
  }

  // (H, GH) whose rows are orthogonal and of length 1: normal numbers, and each row made to differ
  // from those before it alone (Gram-Schmidt).
  function drawOrthogonal(H, wide, random) {
    const rows = Array.from({ length: H }, () => new Float64Array(wide));
    for (let j = 0; j < wide; j++) for (let i = 0; i < H; i++) rows[i][j] = random.normal();
    rows.forEach((row, i) => {
      for (let earlier = 0; earlier < i; earlier++) {
        const share = dot(row, rows[earlier]);
        for (let j = 0; j < wide; j++) row[j] -= share * rows[earlier][j];
      }
      const length = Math.sqrt(dot(row, row));
      for (let j = 0; j < wide; j++) row[j] /= length;
    });
    // NumPy's Q has them as columns, and is turned only where its shape is not (H, GH) already
    return Float64Array.from({ length: H * wide }, (_, w) => {
      const i = Math.floor(w / wide), j = w % wide;
      return wide === H ? rows[j][i] : rows[i][j];
    });
  }

  function dot(a, b) {
    let sum = 0;
    for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
    return sum;
  }

  Object.assign(HiddenState, { untrained });
})();
