// Predictions: an input for the reader's guess; what answers it stays hidden until asked for. Both
// are remembered in this browser, under the page's name and the prediction's.
(() => {
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
      this.form.append(this.button);
      element.append(this.form);
      const { said = "", shown = false } = JSON.parse(localStorage.getItem(this.key) ?? "{}");
      this.guess = said; // the name under which browsers keep it
      this.show(shown);
      this.form.addEventListener("input", () => this.remember());
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
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

    show(shown) {
      this.shown = shown;
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

  // The id in a hash; "" in one that cannot be decoded, as a link that was cut short
  function named(hash) {
    try {
      return decodeURIComponent(hash.slice(1));
    } catch {
      return "";
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll(".prediction")) new Prediction(element);
    const target = document.getElementById(named(location.hash));
    if (target?.closest(".answer[hidden]")) target.scrollIntoView(); // asks for beforematch first
  });
})();
