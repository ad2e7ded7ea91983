// What networks, the parts of a state and characters are called on the page.
globalThis.HiddenState ??= {};
(() => {
  const CELLS = { lstm: "LSTM", gru: "GRU", rnn: "plain RNN" };
  const NETWORKS = {
    lstm: "LSTM",
    gru: "GRU",
    rnn: "plain RNN",
    untrained: "untrained LSTM",
    large: "large LSTM, 1.7 MB",
    writer_shakespeare: "small LSTM",
    writer_python: "LSTM of Python",
    writer_tunes: "LSTM of tunes",
    writer_names: "LSTM of names",
    writer_openings: "LSTM of chess",
  };
  const PARTS = {
    h: "hidden state h",
    c: "cell state c",
    i: "input gate i",
    f: "forget gate f",
    o: "output gate o",
    z: "update gate z",
    r: "reset gate r",
  };
  const GATES = "ifozr";
  const PROPERTY_NAMES = {
    column: "column",
    word: "place in word",
    inside: "in a word",
    name: "in a name",
    change: "changes",
    "": "",
  };
  const CHARACTERS = { " ": "a space", "\n": "a line break" };
  // where there is little room
  const LABELS = {
    untrained: "untrained",
    large: "large LSTM",
    writer_python: "of Python",
    writer_tunes: "of tunes",
    writer_names: "of names",
    writer_openings: "of chess",
  };
  const LONGEST_LABEL = 12; // characters
  for (const length of [30, 100, 200]) {
    for (const cell of ["lstm", "rnn"]) {
      NETWORKS[`order_${length}_${cell}`] = `${CELLS[cell]} of order ${length}`;
      LABELS[`order_${length}_${cell}`] = CELLS[cell];
    }
  }

  // The name of a network, as in a sentence
  const nameOf = ({ model, name }) =>
    (NETWORKS[name] ?? name).replace(/, .*/, "") || CELLS[model.config.cell];

  const capitalise = (words) => words[0].toUpperCase() + words.slice(1);

  // The name at the start of a sentence; that of a file stays as it is.
  const titleOf = (reading) =>
    reading.name in NETWORKS ? capitalise(nameOf(reading)) : nameOf(reading);

  function labelOf(reading) {
    const label = LABELS[reading.name] ?? nameOf(reading).replace(/\.safetensors$/, "");
    return label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
  }

  const partName = ({ key, layer }) => PARTS[key] + (layer === null ? "" : `, layer ${layer + 1}`);
  const characterName = (char) => CHARACTERS[char] ?? `“${char}”`;
  const signed = (number) => number.toFixed(2).replace("-", "−");

  Object.assign(HiddenState, { NETWORKS, PARTS, GATES, PROPERTY_NAMES });
  Object.assign(HiddenState, { nameOf, capitalise, titleOf, labelOf, partName, characterName });
  Object.assign(HiddenState, { signed });
})();
