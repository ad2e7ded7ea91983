// All numbers of a step: in a table to look at, and as CSV to copy or to download.
globalThis.HiddenState ??= {};
(() => {
  const { make, nameOf, see } = HiddenState;

  // A row for each unit of each layer, the last layer first: {layer, unit, isDrawn, values}. Units
  // that are drawn, of the layer that is, come first in their order.
  function rowsOf({ steps }, place, { units, part }) {
    const { state, gates } = steps[place];
    const last = state.length - 1;
    const drawn = Math.min(part.layer ?? last, last);
    const layers = [drawn, ...[...state.keys()].reverse().filter((layer) => layer !== drawn)];
    return layers.flatMap((layer) => {
      const columns = { ...state[layer], ...gates[layer] };
      const first = layer === drawn ? units : [];
      const rest = [...columns.h.keys()].filter((unit) => !first.includes(unit));
      return [...first, ...rest].map((unit) => {
        const values = Object.fromEntries(
          Object.entries(columns).map(([key, vector]) => [key, vector[unit]]),
        );
        return { layer, unit, isDrawn: first.includes(unit), values };
      });
    });
  }

  // A table of the rows: those that are drawn in one part, and the others under them in another
  function listNumbers(rows, name, place, isDeep) {
    const keys = Object.keys(rows[0].values);
    const words = isDeep ? ["layer", "unit", ...keys] : ["unit", ...keys];
    const line = ({ layer, unit, values }) =>
      make(
        "tr",
        {},
        ...(isDeep ? [make("td", {}, String(layer + 1))] : []),
        make("th", { scope: "row" }, String(unit)),
        ...keys.map((key) => make("td", {}, values[key].toFixed(4))),
      );
    const part = (some, title) =>
      some.length
        ? [
            make(
              "tbody",
              {},
              make(
                "tr",
                {},
                make(
                  "th",
                  { scope: "rowgroup", colSpan: words.length, className: "lab-part" },
                  title,
                ),
              ),
              ...some.map(line),
            ),
          ]
        : [];
    const drawn = rows.filter(({ isDrawn }) => isDrawn);
    const others = rows.filter(({ isDrawn }) => !isDrawn);
    return make(
      "table",
      {},
      make("caption", {}, `${name}, step ${place + 1}`),
      make("thead", {}, make("tr", {}, ...words.map((word) => make("th", { scope: "col" }, word)))),
      ...part(drawn, `the ${drawn.length} units in the picture`),
      ...part(others, `the other ${others.length}`),
    );
  }

  // The CSV of parts [{name, rows}]: what a network does not have stays empty.
  function asCsv(parts, place, char) {
    const keys = [...new Set(parts.flatMap(({ rows }) => Object.keys(rows[0].values)))];
    const quote = (words) => (/[",\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words);
    const lines = parts.flatMap(({ name, rows }) =>
      rows.map(({ layer, unit, isDrawn, values }) => {
        const numbers = keys.map((key) =>
          key in values ? String(Number(values[key].toPrecision(7))) : "",
        );
        return [
          quote(name),
          place + 1,
          quote(see(char)),
          layer + 1,
          unit,
          isDrawn ? "yes" : "no",
          ...numbers,
        ].join(",");
      }),
    );
    return [
      ["network", "step", "character", "layer", "unit", "drawn", ...keys].join(","),
      ...lines,
      "",
    ].join("\n");
  }

  class Numbers {
    constructor(lab) {
      this.lab = lab;
      this.details = lab.find(".lab-numbers");
      this.details.addEventListener("toggle", () => lab.update());
      lab.control("copy").addEventListener("click", () => this.copy());
      lab.control("download").addEventListener("click", () => this.download());
    }

    get isOpen() {
      return this.details.open;
    }

    // Of each network that has read so far
    at(place) {
      const { readings, rows } = this.lab;
      return readings.map((reading, side) => {
        const order = rows.order.rows[side];
        return { reading, name: nameOf(reading), rows: rowsOf(reading, place, order) };
      });
    }

    show(place) {
      const tables = this.at(place).map(({ reading, name, rows }) =>
        listNumbers(rows, name, place, reading.model.config.num_layers > 1),
      );
      this.lab.find(".lab-table").replaceChildren(...tables);
    }

    get hasRead() {
      return this.lab.readings[0]?.steps.length && this.lab.rows.order;
    }

    // Of the step that is looked at
    makeCsv() {
      const { place, readings } = this.lab;
      return asCsv(this.at(place), place, readings[0].chars[place]);
    }

    say(words) {
      this.lab.announcements.putAndAnnounce(".lab-taken", words);
    }

    async copy() {
      if (!this.hasRead) return;
      const step = this.lab.place + 1;
      const isCopied = await HiddenState.copyToClipboard(this.makeCsv());
      if (isCopied) this.say(`The numbers of step ${step} are copied.`);
      else this.say("The browser does not let this page copy. Download them instead.");
    }

    download() {
      if (!this.hasRead) return;
      const step = this.lab.place + 1;
      const address = URL.createObjectURL(new Blob([this.makeCsv()], { type: "text/csv" }));
      make("a", { href: address, download: `hidden_state_step_${step}.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      this.say(`The numbers of step ${step} are in a file.`);
    }
  }

  Object.assign(HiddenState, { Numbers });
})();
