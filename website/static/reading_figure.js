// Plays the reading figure: one character at a time, with the three best guesses for the next.
(() => {
  const PACE = 420; // milliseconds a character
  const see = (char) => (char === " " ? "␣" : char);

  function play(figure) {
    const { text, guesses } = JSON.parse(figure.dataset.reading);
    const columns = figure.querySelectorAll(".step");
    const scroller = figure.querySelector(".reading-scroll");
    const quote = figure.querySelector("q");
    const slots = figure.querySelectorAll("li");
    const button = figure.querySelector("button");
    const slider = figure.querySelector("input");
    let step = text.length - 1;
    let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    let onScreen = false;

    function show(next) {
      step = next;
      columns.forEach((column, index) => {
        column.classList.toggle("unread", index > step);
        column.classList.toggle("current", index === step);
      });
      quote.textContent = text.slice(Math.max(0, step - 19), step + 1);
      slots.forEach((slot, index) => {
        const [char, chance] = guesses[step][index];
        slot.querySelector("b").textContent = see(char);
        slot.querySelector(".bar").style.setProperty("--chance", chance);
        slot.querySelector(".chance").textContent = `${chance} %`;
      });
      slider.value = step + 1;
      slider.setAttribute("aria-valuetext", `${step + 1} of ${text.length}: ${see(text[step])}`);
      const beyond = scroller.scrollWidth - scroller.clientWidth;
      if (beyond > 0) scroller.scrollLeft = beyond * (step / (text.length - 1));
    }

    function setPlaying(value) {
      playing = value;
      button.textContent = playing ? "Pause" : "Play";
    }

    button.addEventListener("click", () => setPlaying(!playing));
    slider.addEventListener("input", () => {
      setPlaying(false);
      show(Number(slider.value) - 1);
    });
    new IntersectionObserver(([entry]) => (onScreen = entry.isIntersecting)).observe(figure);
    let rest = 0; // a pause at the end of the sentence
    setInterval(() => {
      if (!playing || !onScreen || document.hidden) return;
      if (step === text.length - 1 && rest++ < 5) return;
      rest = 0;
      show((step + 1) % text.length);
    }, PACE);
    setPlaying(playing);
    show(playing ? 0 : step);
  }

  document.addEventListener("DOMContentLoaded", () =>
    document.querySelectorAll("[data-reading]").forEach(play),
  );
})();
