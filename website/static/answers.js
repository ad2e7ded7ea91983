// Answers that a reader types, to a prediction or an exercise: read as a number, and answered.
window.answers = {
  // The number in an answer: "0,25", "about 1/4" and "25 %" are one, and so are "20,000" and "2e4".
  read(said) {
    const plain = said
      .replace(/[−–]/g, "-")
      .replace(/(?<![\d.])[1-9]\d{0,2}(,\d{3})+(?!\d)/g, (number) => number.replaceAll(",", ""))
      .replace(/(\d),(?=\d)/g, "$1.");
    const found = plain.match(/(-?\d*\.?\d+(?:e[-+]?\d+)?)\s*(?:\/\s*(\d+))?\s*(%)?/i);
    if (!found) return Number.NaN;
    return Number(found[1]) / Number(found[2] ?? 1) / (found[3] ? 100 : 1);
  },

  // Whether there is exactly one number in it.
  isOne(said) {
    const rest = said.replace(/[−–]/g, "-").replace(/-?[\d.,]*\d(e[-+]?\d+)?(\s*\/\s*\d+)?/i, "");
    return !Number.isNaN(this.read(said)) && !/\d/.test(rest);
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
