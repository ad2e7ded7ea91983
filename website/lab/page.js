// The lab: its controls, and when what is drawn. Reading and writing are done a few milliseconds in
// every frame, so that the page never stands still.
(function () {
  const { Reading, PROPERTIES, correlation, make, see, percent } = HiddenState;
  const COLUMN = 14, CHARS = 26, GUESSES = 20, BARS = 44, TRUTH = 18, HEAD = 20, ROWS = { 12: 12, 24: 12, 64: 5 }; // pixels
  const BUDGET = 8, AT_ONCE = 300, LONGEST = 4000, WORST = 8; // ms, characters, characters, nats
  const SAFE = 2000; // characters of a link that every program keeps whole
  const CELLS = { lstm: "LSTM", gru: "GRU", rnn: "plain RNN" };
  const CHOICES = {
    lstm: "LSTM", gru: "GRU", rnn: "plain RNN", untrained: "untrained LSTM", large: "large LSTM, 1.7 MB",
  };
  const PARTS = {
    h: "hidden state h", c: "cell state c", i: "input gate i", f: "forget gate f", o: "output gate o",
    z: "update gate z", r: "reset gate r",
  };
  const LABELS = { untrained: "untrained", large: "large LSTM" }, ROOM = 12; // where there is little room, in characters
  const GATES = "ifozr";
  const TRUTHS = {
    column: "column", word: "place in word", inside: "in a word", name: "in a name", change: "changes", "": "",
  };
  const WORDS = { " ": "a space", "\n": "a line break" };

  // --- the networks ------------------------------------------------------------------------------

  const files = new Map(); // {name: what `read` returned of a file of the reader's}

  // The model of this name; `tell` hears what share of the first weights has been drawn.
  async function findModel(name, tell) {
    if (files.has(name)) return HiddenState.build(files.get(name));
    if (name !== "untrained") return HiddenState.build(await HiddenState.fetch(name));
    const { config, chars } = await HiddenState.fetch("lstm");
    return HiddenState.build(await HiddenState.untrainedInSlices(config, 0, chars, tell));
  }

  function set_up(lab) {
    const find = (selector) => lab.querySelector(selector);
    const control = (name) => find(`[name="${name}"]`);
    const [text, strip, paper, names, canvas] = ["textarea", ".lab-strip", ".lab-paper", ".lab-names", "canvas"].map(find);
    const sides = [control("first"), control("second")];
    const opening = text.value, known = new Map(); // {name: model}
    const readings = []; // of the same text: the first network's, and the second's if there is one
    let colors = HiddenState.readColors(lab), bands = [], top = CHARS, sightWidth = COLUMN, sorted = null, frame = 0, stale = true, mustShow = true;
    let chosen = 0, pointed = null; // places in the text
    let writer = null, isWriting = false, loading = 0, wrote = ""; // since it was told to
    let planned = null; // what is done once all is read
    let dropped = ""; // what became of an earlier change of the memory
    const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
    const shown = () => Math.min(pointed ?? chosen, readings[0].steps.length - 1);
    const isDone = () => readings.every((reading) => reading.isDone);

    // --- what is wrong, in one sentence --------------------------------------------------------

    function complain(sentence = "", remedy = null) {
      find(".lab-fault").replaceChildren(...(sentence ? [make("p", {}, sentence.replace(/^the /, "The ")), ...(remedy ? [remedy] : [])] : []));
    }

    // The one place that a screen reader listens to, so that an action is answered once
    function announce(words) {
      put(".lab-said", words.replaceAll("↵", " line break ").replaceAll("␣", " space "));
    }

    // Whether these words are new there
    function put(selector, words) {
      const isNew = find(selector).textContent !== words;
      if (isNew) find(selector).textContent = words;
      return isNew;
    }

    const unknownTo = (model) => Array.from(text.value).find((char) => !model.chars.includes(char));

    // A button that mends the text.
    function offer(words, mend) {
      const button = make("button", { type: "button" }, words);
      button.addEventListener("click", () => {
        text.value = mend();
        text.focus();
        edited();
      });
      return button;
    }

    // The text holds what a network does not know: what is read stays, and the menus name who reads it.
    function refuse(names, models) {
      const at = models.findIndex((model) => unknownTo(model) !== undefined), model = models[at];
      const char = unknownTo(model), name = nameOf({ model, name: names[at] });
      if (readings.some(({ model }) => unknownTo(model) !== undefined)) {
        showWhoReads();
        const place = Array.from(text.value).indexOf(char) + 1;
        const leaveOut = () => Array.from(text.value).filter((c) => readings.every(({ model }) => model.chars.includes(c))).join("");
        return complain(`The ${name} does not know “${char}”, character ${place} of the text. The picture shows the text before it.`, offer("Leave out what it does not know", leaveOut));
      }
      const writeOwn = () => {
        const own = new Reading(model, names[at]), random = HiddenState.generator(0);
        own.setText([Math.max(model.chars.indexOf("\n"), 0)]);
        own.advance();
        while (own.ids.length < 120) [own.write({ temperature: 0.8 }, random), own.advance()];
        sides.forEach((side, i) => (side.value = i ? "" : names[at]));
        return own.chars.join("").replace(/^\n/, "");
      };
      showWhoReads();
      complain(`${name} knows only these ${model.chars.length} characters: ${model.chars.map(see).join(" ")}. The text holds others, such as “${see(char)}”, so ${readings.map((reading) => `the ${nameOf(reading)}`).join(" and ")} still read${readings.length > 1 ? "" : "s"} it.`, offer(`Let ${name} write a text to read`, writeOwn));
    }

    const showWhoReads = () => sides.forEach((side, i) => (side.value = readings[i]?.name ?? ""));

    // --- which networks, and which text --------------------------------------------------------

    async function takeModels() {
      if (await loadModels()) edited();
      update();
    }

    // Whether the networks that are chosen are there
    async function loadModels() {
      const wanted = sides.map(({ value }) => value).filter(Boolean);
      pause();
      loading++;
      for (const name of wanted) {
        if (known.has(name)) continue;
        const doing = name === "untrained" ? "The first weights of the untrained network are being drawn. " : "The network is being loaded.";
        const share = make("span", { ariaHidden: "true" });
        find(".lab-status").replaceChildren(doing, share);
        announce(doing);
        try {
          known.set(name, await findModel(name, (done) => (share.textContent = `${Math.floor(100 * done)} %`)));
        } catch ({ message }) {
          showWhoReads();
          complain(message);
          planned = null;
          break;
        }
      }
      loading--;
      return wanted.every((name) => known.has(name));
    }

    // Read the text as it stands, with the networks that are chosen; nothing changes if they cannot.
    function edited() {
      const wanted = sides.map(({ value }) => value).filter(Boolean);
      const models = wanted.map((name) => known.get(name));
      if (!models.every(Boolean)) return;
      pause();
      [writer, wrote] = [null, ""];
      if (models.some((model) => unknownTo(model) !== undefined)) return refuse(wanted, models);
      complain();
      const change = readings[0]?.change, isOther = readings[0]?.model !== models[0];
      readings.length = models.length;
      models.forEach((model, side) => {
        if (readings[side]?.model !== model) readings[side] = new Reading(model, wanted[side]);
        readings[side].setText(model.encode(text.value));
      });
      if (change && !readings[0].change) {
        dropped = `The change after step ${change.place + 1} is gone, because ${isOther ? "another network reads now" : "the text was edited before it"}. `;
      }
      if (sorted && !(text.value.startsWith(sorted.text) && sorted.models.every((m, i) => m === models[i]))) sorted = null;
      if (models.length !== sorted?.models.length) sorted = null;
      listParts();
      chosen = Math.max(0, Math.min(chosen, readings[0].ids.length - 1));
      update();
    }

    async function takeFile(file) {
      if (!file) return;
      try {
        const unreadable = () => {
          throw new Error(`${file.name} could not be read. If it is a folder, choose a file in it.`);
        };
        const kind = await HiddenState.kindOf(file).catch(unreadable);
        if (kind) throw new Error(`${file.name} is ${kind}, and a weights file is needed here. Choose a .safetensors file that rnnlib export or weights_file.save has written.`);
        const found = HiddenState.read(await file.arrayBuffer().catch(unreadable), file.name);
        if (!files.has(file.name)) sides.forEach((side) => side.append(make("option", { value: file.name }, file.name)));
        files.set(file.name, found);
        known.delete(file.name);
        sides[0].value = file.name;
        await takeModels();
      } catch ({ message }) {
        complain(message);
      }
    }

    const nameOf = ({ model, name }) => (CHOICES[name] ?? name).replace(/, .*/, "") || CELLS[model.config.cell];

    const labelOf = (reading) => {
      const label = LABELS[reading.name] ?? nameOf(reading).replace(/\.safetensors$/, "");
      return label.length > ROOM ? `${label.slice(0, ROOM - 1)}…` : label;
    };
    const capital = (words) => (files.has(words) ? words : words[0].toUpperCase() + words.slice(1));

    // --- writing -------------------------------------------------------------------------------

    function readSampler() {
      const number = (name) => (control(name).value === "" && name !== "temperature" ? null : control(name).valueAsNumber);
      for (const name of ["temperature", "seed"]) {
        if (!control(name).checkValidity() || control(name).value === "") throw new Error(`Put a number into the box “${name}”: ${name === "seed" ? "a whole one from 0 up" : "from 0 to 5"}.`);
      }
      return { temperature: number("temperature"), topK: number("topK"), topP: number("topP") };
    }

    function startWriting() {
      complain();
      if (!text.value) return complain("There is nothing to go on from. Type at least one character.");
      if (text.value !== readings[0].chars.join("")) return edited();
      try {
        if (!writer) {
          const sampler = readSampler();
          HiddenState.filter([0, 0], sampler);
          writer = { sampler, random: HiddenState.generator(control("seed").valueAsNumber) };
        }
      } catch ({ message }) {
        return complain(message.replace("topK", "Top-k").replace("topP", "Top-p"));
      }
      Object.assign(writer, { left: AT_ONCE, next: performance.now() });
      isWriting = true;
      wrote = "";
      announce("Writing.");
      put(".lab-now", "Writing.");
      find(".lab-mattered").textContent = "Pause, and it stands here.";
      update();
    }

    function pause() {
      if (!isWriting) return;
      isWriting = false;
      update();
    }

    function writeOne() {
      const char = readings[0].write(writer.sampler, writer.random);
      for (const other of readings.slice(1)) other.append(other.model.encode(char)[0]);
      for (const reading of readings) reading.advance();
      text.value += char;
      wrote += char;
      chosen = readings[0].ids.length - 1;
      if (--writer.left === 0) pause();
      if (text.value.length >= LONGEST) {
        pause();
        complain("The lab keeps 4,000 characters. Take some out, and it can go on.");
      }
    }

    function writeWhatIsDue(now, until) {
      const pause_ms = 1000 / control("pace").value;
      if (writer.next < now - 100) writer.next = now; // a slow machine writes more slowly, not in bursts
      const atOnce = isCalm();
      while (isWriting && (atOnce || writer.next <= now) && performance.now() < until) {
        writeOne();
        writer.next += pause_ms;
      }
    }

    // --- a frame -------------------------------------------------------------------------------

    function update() {
      stale = true;
      frame ||= requestAnimationFrame(tick);
    }

    function tick(now) {
      frame = 0;
      if (!readings.length) return;
      const until = performance.now() + BUDGET;
      for (const reading of readings) while (!reading.isDone && performance.now() < until) reading.advance();
      try {
        if (isWriting && isDone()) writeWhatIsDue(now, until);
      } catch ({ message }) {
        pause();
        complain(message);
      }
      if (isDone() && !loading && planned) [planned] = [null, planned()];
      if (isDone() && !sorted && readings[0].steps.length) sortUnits();
      if (!readings[0].ids.length) return showNothing();
      lab.classList.remove("lab-empty");
      if (!isCalm() || !isWriting) draw(now);
      lab.dataset.state = isWriting ? "writing" : isDone() ? "ready" : "reading";
      control("write").textContent = isWriting ? "Pause" : "Let it write";
      control("write").disabled = false;
      if (isWriting || !isDone()) update();
    }

    // Of an empty text
    function showNothing() {
      lab.classList.add("lab-empty");
      lab.dataset.state = "ready";
      control("write").disabled = false;
      for (const part of [".lab-status", ".lab-said"]) put(part, "Type a character, and the network reads it.");
      find(".lab-now").textContent = find("output").textContent = "";
    }

    // --- the rows of the strip -----------------------------------------------------------------

    function listParts() {
      const before = control("part").value, { parts } = readings[0];
      const options = parts.map(({ key, layer }) => {
        const value = JSON.stringify({ key, layer }), words = layer === null ? "" : `, layer ${layer + 1}`;
        return make("option", { value }, PARTS[key] + words);
      });
      control("part").replaceChildren(...options);
      if (options.some(({ value }) => value === before)) control("part").value = before;
    }

    const partOf = (reading) => {
      const part = JSON.parse(control("part").value);
      return reading.parts.some(({ key }) => key === part.key) ? part : { ...part, key: "h" };
    };

    // The rows in their order, from the text as it is now; they stay so while the text goes on.
    function sortUnits() {
      const sort = control("sort").value, wanted = control("units").value;
      const property = PROPERTIES[sort]?.(readings[0].chars) ?? null;
      const rows = readings.map((reading) => {
        const part = partOf(reading), found = reading.sortUnits(part, property);
        if (!sort) found.units.sort((a, b) => a - b);
        const units = found.units.slice(0, wanted === "all" ? Infinity : Number(wanted));
        return { ...found, units, part, largest: units.map(() => 1) };
      });
      const models = readings.map(({ model }) => model);
      sorted = { text: text.value, count: readings[0].steps.length, sort, rows, models };
      layOut();
    }

    // Full colour is the largest number of a row so far; a gate's is 1.
    function scaleRows() {
      sorted.rows.forEach(({ units, part, largest }, side) => {
        if (GATES.includes(part.key)) return;
        const from = isWriting ? sorted.scaled ?? 0 : 0;
        if (!from) largest.fill(1e-9);
        for (let place = from; place < readings[side].steps.length; place++) {
          const vector = readings[side].part(place, part);
          units.forEach((unit, row) => (largest[row] = Math.max(largest[row], Math.abs(vector[unit]))));
        }
      });
      sorted.scaled = Math.min(...readings.map(({ steps }) => steps.length));
    }

    function layOut() {
      const { sort, rows } = sorted, isPair = readings.length > 1;
      let y = 0;
      top = CHARS + GUESSES * readings.length;
      bands = [];
      const add = (height, band) => {
        bands.push({ y, height, ...band });
        y += height;
      };
      readings.forEach((reading, side) => {
        const label = isPair ? `surprise:\n${labelOf(reading)}` : "surprise";
        add(BARS, { kind: "bars", values: reading.surprises, reading, most: WORST, color: side ? "rival" : "loss", label });
      });
      if (PROPERTIES[sort]) add(TRUTH, { kind: "bars", values: [], most: 1, color: "truth", label: TRUTHS[sort] });
      readings.forEach((reading, side) => {
        const { key, layer } = rows[side].part, part = PARTS[key] + (layer === null ? "" : `, layer ${layer + 1}`);
        add(HEAD, { label: isPair ? `${nameOf(reading)}: ${part}` : part, isHead: true });
        const { units } = rows[side], row = ROWS[control("units").value] ?? Math.ceil(256 / units.length);
        add(units.length * row, { kind: "heat", reading, row, side, ...rows[side] });
      });
      const chars = { y: -top, height: CHARS, label: "text" };
      const guessed = readings.map((reading, side) => {
        return { y: CHARS - top + side * GUESSES, height: GUESSES, label: isPair ? `guess: ${labelOf(reading)}` : "best guess" };
      });
      names.replaceChildren(...[chars, ...guessed, ...bands].flatMap(nameRows));
      const widths = [...names.children].filter(({ className }) => className !== "head").map(({ offsetWidth }) => offsetWidth);
      find(".lab-sheet").style.setProperty("--lab-names", `${Math.max(...widths) + 8}px`);
      measure();
      canvas.parentElement.style.height = `${top + y}px`;
      find(".lab-chosen").style.height = `${top + y}px`;
      bands.height = y;
      listNumbersToSet();
      describeRows();
    }

    function nameRows({ kind, y, height, label, isHead, units, scores, part, row }) {
      const at = (y, high, words, className = "") => {
        const name = make("span", { className }, words);
        Object.assign(name.style, { top: `${top + y}px`, height: `${high}px`, lineHeight: `${Math.min(high, 16)}px` });
        return name;
      };
      if (kind !== "heat") return label ? [at(y, height, label, isHead ? "head" : "")] : [];
      if (row < 11) return [at(y, height, `${units.length} units`)];
      return units.map((unit, i) => at(y + i * row, row, `${part.key}${unit} ${PROPERTIES[sorted.sort] ? signed(scores[unit]) : ""}`));
    }

    const signed = (r) => r.toFixed(2).replace("-", "−");

    function describeRows() {
      const { sort, rows, count } = sorted, [{ units, scores, part }] = rows;
      const [low, high] = find(".lab-scale").querySelectorAll("span");
      const isGate = GATES.includes(part.key);
      low.textContent = isGate ? "0, shut" : "below 0";
      high.textContent = isGate ? "1, open" : "above 0 (its row’s largest)";
      find(".lab-scale").classList.toggle("gate", isGate);
      const drawn = readings.map((reading, side) => `${sorted.rows[side].units.length} of the ${reading.model.config.hidden_size} units`);
      const colour = isGate ? "no colour where it is shut, red where it is open" : "red above 0, blue below, full colour at the row’s largest number";
      find(".lab-rows").textContent = `${PARTS[part.key]} of ${[...new Set(drawn)].join(" and ")}, a row each: ${colour}.${sort && PROPERTIES[sort] && scores[units[0]] ? ` The number beside a unit is its correlation with the grey row, the ${TRUTHS[sort]}; the first has ${readings.map((reading, side) => `${signed(sorted.rows[side].scores[sorted.rows[side].units[0]])}${readings[1] ? ` in the ${nameOf(reading)}` : ""}`).join(" and ")}.` : ""}`;
      find(".lab-sorted").replaceChildren(...describeOrder(sort, units, scores, part, count));
    }

    function describeOrder(sort, units, scores, part, count) {
      const reading = readings[0], best = units[0], unit = `${part.key}${best}`;
      const caution = " A bright row need not be used: what a unit shows and what the network does with it are two things, and chapter 13, See what the hidden state knows, tests the second.";
      if (!PROPERTIES[sort]) {
        return [sort ? "The rows that change most from one character to the next come first." : "The rows stand in the order of the file, which means nothing.", caution];
      }
      if (!scores[best]) return ["Sorted by nothing: this does not vary in this text. Type a text in which it does."];
      const words = TRUTHS[sort];
      let found = `Look for rows that copy the grey one above them. Numbers are correlations with it on the first ${count} characters of this text; ${unit} comes closest, r = ${signed(scores[best])}. Being the best of ${scores.length} on the very text that chose it, it flatters.`;
      const rest = reading.steps.length - count;
      if (rest >= 40) {
        const truth = PROPERTIES[sort](reading.chars).slice(count, count + rest);
        const values = reading.steps.slice(count).map((_, i) => reading.part(count + i, part)[best]);
        found += ` On the ${rest} characters since, which had no say: r = ${signed(correlation(values, truth))}.`;
      } else found += " Let it write on, and the number on new text appears here.";
      return [found.replace("the grey one", `the grey one (${words})`), caution];
    }

    // --- a number that is set by hand ----------------------------------------------------------

    const stateKey = () => (readings[0].model.config.cell === "lstm" ? "c" : "h");
    const unitOf = () => Number(control("number").value);

    // The units that can be set: those that are drawn, if it is the state of the last layer
    function listNumbersToSet() {
      const { parts } = readings[0], [{ units, part }] = sorted.rows, before = control("number").value;
      const isDrawn = part.key === stateKey() && part.layer === parts[0].layer;
      const all = isDrawn ? units : [...Array(readings[0].model.config.hidden_size).keys()];
      control("number").replaceChildren(...all.map((unit) => make("option", { value: unit }, `${stateKey()}${unit}`)));
      if (all.includes(Number(before)) && before) control("number").value = before;
    }

    function showNumber(place) {
      const [reading] = readings, unit = unitOf(), key = stateKey(), { change } = reading;
      const values = (reading.unchanged ?? reading).steps.map(({ state }) => Math.abs(state.at(-1)[key][unit]));
      const reach = key === "h" ? 1 : Math.ceil(Math.max(1, ...values));
      const value = reading.steps[place].state.at(-1)[key][unit], slider = control("value");
      if (document.activeElement !== slider || slider.max !== String(reach)) Object.assign(slider, { min: -reach, max: reach, value });
      find(".lab-value").textContent = signed(value);
      control("undo").disabled = !change;
    }

    function describeChange({ change, unchanged, surprises, mostMoved }) {
      const { place, key, unit, value } = change, before = unchanged.steps[place];
      const whose = readings.length > 1 ? ` of the ${nameOf(readings[0])}` : "";
      const done = key ? `${key}${unit}${whose} was set from ${signed(before.state.at(-1)[key][unit])} to ${signed(value)}` : `all of the memory${whose} was set to 0`;
      const likely = ({ char, chance }) => `${say(char)} with ${percent(chance)}`;
      const [was] = unchanged.likeliest(place, 1), [is] = readings[0].likeliest(place, 1);
      const found = `After step ${place + 1}, ${done}. There the network expected ${likely(was)}, and now ${likely(is)}.`;
      const after = surprises.length - place - 1;
      if (after < 1) return `${found} Let it write, or set a number further back, to see what follows.`;
      const mean = (list) => list.slice(place + 1).reduce((a, b) => a + b) / after;
      const rest = after === 1 ? "the character" : `the same ${after} characters`;
      return `${found} What moved most is the chance of ${say(mostMoved.char)} after step ${mostMoved.place + 1}: ${percent(mostMoved.was)} without the change, ${percent(mostMoved.is)} with it. On ${rest} after it the mean surprise is ${inUnit(mean(surprises))}; without the change it is ${inUnit(mean(unchanged.surprises))}.`;
    }

    function setNumber(change) {
      const before = readings[0].change;
      pause();
      [writer, wrote] = [null, ""];
      if (!before || !change) dropped = "";
      else if (before.place !== change.place) dropped = `The earlier change, after step ${before.place + 1}, was put back first. `;
      readings[0].setNumber(change);
      update();
    }

    // The frame about the cell that was set, where it is drawn
    function frameNumber(left) {
      const { change } = readings[0], frame = find(".lab-set"), band = bands.find(({ kind }) => kind === "heat");
      const row = change?.key && band.part.key === change.key && (band.part.layer ?? 0) === readings[0].model.config.num_layers - 1 ? band.units.indexOf(change.unit) : -1;
      frame.hidden = row < 0;
      if (row < 0) return;
      Object.assign(frame.style, { top: `${top + band.y + row * band.row}px`, height: `${band.row}px` });
      frame.style.transform = `translateX(${left + change.place * COLUMN}px)`;
    }

    function measure() {
      sightWidth = Math.max(strip.clientWidth - names.offsetWidth, COLUMN);
      update();
    }

    // --- drawing -------------------------------------------------------------------------------

    let cardsAt = 0; // when; nobody reads numbers faster than ten times a second
    function draw(now) {
      if (!stale || !readings[0].steps.length || !sorted) return;
      stale = false;
      const count = readings[0].ids.length, place = shown(), end = Math.max(0, count * COLUMN - sightWidth);
      paper.style.width = `${count * COLUMN}px`;
      if (isWriting) { // the page is laid out once for both
        strip.scrollLeft = end;
        text.scrollTop = 1e6;
      } else if (mustShow) bringIntoSight(place);
      mustShow &&= !isDone(); // the step may not have been read yet
      const left = isWriting ? -end : -strip.scrollLeft, width = sightWidth, [from, to] = visible(left);
      const truth = bands.find(({ color }) => color === "truth");
      if (truth) {
        truth.values = PROPERTIES[sorted.sort](readings[0].chars);
        truth.most = Math.max(...truth.values, 1);
      }
      scaleRows();
      HiddenState.drawStrip(canvas, { width, height: bands.height, bands, from, to, left, column: COLUMN, colors });
      canvas.parentElement.style.width = `${width}px`;
      drawChars(from, to, left);
      frameNumber(left);
      find(".lab-chosen").style.transform = `translateX(${left + place * COLUMN}px)`;
      find(".lab-frame").classList.toggle("more", end + left > 2);
      const slider = control("step");
      Object.assign(slider, { max: count, value: place + 1 });
      slider.setAttribute("aria-valuetext", `${place + 1} of ${count}: ${say(readings[0].chars[place])}`);
      find("output").textContent = `${place + 1} of ${count}`;
      if (!isWriting || now - cardsAt > 100) [cardsAt] = [now, showStep(place)];
    }

    function drawChars(from, to, left) {
      const place = shown(), { ids, model, influences } = readings[0], norms = influences.get(place), most = mostOf(place);
      fillLine(find(".lab-chars"), from, to, left, (span, t) => {
        span.textContent = see(model.chars[ids[t]]);
        span.style.setProperty("--share", norms && t <= place ? (norms[t] / most).toFixed(3) : 0);
      });
      const lines = find(".lab-guesses");
      while (lines.children.length > readings.length) lines.lastChild.remove();
      while (lines.children.length < readings.length) lines.append(make("div"));
      readings.forEach((reading, side) => fillLine(lines.children[side], from, Math.min(to, reading.guesses.length), left, (span, t) => {
        span.textContent = see(reading.guesses[t]);
        span.className = reading.guesses[t] === model.chars[ids[t]] ? "hit" : "";
      }));
    }

    // The largest influence on a step, of all networks that are shown
    const mostOf = (place) => Math.max(1e-12, ...readings.flatMap(({ influences }) => [...(influences.get(place) ?? [])]));

    // A span for each column in sight
    function fillLine(line, from, to, left, fill) {
      line.style.transform = `translateX(${left + from * COLUMN}px)`;
      while (line.children.length > Math.max(to - from, 0)) line.lastChild.remove();
      while (line.children.length < to - from) line.append(make("span"));
      for (let t = from; t < to; t++) fill(line.children[t - from], t);
    }

    // What is shown of a step; what takes longer, once nobody has moved on for a moment
    let later = 0;
    function showStep(place) {
      find(".lab-expected").replaceChildren(...readings.filter((r) => place < r.steps.length).flatMap((reading) => [
        ...(readings.length > 1 ? [make("h4", {}, nameOf(reading))] : []),
        make("ol", {}, ...HiddenState.listExpected(reading, place)),
      ]));
      showGates(place);
      if (find(".lab-change").open) showNumber(place);
      clearTimeout(later);
      if (!isWriting) later = setTimeout(showMore, 60, place);
    }

    function showMore(place) {
      if (place !== shown() || !isDone()) return;
      showMattered(place);
      drawChars(...visible());
      if (find(".lab-numbers").open) listNumbers(place);
      const { change } = readings[0], effect = dropped + (change ? describeChange(readings[0]) : "");
      const isNew = put(".lab-effect", effect);
      if (pointed === null) {
        put(".lab-now", summarise(place));
        const isAsked = effect && (isNew || find(".lab-change").contains(document.activeElement));
        announce(isAsked ? effect : `${wrote && `It wrote “${wrote}”. `}${summarise(place)}`);
      }
      if (!loading) put(".lab-status", compare());
      describeRows();
    }

    // The first and the last column in sight, if column 0 begins at `left`, and `left`
    function visible(left = -strip.scrollLeft) {
      return [Math.floor(-left / COLUMN), Math.min(readings[0].steps.length, Math.ceil((sightWidth - left) / COLUMN)), left];
    }

    function showMattered(place) {
      const from = Math.max(0, place - 99);
      const isSet = ({ change }) => change && place >= change.place;
      for (const reading of readings) if (!isSet(reading)) reading.mattered(place);
      find(".lab-mattered").replaceChildren(...readings.flatMap((reading) => {
        if (isSet(reading)) return [make("p", {}, "A gradient is not followed through what was set by hand. Put it back, and it stands here.")];
        const norms = reading.mattered(place), chars = reading.chars;
        const best = [...norms.keys()].sort((a, b) => norms[b] - norms[a]).slice(0, 3);
        const list = best.map((k) => `“${see(chars[k])}” ${place - k ? `${place - k} back` : "itself"} (${norms[k].toFixed(2)})`);
        const next = reading.model.chars[reading.target(place)];
        const asked = `Most for the surprise at “${see(next)}”, ${place + 1 < chars.length ? "which came next" : "which it expects most"}, with the norm of the gradient: `;
        return [
          ...(readings.length > 1 ? [make("h4", {}, nameOf(reading))] : []),
          make("p", { className: "lab-read" }, ...HiddenState.shade(chars.slice(from, place + 1), norms, from, mostOf(place))),
          make("p", { className: "lab-strongest" }, `${asked}${list.join(", ")}.`),
        ];
      }));
    }

    function showGates(place) {
      const found = readings.filter((r) => place < r.steps.length).flatMap((reading) => {
        const gates = reading.steps[place].gates.at(-1), keys = Object.keys(gates).filter((key) => GATES.includes(key));
        if (!keys.length) return [make("p", {}, `${capital(nameOf(reading))}: no gates.`)];
        return [[readings.length > 1 ? nameOf(reading) : "", keys, gates]];
      });
      const box = find(".lab-gates"), shape = JSON.stringify(found.map((part) => (Array.isArray(part) ? part.slice(0, 2) : part.textContent)));
      if (box.dataset.shape !== shape) { // made once, then only filled
        box.dataset.shape = shape;
        box.replaceChildren(...found.flatMap((part) => {
          if (!Array.isArray(part)) return [part];
          const head = part[0] ? [make("h4", {}, part[0])] : [];
          return [...head, ...part[1].map((key) => make("p", { className: "lab-gate" }, make("span"), make("canvas", { ariaHidden: "true" })))];
        }));
      }
      const rows = [...box.querySelectorAll(".lab-gate")];
      for (const [, keys, gates] of found.filter(Array.isArray)) {
        for (const key of keys) {
          const row = rows.shift(), mean = gates[key].reduce((a, b) => a + b) / gates[key].length;
          row.firstChild.textContent = `${PARTS[key]}: ${percent(mean)} open`;
          HiddenState.drawGate(row.lastChild, gates[key], colors);
        }
      }
    }

    // The rows of all numbers of a step, of each network that has read so far
    const numbersAt = (place) => readings.map((reading, side) => {
      return { reading, name: nameOf(reading), rows: HiddenState.rowsOf(reading, place, sorted.rows[side]) };
    });

    function listNumbers(place) {
      find(".lab-table").replaceChildren(...numbersAt(place).map(({ reading, name, rows }) => {
        return HiddenState.listNumbers(rows, name, place, reading.model.config.num_layers > 1);
      }));
    }

    const csvAt = (place) => HiddenState.asCsv(numbersAt(place), place, readings[0].chars[place]);

    // --- what is taken along -------------------------------------------------------------------

    // Whether the browser lets the page copy these words
    const copy = async (words) => {
      try {
        await navigator.clipboard.writeText(words);
        return true;
      } catch {
        return false;
      }
    };

    const tell = (selector, words) => [put(selector, words), announce(words)];

    async function copyNumbers() {
      if (!readings[0]?.steps.length || !sorted) return;
      const place = shown(), isCopied = await copy(csvAt(place));
      tell(".lab-taken", isCopied ? `The numbers of step ${place + 1} are copied.` : "The browser does not let this page copy. Download them instead.");
    }

    function downloadNumbers() {
      if (!readings[0]?.steps.length || !sorted) return;
      const place = shown(), address = URL.createObjectURL(new Blob([csvAt(place)], { type: "text/csv" }));
      make("a", { href: address, download: `hidden_state_step_${place + 1}.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(address), 1000);
      tell(".lab-taken", `The numbers of step ${place + 1} are in a file.`);
    }

    async function copyLink() {
      pause();
      const own = sides.map(({ value }) => value).find((name) => files.has(name));
      if (own) return tell(".lab-linked", `A link cannot hold ${own}, which stays on this computer. Choose networks of this page, and copy again.`);
      if (!text.value || text.value !== readings[0]?.chars.join("")) return tell(".lab-linked", "A link holds a text that the network has read. Mend the text first.");
      const hash = HiddenState.writeLink({ text: text.value, first: sides[0].value, second: sides[1].value, step: chosen + 1 });
      history.replaceState(null, "", `#${hash}`);
      const isCopied = await copy(location.href), size = location.href.length;
      const found = [isCopied ? "The link is copied" : "The browser does not let this page copy, but the link stands in the address bar"];
      found.push(`: it holds the text, who reads it and step ${chosen + 1}${readings[0].change ? ", and not the change of the memory" : ""}.`);
      if (size > SAFE) found.push(` With ${size.toLocaleString("en")} characters it is long, and some programs cut such links short; a shorter text makes a shorter link.`);
      if (location.protocol === "file:") found.push(" It opens on this computer alone, for the page was opened from a folder.");
      tell(".lab-linked", found.join(""));
    }

    // Begin with what the address asks for, or else with the text of the page; true if it asks.
    async function followLink() {
      let asked = null, why = "";
      try {
        asked = HiddenState.readLink(location.hash, Object.keys(CHOICES), opening);
        if (!asked) return false;
        [sides[0].value, sides[1].value] = [asked.first ?? "lstm", asked.second ?? ""];
        if (!(await loadModels())) return true;
        const words = asked.text ?? opening;
        for (const side of sides) {
          const model = known.get(side.value), place = Array.from(words).findIndex((char) => model && !model.chars.includes(char));
          if (place >= 0) throw new Error(`the ${nameOf({ model, name: side.value })} does not know “${Array.from(words)[place]}”, character ${place + 1} of its text`);
        }
      } catch ({ message }) {
        [asked, why] = [{}, `The link cannot be followed, because ${message}. Here is the text of the page instead.`];
      }
      begin({ step: asked.text ? asked.text.length : Number(lab.dataset.lab) + 1, ...asked }, () => why && complain(why));
      return true;
    }

    // --- in words ------------------------------------------------------------------------------

    const say = (char) => WORDS[char] ?? `“${char}”`;
    const inUnit = (nats) => `${(control("unit").value === "bits" ? nats / Math.LN2 : nats).toFixed(2)} ${control("unit").value}`;

    function summarise(place) {
      const before = readings[0].chars.slice(Math.max(0, place - 19), place + 1).map((c) => (c === "\n" ? "↵" : c)).join("");
      return readings.map((reading, side) => {
        const [first, second] = reading.likeliest(place, 2), nats = reading.surprises[place];
        const who = readings.length > 1 || side ? `the ${nameOf(reading)}` : "the network";
        const start = side ? capital(who) : `After “${before}”, ${who}`;
        const surprise = place ? ` Surprise of the last character: ${inUnit(nats)}.` : "";
        return `${start} expects ${say(first.char)} with ${percent(first.chance)}, then ${say(second.char)} with ${percent(second.chance)}.${surprise}`;
      }).join(" ");
    }

    function compare() {
      const [first, second] = readings, one = (reading) => `${capital(nameOf(reading))}, ${reading.model.config.hidden_size} units${reading.change ? ", memory changed" : ""}`;
      if (first.ids.length < 2) return `${one(first)}.`;
      const found = `${one(first)}: mean surprise ${inUnit(first.meanSurprise)} a character.`;
      if (!second) return found;
      const less = first.surprises.slice(1).filter((nats, i) => nats < second.surprises[i + 1]).length;
      return `${found} ${one(second)}: ${inUnit(second.meanSurprise)}. The first is less surprised at ${less} of ${first.ids.length - 1} characters of this text.`;
    }

    // --- what the page proposes to try -----------------------------------------------------------

    // Text, networks and step, and what is done once that is read
    function begin({ text: words = opening, first = "lstm", second = "", step }, then) {
      readings[0]?.setNumber(null);
      [text.value, sides[0].value, sides[1].value] = [words, first, second];
      planned = () => {
        Object.assign(control("part"), { selectedIndex: 0 });
        sortUnits();
        [chosen, mustShow] = [step - 1, true];
        then();
      };
      takeModels();
    }

    // As a button says, in its data; then a number is set, or it writes
    function prepare({ sort = "column", unit, value, place, temperature, ...start }) {
      Object.assign(control("sort"), { value: sort });
      begin(start, () => {
        find(".lab-change").open = place !== undefined;
        if (unit !== undefined) control("number").value = unit;
        if (place !== undefined) setNumber({ place: place - 1, ...(unit === undefined ? {} : { key: "c", unit, value }) });
        if (temperature !== undefined) {
          Object.assign(control("temperature"), { value: temperature });
          Object.assign(control("seed"), { value: 0 });
          startWriting();
        }
        find(".lab-frame").scrollIntoView();
        strip.focus({ preventScroll: true });
      });
    }

    document.querySelectorAll("[data-try]").forEach((button) => {
      button.addEventListener("click", () => prepare(JSON.parse(button.dataset.try)));
    });

    // --- the reader's hands --------------------------------------------------------------------

    function go(place) {
      if (!readings.length) return;
      pause();
      wrote = "";
      pointed = null;
      chosen = Math.max(0, Math.min(place, readings[0].ids.length - 1));
      mustShow = true;
      update();
    }

    function bringIntoSight(place) {
      const x = place * COLUMN, start = strip.scrollLeft;
      if (x < start + 3 * COLUMN || x > start + sightWidth - 4 * COLUMN) strip.scrollLeft = x - sightWidth / 2;
    }

    const placeOf = ({ clientX }) => Math.floor((clientX - paper.getBoundingClientRect().left) / COLUMN);
    const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };

    strip.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      go(chosen + KEYS[event.key]);
    });
    strip.addEventListener("scroll", update);
    paper.addEventListener("click", (event) => {
      const heat = bands.find(({ kind }) => kind === "heat"), y = event.clientY - paper.getBoundingClientRect().top - top - heat.y;
      const unit = String(heat.units[Math.floor(y / heat.row)]); // "undefined" if it is not on a row
      if ([...control("number").options].some(({ value }) => value === unit)) control("number").value = unit;
      go(placeOf(event));
    });
    paper.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse" || isWriting || !readings.length) return;
      const place = Math.max(0, Math.min(placeOf(event), readings[0].steps.length - 1));
      if (place !== pointed) [pointed] = [place, update()];
    });
    paper.addEventListener("pointerleave", () => {
      pointed = null;
      update();
    });
    control("back").addEventListener("click", () => go(chosen - 1));
    control("on").addEventListener("click", () => go(chosen + 1));
    control("step").addEventListener("input", ({ target }) => go(target.valueAsNumber - 1));
    control("value").addEventListener("input", ({ target }) => {
      if (isDone() || readings[0].change) setNumber({ place: chosen, key: stateKey(), unit: unitOf(), value: target.valueAsNumber });
    });
    control("wipe").addEventListener("click", () => setNumber({ place: chosen }));
    control("undo").addEventListener("click", () => setNumber(null));
    control("number").addEventListener("change", update);
    find(".lab-change").addEventListener("toggle", update);
    control("write").addEventListener("click", () => (isWriting ? pause() : startWriting()));
    control("restart").addEventListener("click", () => {
      text.value = opening;
      readings[0]?.setNumber(null);
      [sorted, chosen, mustShow] = [null, Number(lab.dataset.lab), true];
      edited();
    });
    text.addEventListener("input", () => {
      edited();
      if (text.selectionEnd === text.value.length && readings.length) go(readings[0].ids.length - 1);
    });
    for (const name of ["temperature", "topK", "topP", "seed"]) {
      control(name).addEventListener("input", () => {
        pause();
        writer = null;
      });
    }
    for (const name of ["part", "sort", "units"]) {
      control(name).addEventListener("change", () => {
        sorted = null;
        update();
      });
    }
    control("unit").addEventListener("change", update);
    sides.forEach((side) => side.addEventListener("change", takeModels));
    find('[type="file"]').addEventListener("change", ({ target }) => takeFile(target.files[0]));
    lab.addEventListener("dragover", (event) => event.preventDefault());
    lab.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      takeFile(event.dataTransfer.files[0]);
    });
    find(".lab-numbers").addEventListener("toggle", update);
    control("copy").addEventListener("click", copyNumbers);
    control("download").addEventListener("click", downloadNumbers);
    control("link").addEventListener("click", copyLink);
    addEventListener("hashchange", followLink);
    new IntersectionObserver(([{ isIntersecting }]) => {
      document.documentElement.classList.toggle("lab-below", isIntersecting);
    }, { rootMargin: "-85% 0px 0px" }).observe(lab);
    new ResizeObserver(measure).observe(strip);
    new MutationObserver(() => {
      colors = HiddenState.readColors(lab);
      update();
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });

    const options = () => Object.entries(CHOICES).map(([value, words]) => make("option", { value }, words));
    sides[0].append(...options());
    sides[1].append(make("option", { value: "" }, "nothing"), ...options());
    chosen = Number(lab.dataset.lab);
    // text, strip and prediction in one screen
    if (matchMedia("(max-width: 30rem), (max-height: 50rem)").matches) control("units").value = "12";
    if (matchMedia("(max-width: 30rem)").matches) find(".lab-key").open = false;
    followLink().then((isAsked) => isAsked || takeModels());
  }

  document.querySelectorAll("[data-lab]").forEach(set_up);
})();
