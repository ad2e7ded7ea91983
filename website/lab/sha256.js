// The checksum SHA-256 (FIPS 180-4), since a page that was opened from a folder may lack the
// browser's own.
globalThis.HiddenState ??= {};
(() => {
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0; // its first 32 bits
  const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const ADDED = primes.map((p) => fraction(Math.cbrt(p)));
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  // Pieces of bytes, one after the other -> 64 digits
  function sha256(pieces) {
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const bytes = new Uint8Array(Math.ceil((size + 9) / 64) * 64);
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    bytes[size] = 0x80;
    view.setBigUint64(bytes.length - 8, BigInt(size) * 8n);
    const hash = Int32Array.from(START);
    const w = new Int32Array(64);
    for (let block = 0; block < bytes.length; block += 64) {
      for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + 4 * t);
      for (let t = 16; t < 64; t++) {
        const x = w[t - 15];
        const y = w[t - 2];
        const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
        const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
      }
      let [a, b, c, d, e, f, g, h] = hash;
      for (let t = 0; t < 64; t++) {
        const choice = (e & f) ^ (~e & g);
        const majority = (a & b) ^ (a & c) ^ (b & c);
        const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
        const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
        const first = (h + s1 + choice + ADDED[t] + w[t]) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + s0 + majority) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((value, i) => {
        hash[i] += value;
      });
    }
    return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  Object.assign(HiddenState, { sha256 });
})();
