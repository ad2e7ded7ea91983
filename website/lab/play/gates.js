// The gates of one unit, and what is in its cell, while the text in the field is read.
HiddenState.pieces.gates = (element, _about, file) => {
  const { make, nameOf, encodeKnown } = HiddenState;
  const model = HiddenState.build(file);
  const grid = element.querySelector(".play-grid");
  const names = [...grid.querySelectorAll("b")].map((name) => name.textContent);
  const [field, place, unit] = element.querySelectorAll("input");
  let before = field.defaultValue;

  return () => {
    const { ids, known, warning } = encodeKnown(file.chars, field.value);
    grid.replaceChildren();
    if (!ids.length) return `Type a character that the network knows.${warning}`;
    place.max = ids.length;
    if (field.value !== before) place.value = ids.length; // what was typed last
    before = field.value;
    const t = Number(place.value) - 1;
    const u = Number(unit.value) - 1;
    for (const input of [place, unit]) input.nextElementSibling.textContent = input.value;
    place.setAttribute("aria-valuetext", `${t + 1} of ${ids.length}, ${nameOf(known[t])}`);
    const steps = HiddenState.trace(model, ids).map(({ gates: [{ f, i, o }], state: [{ c }] }) =>
      [f, i, o, c].map((values) => values[u]),
    );
    grid.style.setProperty("--steps", ids.length);
    const heads = known.map((char, n) =>
      make("span", { textContent: char, className: n === t ? "char now" : "char" }),
    );
    grid.append(make("b", { textContent: names[0] }), ...heads);
    names.slice(1).forEach((name, row) => {
      const cells = steps.map((values) =>
        make("i", {
          className: row < 3 ? "gate" : values[row] < 0 ? "minus" : "plus",
          share: Math.min(Math.abs(values[row]), 1),
        }),
      );
      grid.append(make("b", { textContent: name }), ...cells);
    });
    const scroller = grid.parentElement;
    const now = heads[t];
    scroller.scrollLeft = now.offsetLeft + now.offsetWidth / 2 - scroller.clientWidth / 2;
    const [f, i, , c] = steps[t].map((value) => value.toFixed(2));
    return (
      `Step ${t + 1} of ${ids.length} reads ${nameOf(known[t])}. ` +
      `In unit ${u + 1} the forget gate stands at ${f} and the input gate at ${i}, ` +
      `and then ${c} is in the cell.${warning}`
    );
  };
};
