// A text as a network reads it: a step for each character, kept, and what can be asked of them.
// What is drawn, and where, is no matter of this file.
globalThis.HiddenState ??= {};
(() => {
  const { influence, softmax } = HiddenState;
  const REACH = 100; // characters back that an influence is followed

  class Reading {
    constructor(model, name) {
      this.model = model;
      this.name = name;
      this.ids = [];
      this.chars = []; // the text
      this.steps = []; // what model.step returned, of each character read so far
      this.surprises = []; // of each character, in nats; the first was expected by nobody
      this.guesses = []; // the character most expected at each place
      this.influences = new Map(); // {place: norms}, of those asked for
      // A number of the state set by hand, {place, key, unit, value}; no key: all at 0
      this.change = null;
      this.unchanged = null; // the Reading of the same text without it
    }

    // Read these ids from now on. What the new text begins with was read already and stays so.
    setText(ids) {
      let same = 0;
      while (same < ids.length && ids[same] === this.ids[same]) same++;
      if (same <= this.change?.place) this.setNumber(null);
      this.unchanged?.setText(ids);
      this.ids = ids;
      this.chars = ids.map((id) => this.model.chars[id]);
      this.forgetFrom(same);
    }

    forgetFrom(place) {
      this.steps.length = Math.min(this.steps.length, place);
      this.surprises.length = this.guesses.length = this.steps.length;
      this.influences.clear();
    }

    // Set a number of the state after ids[place], from which all that follows is read anew; null
    // puts it back. All must have been read, if nothing was set before.
    setNumber(change) {
      if (this.change) this.forgetFrom(this.change.place);
      if (!this.change && change) this.unchanged = this.copy();
      if (change) this.forgetFrom(change.place);
      else this.unchanged = null;
      this.change = change;
    }

    copy() {
      const copy = new Reading(this.model, this.name);
      for (const part of ["ids", "chars", "steps", "surprises", "guesses"])
        copy[part] = [...this[part]];
      return copy;
    }

    get isDone() {
      return this.steps.length === this.ids.length;
    }

    // Read the next character.
    advance() {
      const { model, steps, ids } = this;
      const place = steps.length;
      const before = place ? steps[place - 1].state : model.start();
      const chances = place ? this.expects(place - 1) : null;
      this.surprises.push(place ? -Math.log(chances[ids[place]]) : NaN);
      this.guesses.push(place ? model.chars[chances.indexOf(Math.max(...chances))] : "");
      const found = model.step(ids[place], before);
      steps.push(place === this.change?.place ? model.withNumber(found, this.change) : found);
      if (this.unchanged && !this.unchanged.isDone) this.unchanged.advance();
    }

    // Add a character to the text, drawn from what is expected after it; all must have been read.
    write(sampler, random) {
      const id = HiddenState.pick(this.steps.at(-1).logits, sampler, random);
      this.append(id);
      return this.model.chars[id];
    }

    append(id) {
      this.ids.push(id);
      this.chars.push(this.model.chars[id]);
      this.influences.delete(this.ids.length - 2); // what came next is known now
      this.unchanged?.append(id);
    }

    // The probabilities of the next character after ids[place]
    expects(place) {
      return softmax(this.steps[place].logits);
    }

    // The `count` likeliest characters after ids[place], as {id, char, chance}, likeliest first
    likeliest(place, count) {
      const chances = this.expects(place);
      const order = [...chances.keys()]
        .sort((a, b) => chances[b] - chances[a] || a - b)
        .slice(0, count);
      return order.map((id) => ({ id, char: this.model.chars[id], chance: chances[id] }));
    }

    // What `influence` is asked about: the character that came next, or the one most expected.
    target(place) {
      return this.ids[place + 1] ?? this.likeliest(place, 1)[0].id;
    }

    // How strongly each character up to `place` acts on the surprise at its target
    influence(place) {
      if (!this.influences.has(place)) {
        const options = { reach: REACH, steps: this.steps };
        this.influences.set(
          place,
          influence(this.model, this.ids, place, this.target(place), options),
        );
      }
      return this.influences.get(place);
    }

    // Where the change moved the chance of a character most: {place, char, was, is}
    get mostMoved() {
      let found = { place: 0, char: "", was: 0, is: 0 };
      for (let place = this.change.place; place < this.steps.length; place++) {
        const was = this.unchanged.expects(place);
        this.expects(place).forEach((is, id) => {
          if (Math.abs(is - was[id]) > Math.abs(found.is - found.was))
            found = { place, char: this.model.chars[id], was: was[id], is };
        });
      }
      return found;
    }

    // The mean surprise, in nats, without the first character
    get meanSurprise() {
      const known = this.surprises.slice(1);
      return known.reduce((sum, nats) => sum + nats, 0) / known.length;
    }

    // Names of what can be shown: the parts of the state, then gates, of each layer, the last first
    get parts() {
      const found = [];
      const { cell, num_layers } = this.model.config;
      const keys = { rnn: ["h"], gru: ["h", "z", "r"], lstm: ["c", "h", "i", "f", "o"] }[cell];
      for (let layer = num_layers - 1; layer >= 0; layer--) {
        for (const key of keys) found.push({ key, layer: num_layers > 1 ? layer : null });
      }
      return found;
    }

    // A part after ids[place], a vector (H,); a cell without it shows its h
    part(place, { key, layer }) {
      const { state, gates } = this.steps[place];
      const at = Math.min(layer ?? Infinity, state.length - 1);
      return state[at][key] ?? gates[at][key] ?? state[at].h;
    }

    // The units by falling score, and the scores (H,): the correlation with `property`, a number
    // for each character; or, without one, the mean change from a character to the next.
    sortUnits(part, property = null) {
      const vectors = this.steps.map((_, place) => this.part(place, part));
      const units = Array.from({ length: this.model.config.hidden_size }, (_, unit) => unit);
      const scores = units.map((unit) => {
        const values = vectors.map((vector) => vector[unit]);
        return property ? correlation(values, property) : meanChange(values);
      });
      units.sort((a, b) => Math.abs(scores[b]) - Math.abs(scores[a]) || a - b);
      return { units, scores };
    }
  }

  function meanChange(values) {
    let sum = 0;
    for (let t = 1; t < values.length; t++) sum += Math.abs(values[t] - values[t - 1]);
    return sum / Math.max(values.length - 1, 1);
  }

  // Pearson's r; 0 where one of the two never changes
  function correlation(a, b) {
    const n = a.length;
    const mean = (list) => list.reduce((x, y) => x + y, 0) / n;
    const a0 = mean(a);
    const b0 = mean(b);
    let ab = 0;
    let aa = 0;
    let bb = 0;
    for (let t = 0; t < n; t++) {
      ab += (a[t] - a0) * (b[t] - b0);
      aa += (a[t] - a0) ** 2;
      bb += (b[t] - b0) ** 2;
    }
    return aa > 1e-12 && bb > 1e-12 ? ab / Math.sqrt(aa * bb) : 0;
  }

  const isLetter = (char) => /\p{L}/u.test(char);

  // Properties of a text, each a number for every character up to `end`: they are counted on the
  // characters alone, so nobody need believe a network. A name is a line that ends in a colon.
  const PROPERTIES = {
    column: (chars) => count(chars, (char) => char === "\n"),
    word: (chars) => count(chars, (char) => !isLetter(char)),
    inside: (chars) => chars.map((char) => (isLetter(char) ? 1 : 0)),
    name: (chars) => {
      const lines = chars.join("").split("\n");
      return lines
        .flatMap((line) => {
          const isName = /^[A-Z][^:]*:$/.test(line);
          return [...Array.from(line, () => (isName ? 1 : 0)), 0];
        })
        .slice(0, chars.length);
    },
  };

  // How many characters after the last one that restarts the count
  function count(chars, restarts) {
    let since = 0;
    return chars.map((char) => (since = restarts(char) ? 0 : since + 1));
  }

  Object.assign(HiddenState, { Reading, PROPERTIES, correlation });
})();
