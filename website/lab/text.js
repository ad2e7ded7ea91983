// The text of the page: read as it stands whenever it is edited, by the networks that are chosen;
// and what is said of a text that holds a character which a network does not know.
globalThis.HiddenState ??= {};
(() => {
  const { Reading, make, nameOf, see } = HiddenState;
  const WRITTEN = 120; // characters of a text that a network offers to write

  class Text {
    constructor(lab) {
      this.lab = lab;
      this.field = lab.find("textarea");
      this.opening = this.field.value;
      this.field.addEventListener("input", () => {
        this.read();
        const isAtEnd = this.field.selectionEnd === this.field.value.length;
        if (isAtEnd && lab.readings.length) lab.go(lab.readings[0].ids.length - 1);
      });
    }

    get value() {
      return this.field.value;
    }

    set value(text) {
      this.field.value = text;
    }

    // Read the text as it stands, with the networks that are chosen; nothing changes if one of them
    // cannot.
    read() {
      const { lab } = this;
      const { networks, readings, rows } = lab;
      const names = networks.chosen;
      const models = names.map((name) => networks.models.get(name));
      if (!models.every(Boolean)) return;
      lab.writing.reset();
      if (models.some((model) => this.unknownTo(model) !== undefined)) {
        return this.refuse(names, models);
      }
      lab.announcements.showError();
      const change = readings[0]?.change;
      const isOther = readings[0]?.model !== models[0];
      readings.length = models.length;
      models.forEach((model, side) => {
        if (readings[side]?.model !== model) readings[side] = new Reading(model, names[side]);
        readings[side].setText(model.encode(this.value));
      });
      if (change && !readings[0].change) lab.intervention.noteLoss(change, isOther);
      rows.keepOrderIf(this.value, models);
      rows.listParts();
      lab.chosen = Math.max(0, Math.min(lab.chosen, readings[0].ids.length - 1));
      lab.update();
    }

    // The first character that a model does not know
    unknownTo(model) {
      return Array.from(this.value).find((char) => !model.chars.includes(char));
    }

    // What was read before stays, and the menus name who reads it.
    refuse(names, models) {
      const side = models.findIndex((model) => this.unknownTo(model) !== undefined);
      this.lab.networks.showReaders();
      const isTyped = this.lab.readings.some(({ model }) => this.unknownTo(model) !== undefined);
      if (isTyped) this.refuseCharacter(models[side], names[side]);
      else this.refuseNetwork(models[side], names[side]);
    }

    // A character was typed that a network which reads does not know.
    refuseCharacter(model, name) {
      const { readings, announcements } = this.lab;
      const char = this.unknownTo(model);
      const place = Array.from(this.value).indexOf(char) + 1;
      const isKnown = (one) => readings.every((reading) => reading.model.chars.includes(one));
      const leaveOut = () => Array.from(this.value).filter(isKnown).join("");
      announcements.showError(
        `The ${nameOf({ model, name })} does not know “${char}”, character ${place} of the text. ` +
          "The picture shows the text before it.",
        this.offer("Leave out what it does not know", leaveOut),
      );
    }

    // A network was chosen that does not know the characters of the text.
    refuseNetwork(model, name) {
      const { readings, announcements, networks } = this.lab;
      const [first, second] = networks.menus;
      const shown = nameOf({ model, name });
      const readers = readings.map((reading) => `the ${nameOf(reading)}`).join(" and ");
      announcements.showError(
        `${shown} knows only these ${model.chars.length} characters: ` +
          `${model.chars.map(see).join(" ")}. ` +
          `The text holds others, such as “${see(this.unknownTo(model))}”, ` +
          `so ${readers} still read${readings.length > 1 ? "" : "s"} it.`,
        this.offer(`Let ${shown} write a text to read`, () => {
          [first.value, second.value] = [name, ""];
          return writeText(model, name);
        }),
      );
    }

    // A button that replaces the text
    offer(words, replace) {
      const button = make("button", { type: "button" }, words);
      button.addEventListener("click", () => {
        this.value = replace();
        this.field.focus();
        this.read();
      });
      return button;
    }
  }

  // A text by a network itself, of characters that it knows
  function writeText(model, name) {
    const reading = new Reading(model, name);
    const random = HiddenState.generator(0);
    reading.setText([Math.max(model.chars.indexOf("\n"), 0)]);
    reading.advance();
    while (reading.ids.length < WRITTEN) {
      reading.write({ temperature: 0.8 }, random);
      reading.advance();
    }
    return reading.chars.join("").replace(/^\n/, "");
  }

  Object.assign(HiddenState, { Text });
})();
