// The five most likely next characters after the text in the field.
HiddenState.pieces.next = (element, _about, file) => {
  const { nameOf, percent, drawBars, encodeKnown } = HiddenState;
  const model = HiddenState.build(file);
  const { chars } = file;
  const field = element.querySelector("[name=text]");
  const list = element.querySelector("ol");
  let best = [];

  element.querySelector("button").addEventListener("click", () => {
    if (!best.length) return;
    field.value += chars[best[0]];
    field.scrollTop = field.scrollHeight;
    field.scrollLeft = field.scrollWidth;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  return () => {
    const { ids, warning } = encodeKnown(chars, field.value);
    if (!ids.length) {
      best = [];
      drawBars(list, [], []);
      return `Type a character that the network knows.${warning}`;
    }
    const shares = HiddenState.softmax(HiddenState.trace(model, ids).at(-1).logits);
    best = [...shares.keys()].sort((a, b) => shares[b] - shares[a] || a - b).slice(0, 5);
    const five = best.map((id) => shares[id]);
    drawBars(
      list,
      best.map((id) => chars[id]),
      five,
    );
    const [first, second] = best.map((id, n) => `${nameOf(chars[id])} with ${percent(five[n])}`);
    return `Most likely next: ${first}, then ${second}.${warning}`;
  };
};
