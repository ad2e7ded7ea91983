// What scrolls sideways inside its own box can be reached, and so scrolled, with the keyboard.
(() => {
  const BOXES =
    "pre, div.math, .pst-scrollable-table-container, .cell_output, .cell_output > .output, " +
    ".reading-scroll, .vector";

  // All are measured before any is marked: the page is laid out once, not once a box.
  function mark() {
    const boxes = [...document.querySelectorAll(BOXES)];
    const scrolls = boxes.map(
      (box) => box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0,
    );
    boxes.forEach((box, index) => {
      if (scrolls[index]) box.tabIndex = 0;
      else if (box.tabIndex === 0) box.removeAttribute("tabindex");
    });
  }

  window.addEventListener("load", () => {
    new ResizeObserver(mark).observe(document.querySelector("article") ?? document.body);
    document.addEventListener("toggle", mark, true);
  });
})();
