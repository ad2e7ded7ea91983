// A network that goes on writing the text: by which sampler, at which pace, and when it pauses.
globalThis.HiddenState ??= {};
(() => {
  const AT_ONCE = 300; // characters that it writes before it pauses
  const LONGEST = 4000; // characters of the text

  class Writing {
    constructor(lab) {
      this.lab = lab;
      this.isWriting = false;
      this.written = ""; // since it began
      this.sampler = null; // with its random numbers, so that a pause changes nothing
      this.left = 0; // characters that are still to be written
      this.next = 0; // when the next one is due, in milliseconds
      lab.control("write").addEventListener("click", () => {
        if (this.isWriting) this.pause();
        else this.start();
      });
      for (const name of ["temperature", "topK", "topP", "seed"]) {
        lab.control(name).addEventListener("input", () => {
          this.pause();
          this.sampler = null;
        });
      }
    }

    // Stop, and begin with new random numbers next time.
    reset() {
      this.pause();
      this.sampler = null;
      this.written = "";
    }

    pause() {
      if (!this.isWriting) return;
      this.isWriting = false;
      this.lab.update();
    }

    start() {
      const { lab } = this;
      const { announcements, text } = lab;
      announcements.showError();
      if (!text.value) {
        return announcements.showError(
          "There is nothing to go on from. Type at least one character.",
        );
      }
      if (text.value !== lab.readings[0].chars.join("")) return text.read();
      try {
        this.sampler ??= this.readSampler();
      } catch ({ message }) {
        const words = message.replace("topK", "Top-k").replace("topP", "Top-p");
        return announcements.showError(words);
      }
      this.left = AT_ONCE;
      this.next = performance.now();
      this.isWriting = true;
      this.written = "";
      announcements.putAndAnnounce(".lab-now", "Writing.");
      lab.find(".lab-mattered").textContent = "Pause, and it stands here.";
      lab.update();
    }

    // What the controls say, with a generator of random numbers; an error names a bad box.
    readSampler() {
      const { control } = this.lab;
      for (const name of ["temperature", "seed"]) {
        if (control(name).checkValidity() && control(name).value !== "") continue;
        const range = name === "seed" ? "a whole one from 0 up" : "from 0 to 5";
        throw new Error(`Put a number into the box “${name}”: ${range}.`);
      }
      const optional = (name) => (control(name).value === "" ? null : control(name).valueAsNumber);
      const settings = {
        temperature: control("temperature").valueAsNumber,
        topK: optional("topK"),
        topP: optional("topP"),
      };
      HiddenState.filter([0, 0], settings);
      return { settings, random: HiddenState.generator(control("seed").valueAsNumber) };
    }

    // All that is due at `now`, until `until`; all at once for who wants no motion.
    writeDue(now, until) {
      const interval = 1000 / this.lab.control("pace").value; // milliseconds
      // A slow machine writes more slowly, not in bursts.
      if (this.next < now - 100) this.next = now;
      const isAtOnce = this.lab.prefersStillness();
      while (this.isWriting && (isAtOnce || this.next <= now) && performance.now() < until) {
        this.writeCharacter();
        this.next += interval;
      }
    }

    writeCharacter() {
      const { lab } = this;
      const [first, ...others] = lab.readings;
      const char = first.write(this.sampler.settings, this.sampler.random);
      for (const other of others) other.append(other.model.encode(char)[0]);
      for (const reading of lab.readings) reading.advance();
      lab.text.value += char;
      this.written += char;
      lab.chosen = first.ids.length - 1;
      if (--this.left === 0) this.pause();
      if (lab.text.value.length >= LONGEST) {
        this.pause();
        lab.announcements.showError(
          "The lab keeps 4,000 characters. Take some out, and it can go on.",
        );
      }
    }
  }

  Object.assign(HiddenState, { Writing });
})();
