// What the tests ask of the engine, in any browser; questions and answers are JSON.
const ask = {
  answer(question) {
    return JSON.stringify(ask.plain(JSON.parse(question)));
  },

  plain([name, ...args]) {
    return ask[name](...args);
  },

  // The characters of a model that comes with the site, or the sentence that says why not
  fetch(name) {
    return HiddenState.fetch(name).then(
      ({ chars }) => chars,
      (error) => error.message,
    );
  },

  bytes(letters) {
    return Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0)).buffer;
  },

  model(file) {
    return HiddenState.build(HiddenState.read(ask.bytes(file)));
  },

  // Vectors one after the other, as the bytes of their numbers of 32 bits
  pack(vectors) {
    const bytes = new Uint8Array(
      Float32Array.from(vectors.flatMap((vector) => [...vector])).buffer,
    );
    let letters = "";
    for (const byte of bytes) letters += String.fromCharCode(byte);
    return btoa(letters);
  },

  // After every character the logits, and of each layer the parts of the state
  forward(file, ids) {
    const steps = HiddenState.trace(ask.model(file), ids);
    const states = steps.flatMap(({ state }) => state.flatMap(Object.values));
    return [ask.pack(steps.map(({ logits }) => logits)), ask.pack(states)];
  },

  gates(file, ids) {
    const plain = (open) => Object.fromEntries(Object.entries(open).map(([k, v]) => [k, [...v]]));
    return HiddenState.trace(ask.model(file), ids).map(({ gates }) => gates.map(plain));
  },

  // Whether a step leaves the state that it was given, and gives the same again
  repeats(file, id) {
    const model = ask.model(file);
    const before = model.step(id, model.start()).state;
    const copy = JSON.stringify(before);
    const [first, second] = [model.step(id, before), model.step(id, before)];
    return copy === JSON.stringify(before) && JSON.stringify(first) === JSON.stringify(second);
  },

  influence(file, ids, place, target, options) {
    return [...HiddenState.influence(ask.model(file), ids, place, target, options)];
  },

  write(file, prompt, length, sampler, seed) {
    const model = ask.model(file);
    const random = HiddenState.generator(seed);
    let found = HiddenState.trace(model, model.encode(prompt)).at(-1);
    let text = "";
    for (let n = 0; n < length; n++) {
      const id = HiddenState.pick(found.logits, sampler, random);
      text += model.chars[id];
      found = model.step(id, found.state);
    }
    return text;
  },

  filter(logits, sampler) {
    const kept = HiddenState.filter(Float32Array.from(logits), sampler);
    return [[...kept].map(Number.isFinite), [...HiddenState.softmax(kept)]];
  },

  softmax(logits, temperature) {
    return [...HiddenState.softmax(Float32Array.from(logits), temperature)];
  },

  numbers(seed, count) {
    const random = HiddenState.generator(BigInt(seed));
    return Array.from({ length: count }, random);
  },

  normals(seed, count) {
    return Array.from({ length: count }, HiddenState.generator(seed).normal);
  },

  parts({ config, chars, training, tensors }) {
    const arrays = Object.entries(tensors).map(([name, { data, shape }]) => [
      name,
      [[...data], shape],
    ]);
    return { config, chars, training, tensors: Object.fromEntries(arrays) };
  },

  read(file) {
    return ask.parts(HiddenState.read(ask.bytes(file)));
  },

  untrained(config, seed) {
    return ask.parts(HiddenState.untrained(config, seed));
  },

  // The sentence that each of some files is refused with, or null
  refusals(files, name) {
    return files.map((file) => ask.refusal(() => HiddenState.read(ask.bytes(file), name)));
  },

  // The sentences for a file with one bit changed, at each of some places
  flipped(file, places) {
    return places.map((place) => {
      const bytes = new Uint8Array(ask.bytes(file));
      bytes[place] ^= 1 << (place % 7);
      return ask.refusal(() => HiddenState.read(bytes.buffer));
    });
  },

  refusal(act) {
    try {
      act();
      return null;
    } catch (error) {
      return error.message;
    }
  },

  encode(file, text) {
    return ask.refusal(() => ask.model(file).encode(text)) ?? ask.model(file).encode(text);
  },

  refusedSampler(sampler) {
    return ask.refusal(() => HiddenState.pick([1, 2, 3], sampler, Math.random));
  },

  refusedSeed(seed) {
    return ask.refusal(() => HiddenState.generator(seed));
  },

  sha256(text) {
    return HiddenState.sha256([new TextEncoder().encode(text)]);
  },
};

globalThis.ask = ask;
