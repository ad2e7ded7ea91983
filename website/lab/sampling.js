// How the next character is chosen, as in sampling.py. A sampler is {temperature, topK, topP,
// minP}, each of which may be left out.
globalThis.HiddenState ??= {};
(() => {
  // Scores (V,) to probabilities (V,) that sum to 1
  function softmax(logits, temperature = 1) {
    if (temperature !== 1) logits = filter(logits, { temperature });
    const most = Math.max(...logits);
    const shifted = Float64Array.from(logits, (logit) => Math.exp(logit - most));
    const sum = shifted.reduce((a, b) => a + b);
    return shifted.map((share) => share / sum);
  }

  // The first id (V,) of the highest logit
  const argmax = (logits) => logits.indexOf(Math.max(...logits));

  // The ids by falling logit; of equal ones the smaller first
  const likelyFirst = (logits) => [...logits.keys()].sort((a, b) => logits[b] - logits[a] || a - b);

  // The logits of some ids, all others at minus infinity
  const only = (logits, kept) => logits.map((logit, id) => (kept.has(id) ? logit : -Infinity));

  const keepTopK = (logits, k) => only(logits, new Set(likelyFirst(logits).slice(0, k)));

  // The smallest set of most likely characters whose probabilities sum to at least p
  function keepTopP(logits, p) {
    if (p === 1) return logits;
    const probs = softmax(logits);
    const kept = new Set();
    let sum = 0;
    for (const id of likelyFirst(logits)) {
      if (kept.size && sum >= p) break;
      kept.add(id);
      sum += probs[id];
    }
    return only(logits, kept);
  }

  // The characters at least p times as likely as the likeliest
  function keepMinP(logits, p) {
    const probs = softmax(logits);
    const least = p * Math.max(...probs);
    return logits.map((logit, id) => (probs[id] >= least ? logit : -Infinity));
  }

  // Logits (V,) at the temperature, then filtered: 64 bits, minus infinity where none is drawn
  function filter(logits, sampler = {}) {
    const { temperature, topK, topP, minP } = checkSampler(sampler);
    if (temperature === 0) return keepTopK(Float64Array.from(logits), 1);
    const most = Math.max(...logits);
    let found = Float64Array.from(logits, (logit) => (logit - most) / temperature);
    if (topK !== null) found = keepTopK(found, topK);
    if (topP !== null) found = keepTopP(found, topP);
    if (minP !== null) found = keepMinP(found, minP);
    return found;
  }

  // One id, drawn from softmax(filter(logits)) with one number of the generator
  function pick(logits, sampler = {}, random = Math.random) {
    if (checkSampler(sampler).temperature === 0) return argmax(logits);
    const probs = softmax(filter(logits, sampler));
    if (Number.isNaN(probs[0])) {
      throw new Error(
        "the model gives numbers that are not finite, and nothing can be drawn from them. " +
          "Train it again with a smaller learning rate.",
      );
    }
    let sum = 0;
    const sums = probs.map((prob) => (sum += prob));
    const drawn = random();
    return sums.findIndex((reached) => reached / sum > drawn);
  }

  function checkSampler({ temperature = 1, topK = null, topP = null, minP = null }) {
    const check = (holds, sentence) => {
      if (!holds) throw new Error(sentence);
    };
    check(
      temperature >= 0 && temperature < Infinity,
      `temperature must be a number from 0 up, not ${temperature}.`,
    );
    check(
      topK === null || (Number.isInteger(topK) && topK > 0),
      `topK must be a whole number from 1 up, not ${topK}.`,
    );
    check(
      topP === null || (topP > 0 && topP <= 1),
      `topP must be a share above 0 and at most 1, not ${topP}.`,
    );
    check(
      minP === null || (minP >= 0 && minP <= 1),
      `minP must be a share from 0 to 1, not ${minP}.`,
    );
    return { temperature, topK, topP, minP };
  }

  Object.assign(HiddenState, { softmax, filter, pick });
})();
