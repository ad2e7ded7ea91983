// Highlights the words of a search on the page that a result led to, and scrolls to one of them.
(() => {
  const UNMARKED = "math, script, style, .headerlink, .cell_output";
  const HIDDEN =
    "What you looked for stands in a part of this section that is hidden now: in an answer, " +
    "in a fold, or in the code of the other framework.";

  // The visible places of words within an element.
  function rangesOf(element, words) {
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    escaped.sort((a, b) => b.length - a.length);
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}_])(?:${escaped.join("|")})(?![\\p{L}\\p{N}_])`,
      "giu",
    );
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const { currentNode: node } = walker;
      if (node.parentElement.closest(UNMARKED) || !node.parentElement.checkVisibility()) continue;
      for (const match of node.data.matchAll(pattern)) {
        const range = new Range();
        range.setStart(node, match.index);
        range.setEnd(node, match.index + match[0].length);
        found.push(range);
      }
    }
    return found;
  }

  // The heading at the top if the word is then on the screen too, else the word in the upper third.
  function scrollTo(heading, word) {
    const { top } = heading.getBoundingClientRect();
    const box = (word ?? heading).getBoundingClientRect();
    const header = document.querySelector(".bd-header-article")?.offsetHeight ?? 60;
    const fits = box.bottom - top < innerHeight * 0.75;
    scrollBy({ top: fits ? top - header - 16 : box.top - innerHeight / 3, behavior: "instant" });
  }

  function sayHidden(heading) {
    const note = document.createElement("p");
    Object.assign(note, { className: "search-hidden", textContent: HIDDEN });
    note.setAttribute("role", "status");
    heading.after(note);
  }

  function highlight(address) {
    document.querySelector(".search-hidden")?.remove();
    const words = address.searchParams.get("find").split(" ").filter(Boolean);
    const part = document.getElementById(decodeURIComponent(address.hash.slice(1)));
    if (!words.length || !part) return;
    const heading = part.matches("section") ? part.querySelector("h1, h2, h3, h4") : part;
    const parts = part.matches("dt") ? [part, part.nextElementSibling] : [part];
    const found = parts.flatMap((each) => rangesOf(each, words));
    window.CSS?.highlights?.set("book-search", new Highlight(...found));
    if (!found.length && part !== heading) sayHidden(heading);
    // Not a word of the heading, and the longest, which tells most.
    const below = found.filter(
      (range) => part === heading || !heading.contains(range.startContainer),
    );
    const best = below.sort((a, b) => String(b).length - String(a).length)[0];
    const scroll = () => scrollTo(heading, best);

    heading.tabIndex = -1;
    // A screen reader reads on from here.
    const focus = () => heading.focus({ preventScroll: true });
    focus();
    scroll();
    if (document.readyState === "complete") return;
    // The browser's own jump to the anchor takes the focus away, and pictures move what is below
    // them: go there again when all is loaded, unless the reader has moved.
    let hasScrolled = false;
    for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"])
      addEventListener(kind, () => (hasScrolled = true), { once: true, passive: true });
    addEventListener("load", () =>
      setTimeout(() => {
        if (hasScrolled) return;
        focus();
        scroll();
      }),
    );
  }

  addEventListener(
    "keydown",
    ({ key }) => key === "Escape" && window.CSS?.highlights?.delete("book-search"),
  );
  window.bookSearch.highlight = highlight;
})();
