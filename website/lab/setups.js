// A setup: a text, who reads it and the step to look at, by a link or by a button of the page; a
// button with an id is pressed by a link to it.
globalThis.HiddenState ??= {};
(() => {
  const { NETWORKS, nameOf } = HiddenState;
  const LONGEST_LINK = 2000; // characters of a link that every program keeps whole

  class Setups {
    constructor(lab) {
      this.lab = lab;
      lab.control("link").addEventListener("click", () => this.copyLink());
      addEventListener("hashchange", () => this.followLink());
      for (const button of document.querySelectorAll("[data-try]")) {
        button.addEventListener("click", () => this.prepare(JSON.parse(button.dataset.try)));
      }
    }

    // Read a text (else that of the page); once it is read, look at the step and go on with `then`.
    begin({ text, first = "lstm", second = "", step }, then) {
      const { lab } = this;
      lab.readings[0]?.setNumber(null);
      lab.text.value = text ?? lab.text.opening;
      [lab.networks.menus[0].value, lab.networks.menus[1].value] = [first, second];
      lab.planned = () => {
        lab.control("part").selectedIndex = 0;
        lab.rows.sort();
        lab.chosen = step - 1;
        lab.strip.mustShow = true;
        then();
      };
      lab.networks.choose();
    }

    // As a button says in its data; then a number is set, or the network writes.
    prepare({ sort = "column", unit, value, place, temperature, ...start }) {
      const { control, find, intervention, strip, writing } = this.lab;
      control("sort").value = sort;
      this.begin(start, () => {
        intervention.details.open = place !== undefined;
        if (unit !== undefined) control("number").value = unit;
        if (place !== undefined) {
          const number = unit === undefined ? {} : { key: "c", unit, value };
          intervention.set({ place: place - 1, ...number });
        }
        if (temperature !== undefined) {
          control("temperature").value = temperature;
          control("seed").value = 0;
          writing.start();
        }
        find(".lab-frame").scrollIntoView();
        strip.element.focus({ preventScroll: true });
      });
    }

    // --- links ---------------------------------------------------------------------------------

    async copyLink() {
      const { lab } = this;
      lab.writing.pause();
      const say = (words) => lab.announcements.putAndAnnounce(".lab-linked", words);
      const file = lab.networks.chosen.find((name) => lab.networks.files.has(name));
      if (file) {
        return say(
          `A link cannot hold ${file}, which stays on this computer. ` +
            "Choose networks of this page, and copy again.",
        );
      }
      const text = lab.text.value;
      if (!text || text !== lab.readings[0]?.chars.join("")) {
        return say("A link holds a text that the network has read. Mend the text first.");
      }
      const [first, second] = lab.networks.menus.map(({ value }) => value);
      const hash = HiddenState.writeLink({ text, first, second, step: lab.chosen + 1 });
      history.replaceState(null, "", `#${hash}`);
      say(this.describeLink(await HiddenState.copyToClipboard(location.href)));
    }

    describeLink(isCopied) {
      const { chosen, readings } = this.lab;
      const size = location.href.length;
      let words = isCopied
        ? "The link is copied"
        : "The browser does not let this page copy, but the link stands in the address bar";
      words += `: it holds the text, who reads it and step ${chosen + 1}`;
      words += readings[0].change ? ", and not the change of the memory." : ".";
      if (size > LONGEST_LINK) {
        words +=
          ` With ${size.toLocaleString("en")} characters it is long, and some programs cut such ` +
          "links short; a shorter text makes a shorter link.";
      }
      if (location.protocol === "file:") {
        words += " It opens on this computer alone, for the page was opened from a folder.";
      }
      return words;
    }

    // Begin with what the address asks for, by a link or by the id of a button, or else
    // with the text of the page; true if it asks.
    async followLink() {
      const { announcements, element, networks, text } = this.lab;
      const named = document.getElementById(location.hash.slice(1));
      if (named?.dataset.try) {
        this.prepare(JSON.parse(named.dataset.try));
        return true;
      }
      let setup = null;
      let error = "";
      try {
        setup = HiddenState.readLink(location.hash, Object.keys(NETWORKS), text.opening);
        if (!setup) return false;
        networks.menus[0].value = setup.first ?? "lstm";
        networks.menus[1].value = setup.second ?? "";
        if (!(await networks.load())) return true;
        this.checkCharacters(setup.text ?? text.opening);
      } catch ({ message }) {
        setup = {};
        error =
          `The link cannot be followed, because ${message}. ` +
          "Here is the text of the page instead.";
      }
      const step = setup.text ? setup.text.length : Number(element.dataset.lab) + 1;
      this.begin({ step, ...setup }, () => error && announcements.showError(error));
      return true;
    }

    // An error if a network that is chosen does not know a character of the text
    checkCharacters(text) {
      const { models, chosen } = this.lab.networks;
      for (const name of chosen) {
        const model = models.get(name);
        const place = Array.from(text).findIndex((char) => !model.chars.includes(char));
        if (place < 0) continue;
        throw new Error(
          `the ${nameOf({ model, name })} does not know “${Array.from(text)[place]}”, ` +
            `character ${place + 1} of its text`,
        );
      }
    }
  }

  Object.assign(HiddenState, { Setups });
})();
