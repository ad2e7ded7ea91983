// A network before any training: the initial weights of initial.py, number for number, so that a
// seed gives what training began with in Python.
globalThis.HiddenState ??= {};
(() => {
  // What `read` returns of a file, with fresh weights instead of trained ones: embedding uniform in
  // +-0.05, W_xh and W_hy uniform after Glorot and Bengio (2010), W_hh orthogonal after Saxe et al.
  // (2014), biases zero, but 1 for an LSTM's forget gate.
  function untrained(config, seed = 0, chars = []) {
    const work = drawing(config, seed, chars);
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
    }
  }

  // The same in slices of a few milliseconds, for a page that has other things to do: a promise.
  // `onProgress` is called after each slice with the share of the work that is done.
  async function untrainedInSlices(config, seed, chars, onProgress = () => {}, slice = 8) {
    const work = drawing(config, seed, chars);
    for (;;) {
      const until = performance.now() + slice;
      let found = work.next();
      while (!found.done && performance.now() < until) found = work.next();
      if (found.done) return found.value;
      onProgress(found.value);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  // Draws all weights, and yields after each row the share of them that has been drawn.
  function* drawing(config, seed, chars) {
    const random = HiddenState.generator(seed);
    const tensors = {};
    const H = config.hidden_size;
    const all = Object.entries(HiddenState.shapes(config));
    const size = ([, shape]) => shape.reduce((product, n) => product * n);
    const total = all.reduce((sum, part) => sum + size(part), 0);
    let drawn = 0;
    for (const [name, shape] of all) {
      const rows = draw(name, shape, random);
      let part = rows.next();
      for (; !part.done; part = rows.next())
        yield (drawn + part.value * size([name, shape])) / total;
      tensors[name] = { data: new Float32Array(part.value), shape };
      if (config.cell === "lstm" && name.startsWith("b_h")) tensors[name].data.fill(1, H, 2 * H);
      drawn += size([name, shape]);
    }
    return { config, chars, training: {}, tensors };
  }

  // The numbers of one array, row by row; yields the share of its rows that is done.
  function* draw(name, shape, random) {
    const [rows, columns = 0] = shape;
    if (!columns) return new Float64Array(rows);
    if (name.startsWith("W_hh")) return yield* drawOrthogonal(rows, columns, random);
    const limit = name === "embed" ? 0.05 : Math.sqrt(6 / (rows + columns));
    const found = new Float64Array(rows * columns);
    for (let w = 0; w < found.length; w++) {
      found[w] = -limit + 2 * limit * random();
      if ((w + 1) % columns === 0) yield w / found.length;
    }
    return found;
  }

  // (H, GH) whose rows are orthogonal and of length 1: normal numbers, and each row made to differ
  // from those before it alone (Gram-Schmidt).
  function* drawOrthogonal(h, wide, random) {
    const rows = Array.from({ length: h }, () => new Float64Array(wide));
    for (let j = 0; j < wide; j++) {
      for (let i = 0; i < h; i++) rows[i][j] = random.normal();
      yield (0.5 * j) / wide; // the rest takes about as long
    }
    for (let i = 0; i < h; i++) {
      for (let earlier = 0; earlier < i; earlier++) {
        const share = dot(rows[i], rows[earlier]);
        for (let j = 0; j < wide; j++) rows[i][j] -= share * rows[earlier][j];
      }
      const length = Math.sqrt(dot(rows[i], rows[i]));
      for (let j = 0; j < wide; j++) rows[i][j] /= length;
      yield 0.5 + 0.5 * (i / h) ** 2;
    }
    // NumPy's Q has them as columns, and is turned only where its shape is not (H, GH) already
    const found = new Float64Array(h * wide);
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < wide; j++) found[i * wide + j] = wide === h ? rows[j][i] : rows[i][j];
      yield 1;
    }
    return found;
  }

  function dot(a, b) {
    let sum = 0;
    for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
    return sum;
  }

  Object.assign(HiddenState, { untrained, untrainedInSlices });
})();
