// An intervention: a number of the first network's state that the reader sets by hand, and what
// follows from it.
globalThis.HiddenState ??= {};
(() => {
  const { characterName, make, nameOf, percent, signed } = HiddenState;

  class Intervention {
    constructor(lab) {
      this.lab = lab;
      this.loss = ""; // what became of an earlier change
      this.frame = lab.find(".lab-set");
      this.details = lab.find(".lab-change");
      this.menu = lab.control("number");
      this.slider = lab.control("value");
      this.slider.addEventListener("input", ({ target }) => {
        if (!lab.isDone && !lab.readings[0].change) return;
        const [key, unit, value] = [this.key, this.unit, target.valueAsNumber];
        this.set({ place: lab.chosen, key, unit, value });
      });
      lab.control("wipe").addEventListener("click", () => this.set({ place: lab.chosen }));
      lab.control("undo").addEventListener("click", () => this.set(null));
      this.menu.addEventListener("change", () => lab.update());
      this.details.addEventListener("toggle", () => lab.update());
    }

    // Which part of the state is set: an LSTM's c, else h
    get key() {
      return this.lab.readings[0].model.config.cell === "lstm" ? "c" : "h";
    }

    get unit() {
      return Number(this.menu.value);
    }

    // As Reading.setNumber
    set(change) {
      const [reading] = this.lab.readings;
      const before = reading.change;
      this.lab.writing.reset();
      if (!before || !change) this.loss = "";
      else if (before.place !== change.place) {
        this.loss = `The earlier change, after step ${before.place + 1}, was put back first. `;
      }
      reading.setNumber(change);
      this.lab.update();
    }

    // The text that is read now does not hold the change any more.
    noteLoss({ place }, isOtherNetwork) {
      const reason = isOtherNetwork ? "another network reads now" : "the text was edited before it";
      this.loss = `The change after step ${place + 1} is gone, because ${reason}. `;
    }

    // The menu of units: those that are drawn, if the state of the last layer is, else all
    listUnits() {
      const { readings, rows } = this.lab;
      const [{ parts, model }] = readings;
      const [{ units, part }] = rows.order.rows;
      const before = this.menu.value;
      const isDrawn = part.key === this.key && part.layer === parts[0].layer;
      const all = isDrawn ? units : [...Array(model.config.hidden_size).keys()];
      const options = all.map((unit) => make("option", { value: unit }, `${this.key}${unit}`));
      this.menu.replaceChildren(...options);
      if (before && all.includes(Number(before))) this.menu.value = before;
    }

    // Choose a unit in the menu, if it is there.
    chooseUnit(unit) {
      const isThere = [...this.menu.options].some(({ value }) => value === String(unit));
      if (isThere) this.menu.value = unit;
    }

    // The slider as it stands at a step
    show(place) {
      const [reading] = this.lab.readings;
      const { key, unit, slider } = this;
      const numberOf = ({ state }) => state.at(-1)[key][unit];
      const { steps } = reading.unchanged ?? reading;
      const sizes = steps.map((step) => Math.abs(numberOf(step)));
      const reach = key === "h" ? 1 : Math.ceil(Math.max(1, ...sizes));
      const value = numberOf(reading.steps[place]);
      if (document.activeElement !== slider || slider.max !== String(reach)) {
        Object.assign(slider, { min: -reach, max: reach, value });
      }
      this.lab.find(".lab-value").textContent = signed(value);
      this.lab.control("undo").disabled = !reading.change;
    }

    // The frame about the cell that was set, where it is drawn
    drawFrame(left, columnWidth) {
      const { readings, rows } = this.lab;
      const { change, model } = readings[0];
      const { heat } = rows;
      const isDrawn =
        change?.key &&
        heat.part.key === change.key &&
        (heat.part.layer ?? 0) === model.config.num_layers - 1;
      const row = isDrawn ? heat.units.indexOf(change.unit) : -1;
      this.frame.hidden = row < 0;
      if (row < 0) return;
      Object.assign(this.frame.style, {
        top: `${rows.top + heat.y + row * heat.row}px`,
        height: `${heat.row}px`,
        transform: `translateX(${left + change.place * columnWidth}px)`,
      });
    }

    // What became of the last change, and what the present one does; "" if there was none
    describe() {
      return this.loss + (this.lab.readings[0].change ? this.describeEffect() : "");
    }

    describeEffect() {
      const [reading] = this.lab.readings;
      const { change, unchanged, surprises } = reading;
      const likeliest = (one) => {
        const [{ char, chance }] = one.likeliest(change.place, 1);
        return `${characterName(char)} with ${percent(chance)}`;
      };
      const found =
        `After step ${change.place + 1}, ${this.describeChange()}. There the network expected ` +
        `${likeliest(unchanged)}, and now ${likeliest(reading)}.`;
      const after = surprises.length - change.place - 1;
      if (after < 1) {
        return `${found} Let it write, or set a number further back, to see what follows.`;
      }
      const mean = (list) => {
        const sum = list.slice(change.place + 1).reduce((a, b) => a + b);
        return this.lab.summary.inUnit(sum / after);
      };
      const { char, place, was, is } = reading.mostMoved;
      const rest = after === 1 ? "the character" : `the same ${after} characters`;
      return (
        `${found} What moved most is the chance of ${characterName(char)} after step ` +
        `${place + 1}: ${percent(was)} without the change, ${percent(is)} with it. On ${rest} ` +
        `after it the mean surprise is ${mean(surprises)}; without the change it is ` +
        `${mean(unchanged.surprises)}.`
      );
    }

    describeChange() {
      const { readings } = this.lab;
      const { change, unchanged } = readings[0];
      const { place, key, unit, value } = change;
      const whose = readings.length > 1 ? ` of the ${nameOf(readings[0])}` : "";
      if (!key) return `all of the memory${whose} was set to 0`;
      const before = unchanged.steps[place].state.at(-1)[key][unit];
      return `${key}${unit}${whose} was set from ${signed(before)} to ${signed(value)}`;
    }
  }

  Object.assign(HiddenState, { Intervention });
})();
