// The lab: its parts, and the frame in which they are drawn. Reading and writing are done a few
// milliseconds in every frame, so that the page never stands still.
(() => {
  const BUDGET = 8; // milliseconds of a frame
  const PHONE = "(max-width: 30rem)";

  class Lab {
    constructor(element) {
      this.element = element;
      this.find = (selector) => element.querySelector(selector);
      this.control = (name) => this.find(`[name="${name}"]`);
      this.readings = []; // of the same text: the first network's, and the second's if there is one
      this.chosen = Number(element.dataset.lab); // a place in the text
      this.pointed = null; // another, which is only looked at
      this.planned = null; // a function that is called once all is read
      this.frame = 0;
      this.announcements = new HiddenState.Announcements(this);
      this.networks = new HiddenState.Networks(this);
      this.text = new HiddenState.Text(this);
      this.writing = new HiddenState.Writing(this);
      this.rows = new HiddenState.Rows(this);
      this.legend = new HiddenState.Legend(this);
      this.intervention = new HiddenState.Intervention(this);
      this.strip = new HiddenState.Strip(this);
      this.summary = new HiddenState.Summary(this);
      this.numbers = new HiddenState.Numbers(this);
      this.cards = new HiddenState.Cards(this);
      this.setups = new HiddenState.Setups(this);
    }

    async start() {
      this.fitPhone();
      this.listen();
      if (!(await this.setups.followLink())) this.networks.choose();
    }

    // Text, strip and prediction in one screen
    fitPhone() {
      const isLow = matchMedia(`${PHONE}, (max-height: 50rem)`).matches;
      if (isLow) this.control("units").value = "12";
      if (matchMedia(PHONE).matches) this.find(".lab-key").open = false;
    }

    // --- where it stands -----------------------------------------------------------------------

    // The place that is looked at
    get place() {
      return Math.min(this.pointed ?? this.chosen, this.readings[0].steps.length - 1);
    }

    get isDone() {
      return this.readings.every((reading) => reading.isDone);
    }

    // The largest influence on a step, of all networks that are shown
    largestInfluence(place) {
      const norms = this.readings.flatMap(({ influences }) => [...(influences.get(place) ?? [])]);
      return Math.max(1e-12, ...norms);
    }

    prefersStillness() {
      return matchMedia("(prefers-reduced-motion: reduce)").matches;
    }

    // Choose a place.
    go(place) {
      if (!this.readings.length) return;
      this.writing.pause();
      this.writing.written = "";
      this.pointed = null;
      this.chosen = Math.max(0, Math.min(place, this.readings[0].ids.length - 1));
      this.strip.mustShow = true;
      this.update();
    }

    // Look at a place without choosing it; null looks at the chosen one again.
    point(place) {
      if (place !== null && place === this.pointed) return;
      this.pointed = place;
      this.update();
    }

    // The text of the page, as at first
    restart() {
      this.text.value = this.text.opening;
      this.readings[0]?.setNumber(null);
      this.rows.order = null;
      this.chosen = Number(this.element.dataset.lab);
      this.strip.mustShow = true;
      this.text.read();
    }

    // --- a frame -------------------------------------------------------------------------------

    update() {
      this.strip.isStale = true;
      this.frame ||= requestAnimationFrame((now) => this.draw(now));
    }

    draw(now) {
      const { control, element, readings, rows, writing } = this;
      this.frame = 0;
      if (!readings.length) return;
      this.readAndWrite(now);
      if (this.isDone && !this.networks.loading && this.planned) {
        const { planned } = this;
        this.planned = null;
        planned();
      }
      if (this.isDone && !rows.order && readings[0].steps.length) rows.sort();
      if (!readings[0].ids.length) return this.showEmpty();
      element.classList.remove("lab-empty");
      const canDraw = this.strip.isStale && readings[0].steps.length && rows.order;
      if (canDraw && !(writing.isWriting && this.prefersStillness())) {
        this.strip.draw();
        this.cards.show(this.place, now);
      }
      element.dataset.state = writing.isWriting ? "writing" : this.isDone ? "ready" : "reading";
      control("write").textContent = writing.isWriting ? "Pause" : "Let it write";
      control("write").disabled = false;
      if (writing.isWriting || !this.isDone) this.update();
    }

    readAndWrite(now) {
      const { readings, writing } = this;
      const until = performance.now() + BUDGET;
      for (const reading of readings) {
        while (!reading.isDone && performance.now() < until) reading.advance();
      }
      try {
        if (writing.isWriting && this.isDone) writing.writeDue(now, until);
      } catch ({ message }) {
        writing.pause();
        this.announcements.showError(message);
      }
    }

    // Of an empty text
    showEmpty() {
      const words = "Type a character, and the network reads it.";
      this.element.classList.add("lab-empty");
      this.element.dataset.state = "ready";
      this.control("write").disabled = false;
      for (const part of [".lab-status", ".lab-said"]) this.announcements.put(part, words);
      this.find(".lab-now").textContent = "";
      this.find("output").textContent = "";
    }

    // --- the reader's hands --------------------------------------------------------------------

    // Controls of the whole; each part listens to its own.
    listen() {
      const { control, element, networks } = this;
      const on = (name, event, act) => control(name).addEventListener(event, act);
      on("back", "click", () => this.go(this.chosen - 1));
      on("on", "click", () => this.go(this.chosen + 1));
      on("step", "input", ({ target }) => this.go(target.valueAsNumber - 1));
      on("restart", "click", () => this.restart());
      for (const menu of networks.menus) menu.addEventListener("change", () => networks.choose());
      this.find('[type="file"]').addEventListener("change", ({ target }) => {
        networks.takeFile(target.files[0]);
      });
      element.addEventListener("dragover", (event) => event.preventDefault());
      element.addEventListener("drop", (event) => {
        if (!event.dataTransfer.files.length) return;
        event.preventDefault();
        networks.takeFile(event.dataTransfer.files[0]);
      });
      const onSight = ([{ isIntersecting }]) => {
        document.documentElement.classList.toggle("lab-below", isIntersecting);
      };
      new IntersectionObserver(onSight, { rootMargin: "-85% 0px 0px" }).observe(element);
    }
  }

  for (const element of document.querySelectorAll("[data-lab]")) new Lab(element).start();
})();
