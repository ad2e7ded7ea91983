// What the page says in sentences: errors, notes, and the one live region of a screen reader.
globalThis.HiddenState ??= {};
(() => {
  const { make } = HiddenState;

  class Announcements {
    constructor(lab) {
      this.find = lab.find;
    }

    // Whether these words are new there
    put(selector, words) {
      const element = this.find(selector);
      const isNew = element.textContent !== words;
      if (isNew) element.textContent = words;
      return isNew;
    }

    // To a screen reader: the page has one live region, so that an action is answered once.
    announce(words) {
      this.put(".lab-said", words.replaceAll("↵", " line break ").replaceAll("␣", " space "));
    }

    // Seen in one place, and announced
    putAndAnnounce(selector, words) {
      this.put(selector, words);
      this.announce(words);
    }

    // What is wrong, in a sentence, with a button that mends it where there is one; no sentence
    // takes the last one away.
    showError(sentence = "", button = null) {
      const parts = sentence ? [make("p", {}, sentence.replace(/^the /, "The "))] : [];
      if (button) parts.push(button);
      this.find(".lab-fault").replaceChildren(...parts);
    }
  }

  Object.assign(HiddenState, { Announcements });
})();
