// What scrolls sideways inside its own box can be reached, and so scrolled, with the keyboard.
(function () {
  const BOXES = "pre, div.math, .pst-scrollable-table-container, .cell_output, .reading-scroll, .vector";

  function mark() {
    for (const box of document.querySelectorAll(BOXES)) {
      const scrolls = box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0;
      if (scrolls) box.tabIndex = 0;
      else if (box.tabIndex === 0) box.removeAttribute("tabindex");
    }
  }

  window.addEventListener("load", () => {
    new ResizeObserver(mark).observe(document.querySelector("article") ?? document.body);
    document.addEventListener("toggle", mark, true);
  });
})();
