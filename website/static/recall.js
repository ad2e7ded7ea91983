// Recall: what a reader knew or missed, read and solved, kept in this browser and nowhere else.
// A missed question comes back after each of these days, then rests.
(() => {
  const DAYS = [1, 7, 30];
  const PAGE = location.pathname
    .split("/")
    .pop()
    .replace(/\.html$/, "");
  const load = (key) => JSON.parse(localStorage.getItem(key) ?? "null");
  const save = (key, value) => localStorage.setItem(key, JSON.stringify(value));
  const today = () => Math.floor((Date.now() - new Date().getTimezoneOffset() * 60_000) / 864e5);
  const make = (name, props = {}, ...parts) => {
    const element = Object.assign(document.createElement(name), props);
    element.append(...parts);
    return element;
  };
  const keysOf = (kind, page) =>
    Object.keys(localStorage).filter((key) => key.startsWith(`${kind}/${page}/`));

  // --- the cards ---------------------------------------------------------------------------

  // {missed: is it on the way back?, stage: how many repetitions were known, due: a day}
  function answered(key, knew) {
    const before = load(key);
    if (!knew) return save(key, { missed: true, stage: 0, due: today() + DAYS[0] });
    if (!before?.missed) return save(key, { missed: false });
    if (before.due > today()) return; // knowing it again on the same day proves nothing
    const stage = before.stage + 1;
    save(
      key,
      stage < DAYS.length ? { missed: true, stage, due: today() + DAYS[stage] } : { missed: false },
    );
  }

  function status(key) {
    const { missed, due } = load(key) ?? {};
    if (missed === undefined) return "";
    if (!missed) return "You knew this one.";
    const days = due - today();
    if (days <= 0) return "Asked again today.";
    return `You missed this one. It comes back in ${days} day${days > 1 ? "s" : ""}.`;
  }

  function addButtons(card, page, onAnswer = () => {}) {
    const key = `recall/${page}/${card.id.replace("recall-", "")}`;
    const note = make("span", { role: "status" }, status(key));
    const buttons = [
      ["I knew it", true],
      ["I missed it", false],
    ].map(([words, knew]) => {
      const button = make("button", { type: "button" }, words);
      button.addEventListener("click", () => {
        answered(key, knew);
        note.textContent = status(key);
        onAnswer(card);
      });
      return button;
    });
    card
      .querySelector(".recall-answer")
      .append(make("p", { className: "recall-buttons" }, ...buttons, note));
    return key;
  }

  // --- a chapter ---------------------------------------------------------------------------

  // An exercise that the page cannot judge gets a box to tick beside its title.
  function addTick(section) {
    const key = `solved/${PAGE}/${section.id}`;
    const box = make("input", { type: "checkbox", checked: load(key) ?? false });
    box.addEventListener("change", () =>
      box.checked ? save(key, true) : localStorage.removeItem(key),
    );
    section
      .querySelector("h3")
      .after(make("label", { className: "solved" }, box, " I have solved this"));
  }

  // A chapter is read when its last section has been on the screen.
  function watchTheEnd() {
    const end = [...document.querySelectorAll("article section > h2")].at(-1);
    if (!end || !document.querySelector(".recall")) return;
    new IntersectionObserver(([entry], observer) => {
      if (!entry.isIntersecting) return;
      save(`read/${PAGE}`, today());
      observer.disconnect();
    }).observe(end);
  }

  // --- the page of the review --------------------------------------------------------------

  function review(place) {
    const pageOf = (card) => card.parentElement.className.match(/cards-(\S+)/)[1];
    const cards = [...document.querySelectorAll(".cards > .recall")];
    const due = make("div", { className: "due" });
    place.after(due);

    for (const card of cards) {
      const page = pageOf(card);
      const key = addButtons(card, page, progress);
      const { missed, due: day } = load(key) ?? {};
      if (!missed || day > today()) continue;
      const copy = card.cloneNode(true);
      copy.id += "-due";
      copy.querySelector(".recall-buttons").remove();
      due.append(copy);
      copy.id = copy.id.replace("-due", "");
      addButtons(copy, page, () => {
        copy.remove();
        progress();
        showDue();
      });
      copy.id += "-due";
    }

    function showDue() {
      const left = due.children.length;
      const later = cards
        .map((card) => load(`recall/${pageOf(card)}/${card.id.replace("recall-", "")}`))
        .filter((found) => found?.missed && found.due > today())
        .map((found) => found.due - today());
      const next = later.length
        ? ` The next one comes in ${Math.min(...later)} day${Math.min(...later) > 1 ? "s" : ""}.`
        : "";
      place.textContent = left
        ? `${left} question${left > 1 ? "s are" : " is"} due. Answer in your head, then look.`
        : `Nothing is due.${next}`;
      if ("forgets" in document.documentElement.dataset)
        place.textContent =
          "This browser forbids pages to remember anything, so nothing can be brought back.";
      else if (!localStorage.length && location.protocol === "file:")
        place.textContent +=
          " Nothing is remembered yet. If you have answered questions before: some browsers " +
          "keep the notes of every file apart when a page is opened from a folder. " +
          "Use make serve then.";
    }

    function progress() {
      for (const row of document.querySelectorAll("table.your-progress tbody tr")) {
        const page = row.className.match(/row-(\S+)/)[1];
        const done = {
          predictions: keysOf("prediction", page).filter((key) => load(key).shown).length,
          questions: keysOf("recall", page).length,
          exercises: keysOf("solved", page).length,
        };
        row.children[1].textContent = load(`read/${page}`) ? "yes" : "no";
        for (const [kind, number] of Object.entries(done)) {
          const cell = row.querySelector(`td.${kind}`);
          cell.dataset.total ??= cell.textContent.trim();
          cell.textContent = `${number} of ${cell.dataset.total}`;
        }
      }
    }

    const forget = make("button", { type: "button", className: "forget" }, "Forget all of this");
    forget.addEventListener("click", () => {
      if (!confirm("Forget what you have read, predicted, answered and solved, in this browser?"))
        return;
      for (const key of Object.keys(localStorage))
        if (/^(recall|read|solved|prediction|exercise)\//.test(key)) localStorage.removeItem(key);
      location.reload();
    });
    document.querySelector("table.your-progress").closest("section").append(forget);
    progress();
    showDue();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const place = document.getElementById("review-due");
    if (place) return review(place);
    for (const card of document.querySelectorAll(".recall")) addButtons(card, PAGE);
    for (const section of document.querySelectorAll("section.exercise:not(:has(form.judged))"))
      addTick(section);
    watchTheEnd();
  });
})();
