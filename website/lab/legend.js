// What the picture shows, in words: the colours of the rows, and in which order they stand.
globalThis.HiddenState ??= {};
(() => {
  const { GATES, PARTS, PROPERTIES, PROPERTY_NAMES, correlation, nameOf, signed } = HiddenState;
  const LEAST_NEW = 40; // characters since the units were sorted, for a correlation on them
  const CAUTION =
    " A bright row need not be used: what a unit shows and what the network does with it are two " +
    "things, and chapter 13, See what the hidden state knows, tests the second.";

  class Legend {
    constructor(lab) {
      this.lab = lab;
    }

    describe() {
      const { find, rows } = this.lab;
      const [{ part }] = rows.order.rows;
      const isGate = GATES.includes(part.key);
      const [low, high] = find(".lab-scale").querySelectorAll("span");
      low.textContent = isGate ? "0, shut" : "below 0";
      high.textContent = isGate ? "1, open" : "above 0 (its row’s largest)";
      find(".lab-scale").classList.toggle("gate", isGate);
      find(".lab-rows").textContent = this.describeRows(part, isGate);
      find(".lab-sorted").replaceChildren(...this.describeOrder());
    }

    describeRows(part, isGate) {
      const { readings, rows } = this.lab;
      const drawn = readings.map(({ model }, side) => {
        return `${rows.order.rows[side].units.length} of the ${model.config.hidden_size} units`;
      });
      const color = isGate
        ? "no colour where it is shut, red where it is open"
        : "red above 0, blue below, full colour at the row’s largest number";
      const units = [...new Set(drawn)].join(" and ");
      return `${PARTS[part.key]} of ${units}, a row each: ${color}.${this.describeCorrelations()}`;
    }

    // Of the first rows; nothing where the rows are sorted by no property that varies
    describeCorrelations() {
      const { readings, rows } = this.lab;
      const { sort } = rows.order;
      const best = rows.order.rows.map(({ units, scores }) => scores[units[0]]);
      if (!PROPERTIES[sort] || !best[0]) return "";
      const firsts = readings.map((reading, side) => {
        return signed(best[side]) + (readings[1] ? ` in the ${nameOf(reading)}` : "");
      });
      return (
        " The number beside a unit is its correlation with the grey row, the " +
        `${PROPERTY_NAMES[sort]}; the first has ${firsts.join(" and ")}.`
      );
    }

    describeOrder() {
      const { sort, count, rows } = this.lab.rows.order;
      const [{ units, scores, part }] = rows;
      if (!PROPERTIES[sort]) {
        const words = sort
          ? "The rows that change most from one character to the next come first."
          : "The rows stand in the order of the file, which means nothing.";
        return [words, CAUTION];
      }
      const score = scores[units[0]];
      if (!score) {
        return [
          "Sorted by nothing: this does not vary in this text. Type a text in which it does.",
        ];
      }
      const found =
        `Look for rows that copy the grey one (${PROPERTY_NAMES[sort]}) above them. Numbers are ` +
        `correlations with it on the first ${count} characters of this text; ` +
        `${part.key}${units[0]} comes closest, r = ${signed(score)}. Being the best of ` +
        `${scores.length} on the very text that chose it, it flatters.`;
      return [found + this.describeNewText(units[0], part), CAUTION];
    }

    // The correlation of the best unit on what was read since it was found
    describeNewText(unit, part) {
      const [reading] = this.lab.readings;
      const { sort, count } = this.lab.rows.order;
      const rest = reading.steps.length - count;
      if (rest < LEAST_NEW) return " Let it write on, and the number on new text appears here.";
      const property = PROPERTIES[sort](reading.chars).slice(count, count + rest);
      const values = property.map((_, i) => reading.part(count + i, part)[unit]);
      const r = signed(correlation(values, property));
      return ` On the ${rest} characters since, which had no say: r = ${r}.`;
    }
  }

  Object.assign(HiddenState, { Legend });
})();
