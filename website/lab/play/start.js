// Starts a piece when the reader first turns to it: what it needs is loaded then, and not before.
globalThis.HiddenState ??= {};
(() => {
  const FOLDER = new URL("../", document.currentScript.src);
  const SILENCE = 300; // milliseconds without a change, after which the sentence is said
  const loaded = {};
  const pressed = new Map(); // {piece: its button that was pressed while it was being loaded}
  HiddenState.pieces = {};

  function load(name) {
    loaded[name] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const sentence = "a part of this page could not be loaded. Load the page again.";
      Object.assign(script, { src: new URL(`${name}.js`, FOLDER).href, async: false });
      Object.assign(script, { onload: resolve, onerror: () => reject(new Error(sentence)) });
      document.head.append(script);
    });
    return loaded[name];
  }

  // A piece is a function of its element, what the page says about it, the file of its model and
  // `say`, by which it speaks later. It returns another, which shows the piece as its controls
  // stand now, and returns a sentence on it.
  async function start(element) {
    const about = JSON.parse(element.dataset.play);
    const words = element.querySelector(".play-said");
    let timer;
    const say = (sentence) => {
      clearTimeout(timer);
      timer = setTimeout(() => (words.textContent = sentence), SILENCE);
    };
    say("The network is being loaded.");
    try {
      await Promise.all(about.scripts.map(load));
      const file = about.model && (await HiddenState.fetch(about.model));
      const show = HiddenState.pieces[about.piece](element, about, file, say);
      const update = () => {
        const sentence = show();
        if (sentence) say(sentence);
      };
      element.addEventListener("input", update);
      update();
      element.dataset.awake = "";
      pressed.get(element)?.click();
    } catch ({ message }) {
      say(message[0].toUpperCase() + message.slice(1));
    }
  }

  for (const element of document.querySelectorAll("[data-play]")) {
    let hasStarted = false;
    const first = () => {
      if (!hasStarted) start(element);
      hasStarted = true;
    };
    element.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button && !("awake" in element.dataset)) pressed.set(element, button);
    });
    for (const event of ["focusin", "pointerdown", "input"]) element.addEventListener(event, first);
  }

  // What the pieces share

  const see = (char) => ({ " ": "␣", "\n": "⏎" })[char] ?? char;
  const nameOf = (char) => ({ " ": "a space", "\n": "a line break" })[char] ?? `‘${char}’`;
  const percent = (share) => `${(100 * share).toFixed(1)} %`;

  // An element of this kind with these properties, and with `share` to be shaded or drawn by
  function make(kind, { share, ...properties } = {}) {
    const element = Object.assign(document.createElement(kind), properties);
    if (share !== undefined) element.style.setProperty("--share", share);
    return element;
  }

  // The bars of a list; what can never be drawn is cut
  function drawBars(list, chars, shares) {
    [...list.children].forEach((row, n) => {
      const [name, , shown] = row.children;
      const share = shares[n] ?? 0;
      row.style.setProperty("--share", share);
      name.textContent = see(chars[n] ?? "–");
      shown.textContent = share ? percent(share) : "cut";
    });
  }

  // The characters of a text that the model knows, their ids, and a sentence on the others
  function encodeKnown(chars, text) {
    const known = [...text].filter((char) => chars.includes(char));
    const unknown = [...new Set(text)].filter((char) => !chars.includes(char)).map(nameOf);
    const are = unknown.length > 1 ? "these are" : "this is";
    const warning = unknown.length
      ? ` It has never met ${unknown.join(", ")}, and ${are} left out.`
      : "";
    return { ids: known.map((char) => chars.indexOf(char)), known, warning };
  }

  Object.assign(HiddenState, { see, nameOf, percent, make, drawBars, encodeKnown });
})();
