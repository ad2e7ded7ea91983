// What is shown of the step that is looked at: what is expected next, what mattered, the gates, all
// numbers, and a sentence on it.
globalThis.HiddenState ??= {};
(() => {
  const { GATES, PARTS, make, nameOf, percent, see, titleOf } = HiddenState;
  const REACH = 99; // characters back that are listed under `What mattered`
  const DELAY = 60; // milliseconds until what takes longer is worked out
  const INTERVAL = 100; // milliseconds; nobody reads numbers faster than ten times a second

  class Cards {
    constructor(lab) {
      this.lab = lab;
      this.shownAt = 0; // when, in milliseconds
      this.timer = 0;
    }

    // At `now`; what takes longer, once nobody has moved on for a moment
    show(place, now) {
      const { lab } = this;
      if (lab.writing.isWriting && now - this.shownAt <= INTERVAL) return;
      this.showExpected(place);
      this.showGates(place);
      if (lab.intervention.details.open) lab.intervention.show(place);
      clearTimeout(this.timer);
      if (!lab.writing.isWriting) this.timer = setTimeout(() => this.showMore(place), DELAY);
      this.shownAt = now;
    }

    showMore(place) {
      const { lab } = this;
      if (place !== lab.place || !lab.isDone) return;
      this.showInfluences(place);
      lab.strip.drawCharsInSight();
      if (lab.numbers.isOpen) lab.numbers.show(place);
      this.describe(place);
      if (!lab.networks.loading) lab.announcements.put(".lab-status", lab.summary.compare());
      lab.legend.describe();
    }

    // In words: the step, or the effect of a change that is new or being made
    describe(place) {
      const { announcements, intervention, pointed, summary, writing } = this.lab;
      const effect = intervention.describe();
      const isNew = announcements.put(".lab-effect", effect);
      if (pointed !== null) return;
      const words = summary.describeStep(place);
      announcements.put(".lab-now", words);
      const isChanging = isNew || intervention.details.contains(document.activeElement);
      const written = writing.written && `It wrote “${writing.written}”. `;
      announcements.announce(effect && isChanging ? effect : written + words);
    }

    // The readings that have come so far
    readingsAt(place) {
      return this.lab.readings.filter(({ steps }) => place < steps.length);
    }

    // The name of a network above its part of a card, if there are two
    heading(reading) {
      return this.lab.readings.length > 1 ? [make("h4", {}, nameOf(reading))] : [];
    }

    showExpected(place) {
      const parts = this.readingsAt(place).flatMap((reading) => [
        ...this.heading(reading),
        make("ol", {}, ...HiddenState.listExpected(reading, place)),
      ]);
      this.lab.find(".lab-expected").replaceChildren(...parts);
    }

    // --- what mattered -------------------------------------------------------------------------

    showInfluences(place) {
      const { find, readings } = this.lab;
      const isSet = ({ change }) => change && place >= change.place;
      for (const reading of readings) if (!isSet(reading)) reading.influence(place);
      const parts = readings.flatMap((reading) => {
        if (!isSet(reading)) return this.listInfluences(reading, place);
        const words =
          "A gradient is not followed through what was set by hand. " +
          "Put it back, and it stands here.";
        return [make("p", {}, words)];
      });
      find(".lab-mattered").replaceChildren(...parts);
    }

    listInfluences(reading, place) {
      const { chars } = reading;
      const norms = reading.influence(place);
      const from = Math.max(0, place - REACH);
      const shaded = HiddenState.shade(
        chars.slice(from, place + 1),
        norms,
        from,
        this.lab.largestInfluence(place),
      );
      const best = [...norms.keys()].sort((a, b) => norms[b] - norms[a]).slice(0, 3);
      const strongest = best.map((k) => {
        const distance = place - k ? `${place - k} back` : "itself";
        return `“${see(chars[k])}” ${distance} (${norms[k].toFixed(2)})`;
      });
      const target = see(reading.model.chars[reading.target(place)]);
      const which = place + 1 < chars.length ? "which came next" : "which it expects most";
      const words =
        `Most for the surprise at “${target}”, ${which}, with the norm of the gradient: ` +
        `${strongest.join(", ")}.`;
      return [
        ...this.heading(reading),
        make("p", { className: "lab-read" }, ...shaded),
        make("p", { className: "lab-strongest" }, words),
      ];
    }

    // --- the gates -----------------------------------------------------------------------------

    showGates(place) {
      const readings = this.readingsAt(place);
      const gates = readings.map(({ steps }) => steps[place].gates.at(-1));
      const keys = gates.map((one) => Object.keys(one).filter((key) => GATES.includes(key)));
      this.makeGateRows(readings, keys);
      const rows = [...this.lab.find(".lab-gates").querySelectorAll(".lab-gate")];
      gates.forEach((one, side) => {
        for (const key of keys[side]) {
          const row = rows.shift();
          const mean = one[key].reduce((a, b) => a + b) / one[key].length;
          row.firstChild.textContent = `${PARTS[key]}: ${percent(mean)} open`;
          HiddenState.drawGate(row.lastChild, one[key], this.lab.strip.colors);
        }
      });
    }

    // Made once for the same networks, then only filled
    makeGateRows(readings, keys) {
      const box = this.lab.find(".lab-gates");
      const names = readings.map(nameOf);
      const shape = JSON.stringify([names, keys, this.lab.readings.length]);
      if (box.dataset.shape === shape) return;
      box.dataset.shape = shape;
      const parts = readings.flatMap((reading, side) => {
        if (!keys[side].length) return [make("p", {}, `${titleOf(reading)}: no gates.`)];
        return [...this.heading(reading), ...keys[side].map(makeGateRow)];
      });
      box.replaceChildren(...parts);
    }
  }

  const makeGateRow = () =>
    make("p", { className: "lab-gate" }, make("span"), make("canvas", { ariaHidden: "true" }));

  Object.assign(HiddenState, { Cards });
})();
