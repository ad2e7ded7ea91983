// The random numbers of NumPy's default_rng(seed), one after the other the same: a seed is spread
// over 256 bits (SeedSequence, O'Neill 2015), which start PCG64 (O'Neill 2014); normal numbers are
// drawn by the ziggurat of Marsaglia and Tsang (2000).
globalThis.HiddenState ??= {};
(() => {
  const WORD = (1n << 32n) - 1n;
  const LONG = (1n << 64n) - 1n;
  const WIDE = (1n << 128n) - 1n;
  const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
  const POOL = 4; // words of 32 bits

  // A whole number of any size, and a count of words -> words of 32 bits, all of them scattered.
  function scatter(seed, count) {
    const entropy = [];
    for (let rest = BigInt(seed); rest > 0n || !entropy.length; rest >>= 32n) {
      entropy.push(Number(rest & WORD));
    }
    let factor = 0x43b0d7e5;
    const hash = (value, multiplier) => {
      value ^= factor;
      factor = Math.imul(factor, multiplier);
      value = Math.imul(value, factor);
      return value ^ (value >>> 16);
    };
    const mix = (x, y) => {
      const mixed = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
      return mixed ^ (mixed >>> 16);
    };
    const pool = Array.from({ length: POOL }, (_, i) => hash(entropy[i] ?? 0, 0x931e8875));
    for (let from = 0; from < POOL; from++) {
      for (let to = 0; to < POOL; to++) {
        if (from !== to) pool[to] = mix(pool[to], hash(pool[from], 0x931e8875));
      }
    }
    for (const word of entropy.slice(POOL)) {
      for (let to = 0; to < POOL; to++) pool[to] = mix(pool[to], hash(word, 0x931e8875));
    }
    factor = 0x8b51f9dd;
    return Array.from({ length: count }, (_, i) => hash(pool[i % POOL], 0x58f38ded) >>> 0);
  }

  // A generator: random() is uniform in [0, 1), random.next() 64 bits, random.normal() normal.
  function generator(seed) {
    if (typeof seed !== "bigint" && !(Number.isSafeInteger(seed) && seed >= 0)) {
      throw new Error(`a seed must be a whole number from 0 up, not ${seed}.`);
    }
    const words = scatter(seed, 8).map(BigInt);
    const [a, b, c, d] = [0, 2, 4, 6].map((i) => words[i] | (words[i + 1] << 32n));
    const increment = ((((c << 64n) | d) << 1n) | 1n) & WIDE;
    let state = (increment + ((a << 64n) | b)) & WIDE;
    const advance = () => (state = (state * MULTIPLIER + increment) & WIDE);
    advance();

    function next() {
      advance();
      const folded = ((state >> 64n) ^ state) & LONG;
      const turn = state >> 122n;
      return ((folded >> turn) | (folded << (64n - turn))) & LONG;
    }
    const random = () => Number(next() >> 11n) / 2 ** 53;
    return Object.assign(random, { next, normal: () => drawNormal(next, random) });
  }

  // 256 layers of equal area under exp(-x^2 / 2), the lowest with the tail beyond EDGE.
  const EDGE = 3.6541528853610088;
  const AREA = 0.004928673233974658;
  const STEPS = 2 ** 52;
  const density = (x) => Math.exp(-0.5 * x * x);
  const widths = new Float64Array(256);
  const heights = new Float64Array(256);
  const inside = new Float64Array(256);
  for (let layer = 255, x = EDGE; layer > 0; layer--) {
    const above = layer > 1 ? Math.sqrt(-2 * Math.log(AREA / x + density(x))) : 0;
    [widths[layer], heights[layer], inside[layer]] = [x / STEPS, density(x), (above / x) * STEPS];
    x = above;
  }
  const bottom = AREA / density(EDGE); // the width of a rectangle with the area of the lowest
  [widths[0], heights[0], inside[0]] = [bottom / STEPS, 1, (EDGE / bottom) * STEPS];

  function drawNormal(next, random) {
    for (;;) {
      const bits = next();
      const layer = Number(bits & 255n);
      const sign = (bits >> 8n) & 1n ? -1 : 1;
      const place = Number((bits >> 9n) & 0xfffffffffffffn);
      const x = place * widths[layer];
      if (place < inside[layer]) return sign * x;
      if (layer > 0) {
        const between = heights[layer - 1] - heights[layer];
        if (between * random() + heights[layer] < density(x)) return sign * x;
        continue;
      }
      for (;;) {
        const beyond = -Math.log1p(-random()) / EDGE;
        const y = -Math.log1p(-random());
        if (y + y > beyond * beyond) return (bits >> 17n) & 1n ? -(EDGE + beyond) : EDGE + beyond;
      }
    }
  }

  Object.assign(HiddenState, { generator });
})();
