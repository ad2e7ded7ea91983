// The search: this much is on every page, and the rest is loaded when it is wanted.
(function () {
  const HERE = new URL(document.currentScript.src); // .../_static/site.js?v=...
  const search = (window.bookSearch = { site: new URL("..", HERE).href });
  const WRITING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])";
  const loading = {};

  search.load = (name, version = HERE.search) => (loading[name] ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    Object.assign(script, { src: new URL(`search/${name}.js${version}`, HERE), onload: done, onerror: fail });
    document.head.append(script);
  }));

  async function open(input) {
    if (input.dataset.searches) return;
    input.dataset.searches = "yes";
    try {
      const parts = [search.load("engine"), search.load("results"), search.load("search-index", "")];
      await Promise.all(parts);
    } catch {
      const said = document.createElement("p");
      said.className = "search-status";
      said.textContent = "The search could not be loaded.";
      return input.form.after(said);
    }
    search.show(input);
  }

  // A slash opens the search as Ctrl+K does, unless somebody is writing.
  function openBySlash(event) {
    const writes = event.target.closest(WRITING);
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writes) return;
    event.preventDefault();
    document.querySelector(".search-button__button").click();
  }

  // The browser gives the focus back to what had it; if nothing had, the button gets it.
  function giveFocusBack({ target: dialog }) {
    const { activeElement: active } = document;
    if (active !== document.body && !dialog.contains(active)) return;
    const buttons = [...document.querySelectorAll(".search-button__button")];
    buttons.find((button) => button.checkVisibility())?.focus({ preventScroll: true });
  }

  async function arrive() {
    const here = new URL(location.href);
    if (!here.searchParams.has("find")) return;
    await search.load("arrive");
    search.arrive(here);
    history.replaceState(null, "", location.pathname + location.hash); // a link that is copied stays clean
  }

  document.addEventListener("DOMContentLoaded", () => {
    arrive();
    document.addEventListener("focusin", ({ target }) => {
      if (target.matches("form.bd-search input")) open(target);
    });
    document.addEventListener("keydown", openBySlash);
    document.getElementById("pst-search-dialog")?.addEventListener("close", giveFocusBack);
    const input = document.querySelector(".bd-search-container input");
    if (input) open(input);
  });
})();
