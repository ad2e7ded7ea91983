// What happens, in sentences: at one step, and over the whole text.
globalThis.HiddenState ??= {};
(() => {
  const { capitalise, characterName, nameOf, percent, titleOf } = HiddenState;
  const QUOTED = 20; // characters before and at a step

  class Summary {
    constructor(lab) {
      this.lab = lab;
      lab.control("unit").addEventListener("change", () => lab.update());
    }

    // Nats in the unit that is chosen
    inUnit(nats) {
      const unit = this.lab.control("unit").value;
      return `${(unit === "bits" ? nats / Math.LN2 : nats).toFixed(2)} ${unit}`;
    }

    describeStep(place) {
      const { readings } = this.lab;
      const chars = readings[0].chars.slice(Math.max(0, place - QUOTED + 1), place + 1);
      const before = chars.join("").replaceAll("\n", "↵");
      const sentences = readings.map((reading, side) => {
        const [first, second] = reading.likeliest(place, 2);
        const who = readings.length > 1 ? `the ${nameOf(reading)}` : "the network";
        const start = side ? capitalise(who) : `After “${before}”, ${who}`;
        const likely = ({ char, chance }) => `${characterName(char)} with ${percent(chance)}`;
        const surprise = this.inUnit(reading.surprises[place]);
        const last = place ? ` Surprise of the last character: ${surprise}.` : "";
        return `${start} expects ${likely(first)}, then ${likely(second)}.${last}`;
      });
      return sentences.join(" ");
    }

    // The networks on the whole text
    compare() {
      const [first, second] = this.lab.readings;
      const count = first.ids.length - 1; // characters that somebody expected
      if (count < 1) return `${describeNetwork(first)}.`;
      if (first.name.startsWith("order_")) {
        const both = this.lab.readings.map(describeNetwork).join(". ");
        return `${both}. They were taught the answer after B alone: their surprise says nothing.`;
      }
      const surprise = (reading) => this.inUnit(reading.meanSurprise);
      const found = `${describeNetwork(first)}: mean surprise ${surprise(first)} a character.`;
      if (!second) return found;
      const known = first.surprises.slice(1);
      const less = known.filter((nats, i) => nats < second.surprises[i + 1]).length;
      return (
        `${found} ${describeNetwork(second)}: ${surprise(second)}. ` +
        `The first is less surprised at ${less} of ${count} characters of this text.`
      );
    }
  }

  function describeNetwork(reading) {
    const changed = reading.change ? ", memory changed" : "";
    return `${titleOf(reading)}, ${reading.model.config.hidden_size} units${changed}`;
  }

  Object.assign(HiddenState, { Summary });
})();
