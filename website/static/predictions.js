// Predictions: an input for the reader's guess, which is judged; what answers it stays hidden until
// asked for. Both are remembered in this browser, under the page's name and the prediction's.
(() => {
  const ALL = "answers-open"; // whether a reader wants all answers open, on every page
  const PAGE = location.pathname
    .split("/")
    .pop()
    .replace(/\.html$/, "");

  class Prediction {
    constructor(element) {
      this.element = element;
      this.answer = document.getElementById(`${element.id}-answer`);
      this.key = `prediction/${PAGE}/${element.id.replace("predict-", "")}`;
      this.form = document.createElement("form");
      this.fields = this.form.appendChild(document.createElement("fieldset"));
      this.fields.append(...(element.classList.contains("choice") ? this.choice() : this.text()));
      this.button = document.createElement("button");
      this.button.setAttribute("aria-controls", this.answer.id);
      this.verdict = document.createElement("p");
      this.verdict.className = "verdict";
      this.verdict.setAttribute("role", "status");
      this.form.append(this.button, this.verdict);
      const judged = element.querySelector("script");
      this.judged = judged && JSON.parse(judged.textContent);
      element.append(this.form);
      const { said = "", shown = false } = JSON.parse(localStorage.getItem(this.key) ?? "{}");
      this.guess = said; // the name under which browsers keep it
      this.show(shown || localStorage.getItem(ALL) === "true");
      this.form.addEventListener("input", () => {
        this.say("");
        this.remember();
      });
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (!this.shown && !this.guess.trim() && !this.verdict.textContent) {
          this.say("Guess first, however roughly: the answer stays better in mind. Or ask again.");
          return;
        }
        this.show(!this.shown);
        this.button.focus(); // Enter in a field, which is disabled now, would lose it
        this.remember();
      });
      // found by the browser's own search, or by a link to something inside
      this.answer.addEventListener("beforematch", () => {
        this.show(true);
        this.remember();
      });
    }

    // The options of the list become radio buttons.
    choice() {
      const list = this.element.querySelector("ul");
      const parts = [
        Object.assign(document.createElement("legend"), { textContent: "Your prediction" }),
      ];
      [...list.children].forEach((item, number) => {
        const label = document.createElement("label");
        const radio = Object.assign(document.createElement("input"), {
          type: "radio",
          name: this.key,
        });
        radio.value = number;
        const words = document.createElement("span");
        words.append(...(item.querySelector(":scope > p") ?? item).childNodes);
        label.append(radio, words);
        parts.push(label);
      });
      list.remove();
      return parts;
    }

    text() {
      const isNumber = this.element.classList.contains("number");
      const input = document.createElement(isNumber ? "input" : "textarea");
      if (isNumber) Object.assign(input, { type: "text", autocomplete: "off" });
      else input.rows = 2;
      input.name = this.key;
      const label = document.createElement("label");
      label.append("Your prediction ", input);
      return [label];
    }

    get guess() {
      const inputs = [...this.fields.querySelectorAll("input, textarea")];
      if (inputs[0].type === "radio") return inputs.find((input) => input.checked)?.value ?? "";
      return inputs[0].value;
    }

    set guess(guess) {
      for (const input of this.fields.querySelectorAll("input, textarea")) {
        if (input.type === "radio") input.checked = input.value === guess;
        else input.value = guess;
      }
    }

    say(words) {
      answers.say(this.verdict, words);
    }

    // What is to be said of the guess once the answer shows.
    judge() {
      if (!this.judged || !this.guess.trim()) return "";
      const { right, why = [], within, times, unit = "" } = this.judged;
      if (this.element.classList.contains("choice"))
        return Number(this.guess) === right ? "Right." : `Not this one. ${why[this.guess] ?? ""}`;
      const guess = answers.read(this.guess);
      const truth = `${right} ${unit}`.trim();
      if (Number.isNaN(guess)) return `Your guess is no number. It is ${truth}.`;
      const off = times ? Math.abs(Math.log(guess / right)) : Math.abs(guess - right);
      const near = times ? Math.log(times) : within;
      if (off <= near + 1e-12) return `Right: it is ${truth}.`;
      const far = guess > right ? "too large" : "too small";
      if (off <= 3 * near) return `Near, a little ${far}: it is ${truth}.`;
      return `It is ${truth}; yours is ${far}.`;
    }

    show(shown) {
      this.shown = shown;
      this.say(shown ? this.judge() : "");
      if (shown) this.answer.removeAttribute("hidden");
      else this.answer.setAttribute("hidden", "until-found");
      this.answer.toggleAttribute("data-ready", true);
      this.fields.disabled = shown;
      this.button.textContent = shown ? "Hide the answer" : "Show the answer";
      this.button.setAttribute("aria-expanded", String(shown));
    }

    remember() {
      localStorage.setItem(this.key, JSON.stringify({ said: this.guess, shown: this.shown }));
    }
  }

  // The button that opens all answers, here and on other pages, until it closes them: it is in the
  // header, or where that has no room, in the first prediction.
  function offerAll(predictions) {
    const button = document.querySelector(".open-answers");
    if (!button) return;
    const buttons = [button, button.cloneNode(true)];
    buttons[1].textContent = "Open all answers";
    predictions[0].button.after(buttons[1]);
    const tell = () => {
      const open = localStorage.getItem(ALL) === "true";
      for (const one of buttons) one.setAttribute("aria-pressed", String(open));
      return open;
    };
    tell();
    for (const one of buttons) {
      one.addEventListener("click", () => {
        localStorage.setItem(ALL, String(localStorage.getItem(ALL) !== "true"));
        const open = tell();
        for (const prediction of predictions) {
          prediction.show(open);
          prediction.remember();
        }
      });
    }
  }

  // The id in a hash; "" in one that cannot be decoded, as a link that was cut short
  function named(hash) {
    try {
      return decodeURIComponent(hash.slice(1));
    } catch {
      return "";
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const found = [...document.querySelectorAll(".prediction")];
    offerAll(found.map((element) => new Prediction(element)));
    const target = document.getElementById(named(location.hash));
    if (target?.closest(".answer[hidden]")) target.scrollIntoView(); // asks for beforematch first
  });
})();
