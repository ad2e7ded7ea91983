// A link that holds a text, who reads it and a step: all of it after the #, which no server gets.
globalThis.HiddenState ??= {};
(() => {
  const KEYS = ["of", "first", "second", "step", "text"];
  const LONGEST = 4000;
  const count = (text) => Array.from(text).length;

  // What stands after the #: `of`, the length of the text, is first and the text last, so that a
  // link is noticed that was cut short anywhere.
  function writeLink({ text, first, second, step }) {
    const who = second ? { first, second } : { first };
    return String(new URLSearchParams({ of: count(text), ...who, step, text }));
  }

  // What a hash asks for: {text, first, second, step}, those of them that it names; null if it is
  // not a link of this kind. `names` are the networks, `opening` is read where it brings no text.
  // An error says why it cannot be followed.
  function readLink(hash, names, opening) {
    const parts = new URLSearchParams(hash.slice(1));
    const found = {};
    if (!hash.includes("=") || !KEYS.some((key) => parts.has(key))) return null;
    const text = parts.get("text")?.replace(/\r\n?/g, "\n");
    const size = count(text ?? "");
    if (/%(?![\da-f]{2})/i.test(hash))
      throw new Error("it was cut or changed on its way: its end is not whole");
    if (parts.has("of") && parts.get("of") !== String(size)) {
      throw new Error(
        "it was cut or changed on its way: its text should have " +
          `${shorten(parts.get("of"))} characters and has ${size}`,
      );
    }
    if (size > LONGEST)
      throw new Error(
        `its text has ${size.toLocaleString("en")} characters, and the lab keeps 4,000`,
      );
    if (text !== undefined && (!text || text.includes("\ufffd")))
      throw new Error("it holds no text that can be read");
    if (text) found.text = text;
    for (const side of ["first", "second"]) {
      const name = parts.get(side);
      if (name === null) continue;
      if (!names.includes(name))
        throw new Error(`it names a network, “${shorten(name)}”, that is not on this page`);
      found[side] = name;
    }
    if (parts.has("step")) {
      const step = parts.get("step");
      const last = count(text ?? opening);
      if (!/^[1-9]\d*$/.test(step) || Number(step) > last)
        throw new Error(`its step, “${shorten(step)}”, is not one of the ${last} of its text`);
      found.step = Number(step);
    }
    return found;
  }

  const shorten = (words) => (words.length > 24 ? `${words.slice(0, 24)}…` : words);

  Object.assign(HiddenState, { writeLink, readLink });
})();
