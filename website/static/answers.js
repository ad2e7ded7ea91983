// Answers that a reader types, to a prediction or an exercise: read as a number, and answered.
window.answers = {
  // What a reader typed, with numbers as JavaScript writes them: "0,25", "20,000", "47 058", "- 3".
  plain(said) {
    return said
      .replace(/[−–]/g, "-")
      .replace(/^.*=/s, "")
      .replace(/^\s*(?:-|minus)\s+(?=[\d.])/i, "-")
      .replace(/(?<![\d.])[1-9]\d{0,2}([,\s]\d{3})+(?!\d)/g, (number) => number.replace(/\D/g, ""))
      .replace(/(\d),(?=\d)/g, "$1.");
  },

  // The number in an answer: "0,25", "about 1/4" and "25 %" are one, and so are "20,000" and "2e4".
  read(said) {
    const found = this.plain(said).match(/(-?\d*\.?\d+(?:e[-+]?\d+)?)\s*(?:\/\s*(\d+))?\s*(%)?/i);
    if (!found) return Number.NaN;
    return Number(found[1]) / Number(found[2] ?? 1) / (found[3] ? 100 : 1);
  },

  // Whether there is exactly one number in it, and no formula.
  isOne(said) {
    const rest = this.plain(said).replace(/-?[\d.,]*\d(e[-+]?\d+)?(\s*\/\s*\d+)?/i, "");
    return !Number.isNaN(this.read(said)) && !/\d|\^|\w\(/.test(rest);
  },

  // Put words into an element; what stands between backticks is code.
  say(element, words) {
    element.replaceChildren(
      ...words.split("`").map((part, number) => {
        if (number % 2 === 0) return part;
        return Object.assign(document.createElement("code"), { textContent: part });
      }),
    );
  },
};
