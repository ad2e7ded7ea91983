// The plain cell on a word of three letters, with weights that the reader changes.
HiddenState.pieces.cell = (element) => {
  const LETTERS = ["d", "g", "o"];
  const PACE = 8; // points that a number is dragged for each step
  const { make, addProduct } = HiddenState;
  const word = element.querySelector("[name=word]");
  const inputs = element.querySelectorAll("[type=number]");
  const [head, ...lines] = element.querySelectorAll("tr");

  const weights = (name) =>
    Array.from(element.querySelectorAll(`[data-weights=${name}] input`), (input) =>
      Number(input.value),
    );

  // To four digits, without zeros at the end
  const digits = (number) => String(Number(number.toFixed(4)) + 0);

  element.querySelector("button").addEventListener("click", () => {
    for (const input of [word, ...inputs]) input.value = input.defaultValue;
    word.dispatchEvent(new Event("input", { bubbles: true }));
  });

  for (const input of inputs) {
    input.addEventListener("pointerdown", ({ clientX: from, pointerId }) => {
      const before = Number(input.value);
      const drag = ({ clientX }) => {
        if (Math.abs(clientX - from) < PACE) return;
        input.setPointerCapture(pointerId);
        input.value = (before + 0.1 * Math.round((clientX - from) / PACE)).toFixed(1);
        input.dispatchEvent(new Event("input", { bubbles: true }));
      };
      input.addEventListener("pointermove", drag);
      const stop = () => input.removeEventListener("pointermove", drag);
      for (const end of ["pointerup", "pointercancel"])
        input.addEventListener(end, stop, { once: true });
    });
  }

  return () => {
    const letters = [...word.value].filter((letter) => LETTERS.includes(letter));
    if (!letters.length) return "Type a word of the letters d, g and o.";
    const [W_xh, W_hh, b_h] = ["W_xh", "W_hh", "b_h"].map(weights);
    const tensors = { embed: [1, 0, 0, 0, 1, 0, 0, 0, 1], W_xh, W_hh, b_h, W_hy: [0, 0], b_y: [0] };
    for (const name in tensors) tensors[name] = { data: Float32Array.from(tensors[name]) };
    const config = { cell: "rnn", embed_size: 3, hidden_size: 2, num_layers: 1 };
    const model = HiddenState.build({ config, chars: LETTERS, tensors });
    let h = [0, 0];
    const columns = HiddenState.trace(model, model.encode(letters.join(""))).map(({ state }, t) => {
      const x = LETTERS.map((letter) => Number(letter === letters[t]));
      const fromLetter = addProduct([0, 0], x, W_xh);
      const fromSlate = addProduct([0, 0], h, W_hh);
      const sum = b_h.map((value, j) => fromLetter[j] + fromSlate[j] + value);
      h = [...state[0].h];
      return [fromLetter, fromSlate, b_h, sum, h];
    });
    head.replaceChildren(
      head.firstChild,
      ...letters.map((letter) => make("th", { textContent: letter, scope: "col" })),
    );
    lines.forEach((line, row) => {
      const cells = columns.map((column) => {
        const cell = make("td");
        const [first, second] = [...column[row]].map(digits);
        cell.append(first, make("br"), second);
        return cell;
      });
      line.replaceChildren(line.firstChild, ...cells);
    });
    return `After ${letters.join("")} the slate is (${h.map(digits).join(", ")}).`;
  };
};
