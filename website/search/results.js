// What the search finds while somebody types: options to choose from in the dialog, links on
// search.html.
(() => {
  const book = window.bookSearch;
  const set = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  };
  const make = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    set(element, attributes);
    element.append(...inside);
    return element;
  };

  class Results {
    constructor(input) {
      book.engine ??= new book.Search(book.index);
      this.input = input;
      this.status = make("p", { class: "search-status", role: "status" });
      input.addEventListener("input", () => this.update());
    }

    update() {
      const query = this.input.value.trim();
      const { results, marks } = book.engine.find(this.input.value, this.most);
      this.draw(results, marks);
      clearTimeout(this.rest); // a screen reader hears it once the typing rests
      this.rest = setTimeout(
        () => (this.status.textContent = query && this.say(query, results)),
        400,
      );
    }

    say(query, results) {
      if (!results.length)
        return `Nothing found for “${query}”. Try one word, or the name of a function.`;
      const count =
        results.length === this.most
          ? `The ${this.most} best`
          : results.length === 1
            ? "1 result"
            : `${results.length} results`;
      return `${results[0].share < 0.5 ? "No good match. " : ""}${count}. ${this.hint}`.trim();
    }

    // The title, the place in the book and a sentence, with the words that were asked for marked.
    describe(document, marks) {
      const marked = (text) =>
        book.engine
          .mark(text, marks)
          .map(([part, isFound]) => (isFound ? make("mark", {}, part) : part));
      const { title, page, under } = document;
      const places = [page.number ? `${page.number}. ${page.title}` : page.title, under];
      const around = places.filter((place) => place && place !== title);
      return [
        make("strong", {}, ...marked(title)),
        make("small", {}, around.join(" › ")),
        make("span", {}, ...marked(this.quote(document, marks))),
      ];
    }

    // A sentence with the words, or the names in the code if they stand there alone.
    quote(document, marks) {
      const found = (text) => book.engine.mark(text, marks).filter(([, isFound]) => isFound);
      const names = found(document.title + document.text).length ? [] : found(document.code);
      if (!names.length) return book.engine.sentence(document, marks);
      return `In the code: ${[...new Set(names.map(([name]) => name))].slice(0, 6).join(", ")}`;
    }

    // Where a document is, and the words to mark there as they are written in it.
    address({ page, anchor, title, text, code, answers }, marks) {
      const parts = [title, text, code, answers].flatMap((words) => book.engine.mark(words, marks));
      const found = parts.filter(([, isFound]) => isFound).map(([part]) => part.toLowerCase());
      const query = new URLSearchParams({ find: [...new Set(found)].slice(0, 8).join(" ") });
      return `${book.site}${page.address}?${query}#${anchor}`;
    }
  }

  // The dialog: a combobox, whose input keeps the focus.
  class Dialog extends Results {
    most = 10;
    hint = matchMedia("(pointer: coarse)").matches ? "" : "Arrow keys choose, Enter opens.";
    active = -1;

    constructor(input) {
      super(input);
      this.dialog = input.closest("dialog");
      const attributes = { id: "search-found", class: "search-found", role: "listbox" };
      this.list = make("ul", { ...attributes, "aria-label": "Results" });
      const close = make("button", { type: "button", class: "search-close" }, "Close");
      close.addEventListener("click", () => this.dialog.close());
      input.form.append(close);
      this.dialog.append(this.status, this.list);
      set(input, { role: "combobox", "aria-controls": this.list.id, "aria-autocomplete": "list" });
      input.addEventListener("keydown", (event) => this.press(event));
      for (const kind of ["click", "auxclick"])
        this.list.addEventListener(kind, (event) => this.click(event));
    }

    draw(results, marks) {
      // No link lies inside: an option may hold nothing that can be focused.
      this.list.replaceChildren(
        ...results.map(({ document }, n) => {
          const attributes = { id: `search-found-${n}`, role: "option", "aria-selected": "false" };
          const option = make("li", attributes, ...this.describe(document, marks));
          option.dataset.address = this.address(document, marks);
          option.addEventListener("pointermove", () => n !== this.active && this.choose(n));
          return option;
        }),
      );
      this.active = -1;
      this.input.removeAttribute("aria-activedescendant");
      this.list.hidden = !results.length;
      this.list.scrollTop = 0;
      this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    }

    choose(n) {
      const options = this.list.children;
      options[this.active]?.setAttribute("aria-selected", "false");
      this.active = (n + options.length) % options.length;
      const option = options[this.active];
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    }

    press(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.isComposing || !this.list.children.length || !(step || event.key === "Enter"))
        return;
      event.preventDefault();
      if (step) this.choose(this.active < 0 && step < 0 ? -1 : this.active + step);
      else this.go(this.list.children[Math.max(this.active, 0)], event.ctrlKey || event.metaKey);
    }

    click(event) {
      const option = event.target.closest("[role=option]");
      if (option && event.button < 2)
        this.go(option, event.ctrlKey || event.metaKey || event.button === 1);
    }

    async go(option, inNewTab) {
      const address = new URL(option.dataset.address);
      if (inNewTab) return void window.open(address.href, "_blank", "noopener");
      this.dialog.close();
      if (address.pathname !== location.pathname) return location.assign(address);
      history.pushState(null, "", address.hash); // on this page, which is not loaded anew
      await book.load("highlight");
      book.highlight(address);
    }
  }

  // search.html: the address holds the query, and the results are links.
  class Page extends Results {
    most = 30;
    hint = "";

    constructor(input) {
      super(input);
      this.list = make("ol", { class: "search-found" });
      document.getElementById("search-results").append(this.status, this.list);
      input.value ||= new URLSearchParams(location.search).get("q") ?? "";
      input.addEventListener("input", () => {
        history.replaceState(null, "", `?${new URLSearchParams({ q: input.value })}`);
      });
    }

    draw(results, marks) {
      this.list.replaceChildren(
        ...results.map(({ document }) => {
          const link = make(
            "a",
            { href: this.address(document, marks) },
            ...this.describe(document, marks),
          );
          return make("li", {}, link);
        }),
      );
    }
  }

  book.show = (input) => new (input.closest("dialog") ? Dialog : Page)(input).update();
})();
