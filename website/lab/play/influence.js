// How strongly each character acts on the loss at the last, before and after training.
HiddenState.pieces.influence = (element, _about, file) => {
  const BACK = 10;
  const { make, see, percent, encodeKnown } = HiddenState;
  const files = [HiddenState.untrained(file.config, 0, file.chars), file];
  const models = files.map(HiddenState.build);
  const field = element.querySelector("textarea");
  const rows = element.querySelectorAll(".play-text");

  return () => {
    const { ids, known, warning } = encodeKnown(file.chars, field.value);
    if (ids.length < 2) return `Type at least two characters that the network knows.${warning}`;
    const back = models.map((model, row) => {
      const norms = HiddenState.influence(model, ids.slice(0, -1), ids.length - 2, ids.at(-1));
      const most = Math.max(...norms);
      const sum = (values) => values.reduce((a, b) => a + b, 0);
      const parts = [...norms].map((norm, n) =>
        make("span", { textContent: see(known[n]), share: norm / most }),
      );
      rows[row].replaceChildren(
        ...parts,
        make("span", { textContent: see(known.at(-1)), className: "asked" }),
      );
      return sum(norms.slice(0, -BACK)) / sum(norms);
    });
    return (
      `More than ten characters back lies ${percent(back[0])} of the influence before training, ` +
      `and ${percent(back[1])} after it.${warning}`
    );
  };
};
