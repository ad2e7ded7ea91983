// The rows of the strip: which units they show, in which order, how high, and their names beside
// them. A band is one or more rows of a kind, {y, height, kind, label, ...}, y from the first one.
globalThis.HiddenState ??= {};
(() => {
  const { GATES, PROPERTIES, PROPERTY_NAMES, labelOf, make, nameOf, partName, signed } =
    HiddenState;
  // pixels
  const CHARS = 26;
  const GUESSES = 20;
  const BARS = 44;
  const PROPERTY = 18;
  const HEAD = 20;
  const UNIT = { 12: 12, 24: 12, 64: 5 }; // by how many are drawn
  const ALL_UNITS = 256;
  const LOWEST_NAMED = 11; // a unit's row
  const LONGEST_SURPRISE = 8; // nats of a full bar

  class Rows {
    constructor(lab) {
      this.lab = lab;
      this.bands = [];
      this.top = CHARS; // where the bands begin
      this.height = 0; // of all bands
      this.order = null; // of the units, as `sort` makes it
      this.names = lab.find(".lab-names");
      for (const name of ["part", "sort", "units"]) {
        lab.control(name).addEventListener("change", () => {
          this.order = null;
          lab.update();
        });
      }
    }

    get heat() {
      return this.bands.find(({ kind }) => kind === "heat");
    }

    // --- the order of the units ----------------------------------------------------------------

    // The order stays while a text goes on that the same networks read.
    keepOrderIf(text, models) {
      const { order } = this;
      const isSame =
        order?.models.length === models.length &&
        order.models.every((model, side) => model === models[side]);
      if (!isSame || !text.startsWith(order.text)) this.order = null;
    }

    // The parts of the state that can be drawn, in the menu
    listParts() {
      const menu = this.lab.control("part");
      const before = menu.value;
      const options = this.lab.readings[0].parts.map(({ key, layer }) =>
        make("option", { value: JSON.stringify({ key, layer }) }, partName({ key, layer })),
      );
      menu.replaceChildren(...options);
      if (options.some(({ value }) => value === before)) menu.value = before;
    }

    // The part that is drawn of a network: the chosen one, or its h if it has no such part
    partOf(reading) {
      const part = JSON.parse(this.lab.control("part").value);
      return reading.parts.some(({ key }) => key === part.key) ? part : { ...part, key: "h" };
    }

    // Sort the units by the text as it is now.
    sort() {
      const { control, readings, text } = this.lab;
      const sort = control("sort").value;
      const count = control("units").value;
      const property = PROPERTIES[sort]?.(readings[0].chars) ?? null;
      const rows = readings.map((reading) => {
        const part = this.partOf(reading);
        const found = reading.sortUnits(part, property);
        if (!sort) found.units.sort((a, b) => a - b);
        const units = found.units.slice(0, count === "all" ? Infinity : Number(count));
        return { ...found, units, part, largest: units.map(() => 1) };
      });
      const models = readings.map(({ model }) => model);
      const steps = readings[0].steps.length;
      this.order = { text: text.value, count: steps, sort, rows, models, scaled: 0 };
      this.layOut();
    }

    // Full colour is the largest number of a row so far; a gate's is 1.
    scale() {
      const { readings, writing } = this.lab;
      const from = writing.isWriting ? this.order.scaled : 0;
      this.order.rows.forEach(({ units, part, largest }, side) => {
        if (GATES.includes(part.key)) return;
        if (!from) largest.fill(1e-9);
        for (let place = from; place < readings[side].steps.length; place++) {
          const vector = readings[side].part(place, part);
          units.forEach((unit, row) => {
            largest[row] = Math.max(largest[row], Math.abs(vector[unit]));
          });
        }
      });
      this.order.scaled = Math.min(...readings.map(({ steps }) => steps.length));
    }

    // --- where they stand ----------------------------------------------------------------------

    layOut() {
      const { lab, names } = this;
      this.placeBands();
      names.replaceChildren(...[...this.placeLines(), ...this.bands].flatMap((b) => this.name(b)));
      const named = [...names.children].filter(({ className }) => className !== "head");
      const width = Math.max(...named.map(({ offsetWidth }) => offsetWidth)) + 8;
      lab.find(".lab-sheet").style.setProperty("--lab-names", `${width}px`);
      lab.strip.measure();
      lab.strip.setHeight(this.top + this.height);
      lab.intervention.listUnits();
      lab.legend.describe();
    }

    placeBands() {
      const { control, readings } = this.lab;
      const { rows, sort } = this.order;
      const isPair = readings.length > 1;
      this.top = CHARS + GUESSES * readings.length;
      this.bands = [];
      this.height = 0;
      const add = (height, band) => {
        this.bands.push({ y: this.height, height, ...band });
        this.height += height;
      };
      readings.forEach((reading, side) => {
        const label = isPair ? `surprise:\n${labelOf(reading)}` : "surprise";
        const color = side ? "rival" : "loss";
        const values = reading.surprises;
        add(BARS, { kind: "bars", values, reading, most: LONGEST_SURPRISE, color, label });
      });
      if (PROPERTIES[sort]) {
        const label = PROPERTY_NAMES[sort];
        add(PROPERTY, { kind: "bars", values: [], most: 1, color: "truth", label });
      }
      readings.forEach((reading, side) => {
        const { part, units } = rows[side];
        const head = isPair ? `${nameOf(reading)}: ${partName(part)}` : partName(part);
        add(HEAD, { label: head, isHead: true });
        const row = UNIT[control("units").value] ?? Math.ceil(ALL_UNITS / units.length);
        add(units.length * row, { kind: "heat", reading, row, side, ...rows[side] });
      });
    }

    // The lines of characters above the bands
    placeLines() {
      const { readings } = this.lab;
      const text = { y: -this.top, height: CHARS, label: "text" };
      const guesses = readings.map((reading, side) => ({
        y: CHARS - this.top + side * GUESSES,
        height: GUESSES,
        label: readings.length > 1 ? `guess: ${labelOf(reading)}` : "best guess",
      }));
      return [text, ...guesses];
    }

    // The words beside a band: one, or one for each of its rows
    name({ kind, y, height, label, isHead, units, scores, part, row }) {
      const at = (top, high, words, className = "") => {
        const name = make("span", { className }, words);
        Object.assign(name.style, {
          top: `${this.top + top}px`,
          height: `${high}px`,
          lineHeight: `${Math.min(high, 16)}px`,
        });
        return name;
      };
      if (kind !== "heat") return label ? [at(y, height, label, isHead ? "head" : "")] : [];
      if (row < LOWEST_NAMED) return [at(y, height, `${units.length} units`)];
      return units.map((unit, i) => {
        const score = PROPERTIES[this.order.sort] ? signed(scores[unit]) : "";
        return at(y + i * row, row, `${part.key}${unit} ${score}`);
      });
    }
  }

  Object.assign(HiddenState, { Rows });
})();
