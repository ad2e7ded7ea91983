// The drawings of the lab. A strip has a column for each character, and its canvas is as wide as
// the part of it that is in sight, so that a long text costs no more than a short one.
globalThis.HiddenState ??= {};
(() => {
  const see = (char) => (char === " " ? "␣" : char === "\n" ? "↵" : char);

  // A new element with properties and children
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // The colours of the style sheet, as {name: [r, g, b]}
  function readColors(element) {
    const context = make("canvas", { width: 1, height: 1 }).getContext("2d", {
      willReadFrequently: true,
    });
    const style = getComputedStyle(element);
    const colors = {};
    for (const name of ["plus", "minus", "loss", "rival", "truth", "gate"]) {
      context.fillStyle = style.getPropertyValue(`--lab-${name}`);
      context.fillRect(0, 0, 1, 1);
      colors[name] = [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    }
    return colors;
  }

  // A canvas as sharp as the screen, empty, whose unit is a pixel of the page
  function clear(canvas, width, height) {
    const sharp = globalThis.devicePixelRatio || 1;
    if (
      canvas.width !== Math.round(width * sharp) ||
      canvas.height !== Math.round(height * sharp)
    ) {
      Object.assign(canvas, {
        width: Math.round(width * sharp),
        height: Math.round(height * sharp),
      });
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    return context;
  }

  // The columns from..to of a strip; `left` is where column 0 begins.
  function drawStrip(canvas, { width, height, bands, from, to, left, column, colors }) {
    const context = clear(canvas, width, height);
    const place = { context, from, to, left, column, colors };
    for (const band of bands) DRAW[band.kind]?.(place, band);
  }

  // A bar for each number from 0 to band.most, upwards from the band's lower edge
  // outlined where it stood before a number was set by hand
  function drawBars(
    { context, from, to, left, column, colors },
    { values, reading, most, color, y, height },
  ) {
    context.fillStyle = `rgb(${colors[color]})`;
    const highOf = (value) => (Math.min(value, most) / most) * (height - 3) || 0;
    for (let t = from; t < Math.min(to, values.length); t++) {
      const high = highOf(values[t]);
      const x = left + t * column;
      context.fillRect(x + 1, y + height - high, column - 2, high);
      if (!(t > reading?.change?.place)) continue;
      const before = highOf(reading.unchanged.surprises[t]);
      context.strokeStyle = `rgb(${colors.gate})`;
      context.lineWidth = 1.5;
      context.strokeRect(x + 1.5, y + height - before, column - 3, before + 1);
    }
  }

  // A cell for each unit and character: red above 0, blue below, the page where it is 0, in full
  // colour at the row's largest. A pixel of a small picture each, which is then made larger.
  function drawHeat(
    { context, from, to, left, column, colors },
    { reading, part, units, largest, y, height },
  ) {
    const end = Math.min(to, reading.steps.length);
    if (end <= from) return;
    const small = new OffscreenCanvas(end - from, units.length);
    const wide = end - from;
    const pixels = new ImageData(wide, units.length);
    for (let t = from; t < end; t++) {
      const vector = reading.part(t, part);
      units.forEach((unit, row) => {
        const value = vector[unit];
        const at = 4 * (row * wide + t - from);
        pixels.data.set(value > 0 ? colors.plus : colors.minus, at);
        pixels.data[at + 3] = 255 * Math.min(Math.abs(value) / largest[row], 1);
      });
    }
    small.getContext("2d").putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, left + from * column, y, wide * column, height);
  }

  const DRAW = { bars: drawBars, heat: drawHeat };

  // How far each unit's gate is open, from the most open to the most shut, as an area
  function drawGate(canvas, values, colors) {
    const width = canvas.clientWidth || 240;
    const height = 28;
    const context = clear(canvas, width, height);
    const sorted = Float32Array.from(values).sort().reverse();
    const each = width / values.length;
    context.fillStyle = `rgb(${colors.gate})`;
    context.beginPath();
    context.moveTo(0, height);
    sorted.forEach((value, rank) => {
      context.lineTo(rank * each, height * (1 - value));
      context.lineTo((rank + 1) * each, height * (1 - value));
    });
    context.lineTo(width, height);
    context.fill();
  }

  // The likeliest characters with their chances, and all the others together; `next` came
  function listExpected(reading, place, count = 5) {
    const best = reading.likeliest(place, count);
    const next = reading.ids[place + 1];
    const rest = 1 - best.reduce((sum, { chance }) => sum + chance, 0);
    const rows = best.map(({ id, char, chance }) => [see(char), chance, id === next]);
    rows.push([`the other ${reading.model.chars.length - best.length}`, Math.max(rest, 0), false]);
    if (next !== undefined && !best.some(({ id }) => id === next)) {
      rows.push([see(reading.model.chars[next]), reading.expects(place)[next], true]);
    }
    return rows.map(([name, chance, came]) => {
      const bar = make("span", { className: "lab-bar" });
      bar.style.setProperty("--share", chance);
      const row = make(
        "li",
        { className: came ? "came" : "" },
        make("b", {}, name),
        bar,
        make("span", {}, percent(chance)),
      );
      if (came) row.append(make("em", {}, "came"));
      return row;
    });
  }

  // Characters, each on a ground as strong as it mattered; `most` has the full colour
  function shade(chars, norms, from, most) {
    return chars.map((char, i) => {
      const shown = char === "\n" ? "↵\n" : char;
      const share = norms[from + i] / most || 0;
      const span = make("span", { className: "lab-shade" }, shown);
      span.style.setProperty("--share", share.toFixed(3));
      return span;
    });
  }

  const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

  Object.assign(HiddenState, {
    drawStrip,
    drawGate,
    listExpected,
    make,
    percent,
    readColors,
    see,
    shade,
  });
})();
