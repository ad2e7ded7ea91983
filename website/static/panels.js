// The switch in the header, and tabs for the panels and tables too narrow for two frameworks.
(() => {
  const root = document.documentElement;
  const panels = [];

  // Columns and cells have a class with the name of theirs, say `framework-keras`.
  const nameOf = (part) => part.className.match(/framework-(?!column)(\w+)/)[1];
  const PARTS = ":scope > .framework-column, tr > [class*=framework-]";

  class Panel {
    constructor(element, number) {
      this.element = element;
      this.row = element.querySelector(".framework-columns, .framework-table");
      this.row.id ||= `panel-${number}`;
      this.columns = new Map(); // a framework's column, or all its cells
      for (const part of this.row.querySelectorAll(PARTS)) {
        if (part.matches(".framework-column")) part.id ||= `panel-${number}-${nameOf(part)}`;
        if (!this.columns.has(nameOf(part))) this.columns.set(nameOf(part), []);
        this.columns.get(nameOf(part)).push(part);
      }
      this.list = document.createElement("div");
      this.list.className = "framework-tablist";
      this.list.setAttribute("role", "tablist");
      this.list.setAttribute("aria-label", "Framework");
      this.tabs = new Map(
        [...this.columns].map(([name, parts]) => [name, this.makeTab(name, parts[0])]),
      );
      this.list.addEventListener("keydown", (event) => this.move(event));
      sizes.observe(element);
    }

    makeTab(name, part) {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.className = `framework-${name}`;
      tab.id = `${part.id || `${this.row.id}-${name}`}-tab`;
      tab.textContent = (part.querySelector(".framework-label") ?? part).textContent.trim();
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", part.id || this.row.id);
      tab.addEventListener("click", () => choose(name, this));
      this.list.append(tab);
      return tab;
    }

    // The frameworks that the switch in the header leaves visible.
    shown() {
      const hidden = { keras: "torch", torch: "keras" }[root.dataset.framework];
      return [...this.columns.keys()].filter((name) => name !== hidden);
    }

    isNarrow() {
      return getComputedStyle(this.row).getPropertyValue("--layout").trim() === "tabs";
    }

    update(narrow, wanted = this.selected ?? localStorage.getItem("framework-tab")) {
      const shown = this.shown();
      const tabbed = narrow && root.dataset.framework === "both" && shown.length > 1;
      this.selected = shown.includes(wanted) ? wanted : shown[0];
      this.element.toggleAttribute("data-tabs", tabbed);
      if (!tabbed) this.list.remove();
      else if (!this.list.isConnected) this.element.prepend(this.list);
      for (const [name, parts] of this.columns) {
        const current = name === this.selected;
        const tab = this.tabs.get(name);
        tab.hidden = !shown.includes(name);
        tab.setAttribute("aria-selected", String(current));
        tab.tabIndex = current ? 0 : -1;
        for (const part of parts) part.toggleAttribute("data-behind", tabbed && !current);
        if (!parts[0].matches(".framework-column")) continue; // a cell stays a cell of its table
        for (const [key, value] of [
          ["role", "tabpanel"],
          ["aria-labelledby", tab.id],
        ])
          tabbed ? parts[0].setAttribute(key, value) : parts[0].removeAttribute(key);
      }
    }

    move(event) {
      const names = this.shown();
      const at = names.indexOf(this.selected);
      const next = {
        ArrowRight: (at + 1) % names.length,
        ArrowLeft: (at + names.length - 1) % names.length,
        Home: 0,
        End: names.length - 1,
      }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      choose(names[next], this);
      this.tabs.get(names[next]).focus();
    }
  }

  // All layouts are read before anything is written: the page is laid out once, not once a panel.
  function update(some, wanted) {
    const narrow = some.map((panel) => panel.isNarrow());
    some.forEach((panel, index) => {
      panel.update(narrow[index], wanted);
    });
  }
  const sizes = new ResizeObserver((entries) => {
    const resized = new Set(entries.map((entry) => entry.target));
    update(panels.filter((panel) => resized.has(panel.element)));
  });

  // Run a change without moving what the reader looks at.
  function keepInPlace(element, change) {
    const before = element.getBoundingClientRect().top;
    change();
    window.scrollBy({ top: element.getBoundingClientRect().top - before, behavior: "instant" });
  }

  // A tab chosen in one panel opens in the others too.
  function choose(name, panel) {
    localStorage.setItem("framework-tab", name);
    keepInPlace(panel.element, () =>
      update(
        panels.filter((other) => other.columns.has(name)),
        name,
      ),
    );
  }

  function show(framework) {
    root.dataset.framework = framework;
    for (const input of document.querySelectorAll(".framework-switch input"))
      input.checked = input.value === framework;
    update(panels);
  }

  function firstVisible() {
    const blocks = document.querySelectorAll(".bd-article :is(h1, h2, h3, p, .framework-panel)");
    return [...blocks].find((block) => block.getBoundingClientRect().bottom > 60) ?? root;
  }

  // Panels and switch act as soon as they are parsed: a node that follows says that one is whole.
  const known = new WeakSet();
  function adopt(isParsed) {
    const found = document.querySelectorAll(
      ".framework-panel, .framework-comparison, .framework-switch",
    );
    const before = panels.length;
    for (const element of found) {
      if (known.has(element) || !(isParsed === true || element.nextSibling)) continue;
      known.add(element);
      if (element.matches(".framework-switch")) show(root.dataset.framework);
      else panels.push(new Panel(element, panels.length));
    }
    const fresh = panels.slice(before);
    if (fresh.length) requestAnimationFrame(() => update(fresh)); // before they are painted
  }
  const parser = new MutationObserver(adopt);
  parser.observe(root, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => {
    parser.disconnect();
    adopt(true);
  });
  document.addEventListener("change", (event) => {
    if (!event.target.closest(".framework-switch")) return;
    localStorage.setItem("framework", event.target.value);
    keepInPlace(firstVisible(), () => show(event.target.value));
  });
  // Another tab of the browser, or the page coming back from the cache.
  const follow = () =>
    show({ keras: "keras", torch: "torch" }[localStorage.getItem("framework")] ?? "both");
  window.addEventListener("storage", follow);
  window.addEventListener("pageshow", (event) => event.persisted && follow());
})();
