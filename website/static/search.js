// The search: this much is on every page, and the rest is loaded when it is wanted.
(() => {
  const HERE = new URL(document.currentScript.src); // .../_static/site.js?v=...
  const search = { site: new URL("..", HERE).href };
  window.bookSearch = search;
  const WRITING = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])";
  const loading = {};

  search.load = (name, version = HERE.search) => {
    loading[name] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const src = new URL(`search/${name}.js${version}`, HERE);
      Object.assign(script, { src, onload: resolve, onerror: reject });
      document.head.append(script);
    });
    return loading[name];
  };

  async function open(input) {
    if (input.dataset.searches) return;
    input.dataset.searches = "yes";
    try {
      const parts = [
        search.load("engine"),
        search.load("results"),
        search.load("search-index", ""),
      ];
      await Promise.all(parts);
    } catch {
      const note = document.createElement("p");
      note.className = "search-status";
      note.textContent = "The search could not be loaded.";
      return input.form.after(note);
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

  async function highlightQuery() {
    const here = new URL(location.href);
    if (!here.searchParams.has("find")) return;
    await search.load("highlight");
    search.highlight(here);
    const clean = location.pathname + location.hash; // for who copies the link
    history.replaceState(null, "", clean);
  }

  document.addEventListener("DOMContentLoaded", () => {
    highlightQuery();
    document.addEventListener("focusin", ({ target }) => {
      if (target.matches("form.bd-search input")) open(target);
    });
    document.addEventListener("keydown", openBySlash);
    document.getElementById("pst-search-dialog")?.addEventListener("close", giveFocusBack);
    const input = document.querySelector(".bd-search-container input");
    if (input) open(input);
  });
})();
