// Navigation: drawers that close, a table of contents that makes room, ticks of what has been read.
(() => {
  // A choice in a drawer closes it; the theme then gives the focus back to its button.
  function closeOnChoice() {
    for (const drawer of document.querySelectorAll("dialog[id$='sidebar-modal']"))
      drawer.addEventListener("click", (event) => event.target.closest("a") && drawer.close());
  }

  // The theme takes the focus from a button that was pressed; by keyboard one presses it twice.
  function keepFocus() {
    const focusAgain = ({ target, detail }) => {
      const button = target.closest?.(".theme-switch-button, .primary-toggle");
      if (button && !detail) setTimeout(() => button.focus());
    };
    // Before the theme's own listener, which stops the event
    addEventListener("click", focusAgain, true);
  }

  // The table of contents in the margin is hidden while something wide stands beside it.
  function hideContentsBesideWide() {
    const contents = document.getElementById("pst-secondary-sidebar");
    if (!contents) return;
    const wide = new Set();
    const update = () => contents.toggleAttribute("data-aside", wide.size > 0);
    const watch = new IntersectionObserver(
      (entries) => {
        const edge = contents.getBoundingClientRect().left;
        for (const { target, isIntersecting, boundingClientRect } of entries) {
          if (isIntersecting && boundingClientRect.right > edge) wide.add(target);
          else wide.delete(target);
        }
        update();
      },
      { rootMargin: "-60px 0px 0px 0px" },
    );
    const find = () => {
      watch.disconnect();
      wide.clear();
      const boxes = document.querySelectorAll(
        "article :is(.framework-panel, .framework-comparison, figure, table, pre, .lab)",
      );
      for (const box of boxes) watch.observe(box);
    };
    new ResizeObserver(find).observe(document.body);
    document.addEventListener("change", find);
  }

  // A tick beside each chapter of the sidebar: read, and how many exercises are solved.
  function addTicks() {
    for (const link of document.querySelectorAll("#pst-primary-sidebar a.reference.internal")) {
      const page = link
        .getAttribute("href")
        .replace(/^#$/, location.pathname)
        .split("/")
        .pop()
        .replace(/\.html.*$/, "");
      if (!localStorage.getItem(`read/${page}`)) continue;
      const solved = Object.keys(localStorage).filter((key) =>
        key.startsWith(`solved/${page}/`),
      ).length;
      const tick = document.createElement("span");
      tick.className = "tick";
      tick.textContent = "✓";
      tick.title = solved ? `Read, ${solved} exercise${solved > 1 ? "s" : ""} solved` : "Read";
      tick.setAttribute("role", "img");
      tick.setAttribute("aria-label", tick.title);
      link.append(tick);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    closeOnChoice();
    keepFocus();
    hideContentsBesideWide();
    addTicks();
  });
})();
