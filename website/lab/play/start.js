// Wakes a piece when the reader first turns to it: what it needs is loaded then, and not before.
globalThis.HiddenState ??= {};
(function () {
  const FOLDER = new URL("../", document.currentScript.src);
  const SILENCE = 300; // milliseconds without a change, after which the sentence is said
  const loaded = {};
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

  // A piece is a function of its element, what the page says about it and the file of its model. It
  // returns another, which shows the piece as its controls stand now, and returns a sentence on it.
  async function wake(element) {
    const about = JSON.parse(element.dataset.play), words = element.querySelector(".play-said");
    let timer;
    const say = (sentence) => {
      clearTimeout(timer);
      timer = setTimeout(() => (words.textContent = sentence), SILENCE);
    };
    say("The network is being loaded.");
    try {
      await Promise.all(about.scripts.map(load));
      const file = about.model && (await HiddenState.fetch(about.model));
      const show = HiddenState.pieces[about.piece](element, about, file);
      const update = () => say(show());
      element.addEventListener("input", update);
      update();
      element.dataset.awake = "";
    } catch ({ message }) {
      say(message[0].toUpperCase() + message.slice(1));
    }
  }

  for (const element of document.querySelectorAll("[data-play]")) {
    let isAwake = false;
    const first = () => {
      if (!isAwake) wake(element);
      isAwake = true;
    };
    for (const event of ["focusin", "pointerdown", "input"]) element.addEventListener(event, first);
  }

  // What the pieces share

  const seen = (char) => ({ " ": "␣", "\n": "⏎" })[char] ?? char;
  const named = (char) => ({ " ": "a space", "\n": "a line break" })[char] ?? `‘${char}’`;
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
      const [name, , shown] = row.children, share = shares[n] ?? 0;
      row.style.setProperty("--share", share);
      name.textContent = seen(chars[n] ?? "–");
      shown.textContent = share ? percent(share) : "cut";
    });
  }

  // The ids of a text, without the characters that the model does not know, and what to say of these
  function encode(chars, text) {
    const known = [], strange = new Set();
    for (const char of text) (chars.includes(char) ? known : (strange.add(char), [])).push(char);
    const [first, ...more] = [...strange].map(named);
    const isOne = !more.length;
    const said = first
      ? ` It has never met ${[first, ...more].join(", ")}, and ${isOne ? "this is" : "these are"} left out.`
      : "";
    return { ids: known.map((char) => chars.indexOf(char)), known, said };
  }

  Object.assign(HiddenState, { seen, named, percent, make, drawBars, encodeKnown: encode });
})();
