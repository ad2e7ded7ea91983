// Which earlier characters mattered: the backward pass through time, by hand, to be read beside the
// steps backward of numpy_cells.py. A gradient d... is dL/d(...), L being -log p(target).
globalThis.HiddenState ??= {};
(() => {
  const { addProduct, fill, split } = HiddenState;

  // W @ d, which is d @ W.T: d (O,), W (I, O) -> (I,)
  function timesTransposed(d, W) {
    const O = d.length;
    return fill(W.length / O, (i) => {
      let sum = 0;
      for (let j = 0, w = i * O; j < O; j++, w++) sum += d[j] * W[w];
      return sum;
    });
  }

  // Vectors (H,) side by side, (GH,)
  function join(...parts) {
    const H = parts[0].length;
    const whole = new Float32Array(parts.length * H);
    parts.forEach((part, block) => {
      whole.set(part, block * H);
    });
    return whole;
  }

  // Every step backward: from d = dL/d(state after) to dL/dx and dL/d(state before).
  function rnnBackward(d, _before, { h }, _, { W_xh, W_hh }) {
    const da = fill(h.length, (j) => d.h[j] * (1 - h[j] ** 2)); // (H,), since tanh' = 1 - tanh^2
    return { dx: timesTransposed(da, W_xh), before: { h: timesTransposed(da, W_hh) } };
  }

  function gruBackward(d, { h: h_prev }, _, { z, r, g }, { W_xh, W_hh, b_h }) {
    const H = z.length;
    const h_g = split(addProduct(b_h, h_prev, W_hh), 3)[2];
    const a_g = fill(H, (j) => d.h[j] * (1 - z[j]) * (1 - g[j] ** 2));
    const a_z = fill(H, (j) => d.h[j] * (h_prev[j] - g[j]) * z[j] * (1 - z[j])); // s' = s (1 - s)
    const a_r = fill(H, (j) => a_g[j] * h_g[j] * r[j] * (1 - r[j]));
    const dx = timesTransposed(join(a_z, a_r, a_g), W_xh);
    const back = timesTransposed(
      join(
        a_z,
        a_r,
        fill(H, (j) => a_g[j] * r[j]),
      ),
      W_hh,
    );
    return { dx, before: { h: fill(H, (j) => d.h[j] * z[j] + back[j]) } };
  }

  function lstmBackward(d, { c: c_prev }, { c }, { i, f, g, o }, { W_xh, W_hh }) {
    const H = c.length;
    const tanh_c = fill(H, (j) => Math.tanh(c[j]));
    // c acts through h too
    const dc = fill(H, (j) => d.c[j] + d.h[j] * o[j] * (1 - tanh_c[j] ** 2));
    const a_i = fill(H, (j) => dc[j] * g[j] * i[j] * (1 - i[j]));
    const a_f = fill(H, (j) => dc[j] * c_prev[j] * f[j] * (1 - f[j]));
    const a_g = fill(H, (j) => dc[j] * i[j] * (1 - g[j] ** 2));
    const a_o = fill(H, (j) => d.h[j] * tanh_c[j] * o[j] * (1 - o[j]));
    const da = join(a_i, a_f, a_g, a_o); // (4H,)
    const before = { h: timesTransposed(da, W_hh), c: fill(H, (j) => dc[j] * f[j]) };
    return { dx: timesTransposed(da, W_xh), before };
  }

  const BACKWARD_STEPS = { rnn: rnnBackward, gru: gruBackward, lstm: lstmBackward };

  // What every step returns while ids are read from a state of zeros.
  function trace(model, ids) {
    let state = model.start();
    return ids.map((id) => {
      const found = model.step(id, state);
      state = found.state;
      return found;
    });
  }

  // For each place k up to `place`, how strongly what is read there acts on L, in nats: L is the
  // surprise at `target` after ids[place]. The norm of dL/d(embedding of ids[k]), or with
  // of: "state" of dL/d(state before ids[k]) over all layers, as rnnlib.probing.influence. Goes at
  // most `reach` characters back; the norms before that are 0. `steps` is what trace(model, ids)
  // gives, for those who have it.
  function influence(model, ids, place, target, options = {}) {
    const { of = "characters", reach = Infinity } = options;
    const { steps = trace(model, ids.slice(0, place + 1)) } = options;
    const { layers, W_hy, config } = model;
    const norms = new Float64Array(place + 1);
    const d_logits = HiddenState.softmax(steps[place].logits);
    d_logits[target] -= 1;
    const top = timesTransposed(d_logits, W_hy); // what the step's own output sends back
    const d = model.start(); // no step comes after the last
    for (let k = place; k >= 0 && k > place - reach; k--) {
      const before = k > 0 ? steps[k - 1].state : model.start();
      const { state, gates } = steps[k];
      let fromAbove = k === place ? top : null; // dL/dh by way of what lies above
      for (let l = layers.length - 1; l >= 0; l--) {
        const above = fromAbove;
        const h = above ? d[l].h.map((value, j) => value + above[j]) : d[l].h;
        const found = BACKWARD_STEPS[config.cell](
          { ...d[l], h },
          before[l],
          state[l],
          gates[l],
          layers[l],
        );
        d[l] = found.before;
        fromAbove = found.dx;
      }
      norms[k] = of === "state" ? norm(d.flatMap(Object.values)) : norm([fromAbove]);
    }
    return norms;
  }

  const norm = (vectors) =>
    Math.sqrt(vectors.reduce((sum, v) => sum + v.reduce((part, value) => part + value ** 2, 0), 0));

  Object.assign(HiddenState, { influence, trace });
})();
