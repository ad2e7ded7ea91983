// The strip: a column for each character of the text, drawn where it is in sight, with the keys and
// the pointer that choose one.
globalThis.HiddenState ??= {};
(() => {
  const { PROPERTIES, characterName, make, see } = HiddenState;
  const COLUMN = 14; // pixels
  const KEYS = {
    ArrowLeft: -1,
    ArrowRight: 1,
    PageUp: -10,
    PageDown: 10,
    Home: -Infinity,
    End: Infinity,
  };

  class Strip {
    constructor(lab) {
      this.lab = lab;
      this.element = lab.find(".lab-strip");
      this.paper = lab.find(".lab-paper");
      this.canvas = lab.find("canvas");
      this.colors = HiddenState.readColors(lab.element);
      this.width = COLUMN; // of what is in sight, in pixels
      this.isStale = true;
      this.mustShow = true; // the chosen column, once it is read
      this.listen();
    }

    listen() {
      const { lab, element, paper } = this;
      element.addEventListener("keydown", (event) => {
        if (!(event.key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        lab.go(lab.chosen + KEYS[event.key]);
      });
      element.addEventListener("scroll", () => lab.update());
      paper.addEventListener("click", (event) => {
        lab.intervention.chooseUnit(this.unitAt(event));
        lab.go(this.placeAt(event));
      });
      paper.addEventListener("pointermove", (event) => {
        if (event.pointerType !== "mouse" || lab.writing.isWriting || !lab.readings.length) return;
        const last = lab.readings[0].steps.length - 1;
        lab.point(Math.max(0, Math.min(this.placeAt(event), last)));
      });
      paper.addEventListener("pointerleave", () => lab.point(null));
      new ResizeObserver(() => this.measure()).observe(element);
      new MutationObserver(() => {
        this.colors = HiddenState.readColors(lab.element);
        lab.update();
      }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    }

    placeAt({ clientX }) {
      return Math.floor((clientX - this.paper.getBoundingClientRect().left) / COLUMN);
    }

    // The unit on whose row the pointer is; undefined if it is on none
    unitAt({ clientY }) {
      const { heat, top } = this.lab.rows;
      const y = clientY - this.paper.getBoundingClientRect().top - top - heat.y;
      return heat.units[Math.floor(y / heat.row)];
    }

    measure() {
      this.width = Math.max(this.element.clientWidth - this.lab.rows.names.offsetWidth, COLUMN);
      this.lab.update();
    }

    setHeight(height) {
      this.canvas.parentElement.style.height = `${height}px`;
      this.lab.find(".lab-chosen").style.height = `${height}px`;
    }

    // --- drawing -------------------------------------------------------------------------------

    draw() {
      const { lab, canvas, colors, width } = this;
      const { rows, place } = lab;
      this.isStale = false;
      const left = this.scroll(place);
      const [from, to] = this.columnsInSight(left);
      this.fillPropertyRow();
      rows.scale();
      const { bands, height } = rows;
      const sight = { width, height, bands, from, to, left, column: COLUMN, colors };
      HiddenState.drawStrip(canvas, sight);
      canvas.parentElement.style.width = `${width}px`;
      this.drawChars(from, to, left);
      lab.intervention.drawFrame(left, COLUMN);
      lab.find(".lab-chosen").style.transform = `translateX(${left + place * COLUMN}px)`;
      this.showPlace(place);
    }

    // Scroll to the end while it writes, else to a place that must be shown; where column 0 begins
    scroll(place) {
      const { lab, element, width } = this;
      const length = lab.readings[0].ids.length * COLUMN;
      const end = Math.max(0, length - width);
      this.paper.style.width = `${length}px`;
      if (lab.writing.isWriting) {
        // the page is laid out once for both
        element.scrollLeft = end;
        lab.text.field.scrollTop = 1e6;
      } else if (this.mustShow) this.bringIntoSight(place * COLUMN);
      this.mustShow &&= !lab.isDone; // the step may not have been read yet
      const left = lab.writing.isWriting ? -end : -element.scrollLeft;
      lab.find(".lab-frame").classList.toggle("more", end + left > 2);
      return left;
    }

    bringIntoSight(x) {
      const { element, width } = this;
      const start = element.scrollLeft;
      const isInSight = x >= start + 3 * COLUMN && x <= start + width - 4 * COLUMN;
      if (!isInSight) element.scrollLeft = x - width / 2;
    }

    // The first and the last column in sight, if column 0 begins at `left`
    columnsInSight(left) {
      const last = Math.ceil((this.width - left) / COLUMN);
      return [Math.floor(-left / COLUMN), Math.min(this.lab.readings[0].steps.length, last)];
    }

    // The property that the units are sorted by, of the text as it is now
    fillPropertyRow() {
      const { readings, rows } = this.lab;
      const band = rows.bands.find(({ color }) => color === "truth");
      if (!band) return;
      band.values = PROPERTIES[rows.order.sort](readings[0].chars);
      band.most = Math.max(...band.values, 1);
    }

    drawCharsInSight() {
      const left = -this.element.scrollLeft;
      this.drawChars(...this.columnsInSight(left), left);
    }

    // The text, shaded by its influence on the step, and the networks' best guesses
    drawChars(from, to, left) {
      const { find, place, readings } = this.lab;
      const { ids, model, influences } = readings[0];
      const norms = influences.get(place);
      const most = this.lab.largestInfluence(place);
      fillLine(find(".lab-chars"), from, to, left, (span, t) => {
        const share = norms && t <= place ? (norms[t] / most).toFixed(3) : 0;
        span.textContent = see(model.chars[ids[t]]);
        span.style.setProperty("--share", share);
      });
      const lines = find(".lab-guesses");
      while (lines.children.length > readings.length) lines.lastChild.remove();
      while (lines.children.length < readings.length) lines.append(make("div"));
      readings.forEach(({ guesses }, side) => {
        const end = Math.min(to, guesses.length);
        fillLine(lines.children[side], from, end, left, (span, t) => {
          span.textContent = see(guesses[t]);
          span.className = guesses[t] === model.chars[ids[t]] ? "hit" : "";
        });
      });
    }

    // The slider of steps under the strip
    showPlace(place) {
      const { find, control, readings } = this.lab;
      const count = readings[0].ids.length;
      const words = `${place + 1} of ${count}`;
      const slider = control("step");
      Object.assign(slider, { max: count, value: place + 1 });
      slider.setAttribute("aria-valuetext", `${words}: ${characterName(readings[0].chars[place])}`);
      find("output").textContent = words;
    }
  }

  // A span for each column in sight
  function fillLine(line, from, to, left, fill) {
    line.style.transform = `translateX(${left + from * COLUMN}px)`;
    while (line.children.length > Math.max(to - from, 0)) line.lastChild.remove();
    while (line.children.length < to - from) line.append(make("span"));
    for (let t = from; t < to; t++) fill(line.children[t - from], t);
  }

  Object.assign(HiddenState, { Strip });
})();
