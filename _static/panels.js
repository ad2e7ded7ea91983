// The switch in the header, and tabs for the panels that are too narrow for two columns.
(function () {
  const root = document.documentElement;
  const panels = [];

  // A column has the classes `framework-column` and, say, `framework-keras`.
  const nameOf = (column) => column.className.match(/framework-(?!column)(\w+)/)[1];

  class Panel {
    constructor(element, number) {
      this.element = element;
      this.row = element.querySelector(".framework-columns");
      this.columns = new Map();
      for (const column of this.row.children) {
        column.id ||= `panel-${number}-${nameOf(column)}`;
        this.columns.set(nameOf(column), column);
      }
      this.list = document.createElement("div");
      this.list.className = "framework-tablist";
      this.list.setAttribute("role", "tablist");
      this.list.setAttribute("aria-label", "Framework");
      this.tabs = new Map([...this.columns.keys()].map((name) => [name, this.makeTab(name)]));
      this.list.addEventListener("keydown", (event) => this.move(event));
      new ResizeObserver(() => this.update()).observe(element);
      this.update();
    }

    makeTab(name) {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.className = `framework-${name}`;
      tab.id = `${this.columns.get(name).id}-tab`;
      tab.textContent = this.columns.get(name).querySelector(".framework-label").textContent;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", this.columns.get(name).id);
      tab.addEventListener("click", () => choose(name, this));
      this.list.append(tab);
      return tab;
    }

    // The frameworks that the switch in the header leaves visible.
    shown() {
      const hidden = { keras: "torch", torch: "keras" }[root.dataset.framework];
      return [...this.columns.keys()].filter((name) => name !== hidden);
    }

    update(wanted = this.selected ?? localStorage.getItem("framework-tab")) {
      const shown = this.shown();
      const layout = getComputedStyle(this.row).getPropertyValue("--layout").trim();
      const tabbed = layout === "tabs" && root.dataset.framework === "both" && shown.length > 1;
      this.selected = shown.includes(wanted) ? wanted : shown[0];
      this.element.toggleAttribute("data-tabs", tabbed);
      if (!tabbed) this.list.remove();
      else if (!this.list.isConnected) this.element.prepend(this.list);
      for (const [name, column] of this.columns) {
        const current = name === this.selected;
        const tab = this.tabs.get(name);
        tab.hidden = !shown.includes(name);
        tab.setAttribute("aria-selected", String(current));
        tab.tabIndex = current ? 0 : -1;
        column.toggleAttribute("data-behind", tabbed && !current);
        for (const [key, value] of [["role", "tabpanel"], ["aria-labelledby", tab.id]])
          tabbed ? column.setAttribute(key, value) : column.removeAttribute(key);
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

  // Run a change without moving what the reader looks at.
  function keepInPlace(element, change) {
    const before = element.getBoundingClientRect().top;
    change();
    window.scrollBy({ top: element.getBoundingClientRect().top - before, behavior: "instant" });
  }

  // A tab chosen in one panel opens in the others too.
  function choose(name, panel) {
    localStorage.setItem("framework-tab", name);
    keepInPlace(panel.element, () => {
      for (const other of panels) if (other.columns.has(name)) other.update(name);
    });
  }

  function show(framework) {
    root.dataset.framework = framework;
    for (const input of document.querySelectorAll('.framework-switch input'))
      input.checked = input.value === framework;
    for (const panel of panels) panel.update();
  }

  function firstVisible() {
    const blocks = document.querySelectorAll(".bd-article :is(h1, h2, h3, p, .framework-panel)");
    return [...blocks].find((block) => block.getBoundingClientRect().bottom > 60) ?? root;
  }

  // Panels and switch act as soon as they are parsed: a node that follows says that one is whole.
  const known = new WeakSet();
  function adopt(isParsed) {
    const found = document.querySelectorAll(".framework-panel, .framework-switch");
    for (const element of found) {
      if (known.has(element) || !(isParsed === true || element.nextSibling)) continue;
      known.add(element);
      if (element.matches(".framework-switch")) show(root.dataset.framework);
      else panels.push(new Panel(element, panels.length));
    }
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
  const follow = () => show({ keras: "keras", torch: "torch" }[localStorage.getItem("framework")] ?? "both");
  window.addEventListener("storage", follow);
  window.addEventListener("pageshow", (event) => event.persisted && follow());
})();
