// All numbers of a step, in a table to look at and as values between commas for other programs.
globalThis.HiddenState ??= {};
(function () {
  const { make, see } = HiddenState;

  // A row for each unit of each layer, the last layer first: {layer, unit, isDrawn, values}. Units
  // that are drawn, of the layer that is, come first in their order.
  function rowsOf({ steps }, place, { units, part }) {
    const { state, gates } = steps[place], last = state.length - 1, drawn = Math.min(part.layer ?? last, last);
    const layers = [drawn, ...[...state.keys()].reverse().filter((layer) => layer !== drawn)];
    return layers.flatMap((layer) => {
      const columns = { ...state[layer], ...gates[layer] }, first = layer === drawn ? units : [];
      const rest = [...columns.h.keys()].filter((unit) => !first.includes(unit));
      return [...first, ...rest].map((unit) => {
        const values = Object.fromEntries(Object.entries(columns).map(([key, vector]) => [key, vector[unit]]));
        return { layer, unit, isDrawn: first.includes(unit), values };
      });
    });
  }

  // A table of the rows: those that are drawn in one part, and the others under them in another
  function listNumbers(rows, name, place, isDeep) {
    const keys = Object.keys(rows[0].values), words = isDeep ? ["layer", "unit", ...keys] : ["unit", ...keys];
    const line = ({ layer, unit, values }) => make(
      "tr", {},
      ...(isDeep ? [make("td", {}, String(layer + 1))] : []),
      make("th", { scope: "row" }, String(unit)),
      ...keys.map((key) => make("td", {}, values[key].toFixed(4))),
    );
    const part = (some, title) => (some.length ? [make(
      "tbody", {},
      make("tr", {}, make("th", { scope: "rowgroup", colSpan: words.length, className: "lab-part" }, title)),
      ...some.map(line),
    )] : []);
    const drawn = rows.filter(({ isDrawn }) => isDrawn), others = rows.filter(({ isDrawn }) => !isDrawn);
    return make(
      "table", {},
      make("caption", {}, `${name}, step ${place + 1}`),
      make("thead", {}, make("tr", {}, ...words.map((word) => make("th", { scope: "col" }, word)))),
      ...part(drawn, `the ${drawn.length} units in the picture`),
      ...part(others, `the other ${others.length}`),
    );
  }

  // Values between commas, of parts [{name, rows}]: what a network does not have stays empty.
  function asCsv(parts, place, char) {
    const keys = [...new Set(parts.flatMap(({ rows }) => Object.keys(rows[0].values)))];
    const quote = (words) => (/[",\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words);
    const lines = parts.flatMap(({ name, rows }) => rows.map(({ layer, unit, isDrawn, values }) => {
      const numbers = keys.map((key) => (key in values ? String(Number(values[key].toPrecision(7))) : ""));
      return [quote(name), place + 1, quote(see(char)), layer + 1, unit, isDrawn ? "yes" : "no", ...numbers].join(",");
    }));
    return [["network", "step", "character", "layer", "unit", "drawn", ...keys].join(","), ...lines, ""].join("\n");
  }

  Object.assign(HiddenState, { rowsOf, listNumbers, asCsv });
})();
