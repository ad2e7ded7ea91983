// A network writes on from the text in the field, character by character, in the page.
HiddenState.pieces.writer = (element, { length }, file, say) => {
  const PACE = 16; // milliseconds a character
  const { encodeKnown } = HiddenState;
  const find = (name) => element.querySelector(`[name=${name}]`);
  const [menu, field, slider, button] = ["model", "text", "temperature", "write"].map(find);
  const sheet = element.querySelector(".play-written");
  const [begun, written] = sheet.children;
  const link = element.querySelector(".play-note a");
  const files = { [menu.value]: file };
  let { chars } = file;
  let seed = 0;
  let run = 0; // counts the runs, so that an earlier one stops when another begins
  let isStale = false; // what stands there was written by other settings

  const temperature = () => Number(slider.value);
  const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const describe = (count) =>
    `It has written ${count} characters, at a temperature of ${temperature().toFixed(1)} ` +
    `and with seed ${seed}.`;

  // A function that returns the next character each time
  function begin(network, ids) {
    const model = HiddenState.build(network);
    const random = HiddenState.generator(seed);
    let now = { state: model.start() };
    for (const id of ids) now = model.step(id, now.state);
    return () => {
      const id = HiddenState.pick(now.logits, { temperature: temperature() }, random);
      now = model.step(id, now.state);
      return network.chars[id];
    };
  }

  function stop() {
    run++;
    button.textContent = "Write";
  }

  async function write() {
    const mine = ++run;
    const name = menu.value;
    button.textContent = "Stop";
    if (!(name in files)) say("The network is being loaded.");
    try {
      files[name] ??= await HiddenState.fetch(name);
    } catch ({ message }) {
      stop();
      return say(message[0].toUpperCase() + message.slice(1));
    }
    if (mine !== run) return;
    ({ chars } = files[name]);
    const { ids, known, warning } = encodeKnown(chars, field.value);
    if (!ids.length) {
      stop();
      return say(`Type a character that the network knows.${warning}`);
    }
    const next = begin(files[name], ids);
    begun.textContent = known.join("");
    written.textContent = "";
    isStale = false;
    say(`Writing.${warning}`);
    const start = performance.now();
    let count = 0;
    function go() {
      if (mine !== run) return;
      const due = isStill() ? length : (performance.now() - start) / PACE;
      let more = "";
      for (; count < Math.min(due, length); count++) more += next();
      written.textContent += more;
      sheet.scrollTop = sheet.scrollHeight;
      showLink();
      if (count < length) return requestAnimationFrame(go);
      stop();
      say(describe(count) + warning);
    }
    go();
  }

  // The lab, with this network, and with what stands here as its text
  function showLink() {
    const text = begun.textContent + written.textContent;
    const step = Array.from(begun.textContent).length;
    const hash = HiddenState.writeLink({ text, first: menu.value, second: "", step });
    link.href = `${link.href.split("#")[0]}#${hash}`;
  }

  button.addEventListener("click", () => {
    if (button.textContent === "Write") return write();
    stop();
    say(describe(Array.from(written.textContent).length));
  });
  find("seed").addEventListener("click", () => {
    seed++;
    write();
  });
  menu.addEventListener("input", () => {
    field.value = menu.selectedOptions[0].dataset.begin;
    write();
  });
  for (const control of [field, slider]) {
    control.addEventListener("input", () => {
      stop();
      isStale = true;
    });
  }
  showLink();

  return () => {
    slider.nextElementSibling.textContent = temperature().toFixed(1);
    slider.setAttribute("aria-valuetext", temperature().toFixed(1));
    if (button.textContent === "Stop") return null; // the writing speaks for itself
    return isStale ? "Press Write, and it begins anew." : describe(length);
  };
};
