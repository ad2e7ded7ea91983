// Exercises whose answer is a number or a shape: an input in the page, judged here as `check` does
// in a notebook, by what the exercise declares. `tests/site/test_exercises.py` compares the two.
(() => {
  const PAGE = location.pathname
    .split("/")
    .pop()
    .replace(/\.html$/, "");
  const ROUNDED = 0.015; // as in exercises/judges.py
  const UNROUNDED = "if you rounded on the way, keep every digit until the end.";

  // A number as `written` in exercises/judges.py has it: a whole one whole, others as `.6g`.
  function written(value) {
    if (Object.is(value, -0)) return "-0";
    if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
    if (!Number.isFinite(value)) return String(value).replace("Infinity", "inf");
    const [digits, power] = value.toExponential(5).split("e").map(Number);
    if (power < -4 || power > 5) {
      const exponent = String(Math.abs(power)).padStart(2, "0");
      return `${digits}e${power < 0 ? "-" : "+"}${exponent}`;
    }
    return String(Number(value.toPrecision(6)));
  }

  // As `number` in exercises/judges.py: [the hint or null, does it say only where the answer lies?]
  function judgeNumber({ right, within, wrong, whole }, value) {
    const gap = Math.abs(value - right);
    const known = wrong
      .map(([usual, near, hint]) => ({ apart: Math.abs(value - usual), near, hint }))
      .sort((a, b) => a.apart - b.apart)[0];
    if (known && known.apart <= known.near && known.apart < gap) return [known.hint, false];
    if (gap <= within) return [null, false];
    if (whole && !Number.isInteger(value)) return [whole, false];
    const said = written(value);
    if (
      value !== 0 &&
      [1, 2, 3, 4, 5, 6, 7].some((places) => Number(right.toFixed(places)) === value)
    )
      return [`${said} may be right to so many digits; more of them are asked for.`, false];
    if (!Number.isInteger(right) && gap <= ROUNDED * Math.abs(right))
      return [`${said} is close; ${UNROUNDED}`, false];
    return [`${said} is too ${value < right ? "small" : "large"}.`, true];
  }

  // As `shape` in exercises/judges.py.
  function judgeShape({ right, wrong }, axes) {
    const same = (other) => other.length === axes.length && other.every((n, i) => n === axes[i]);
    const known = wrong.find(([usual]) => same(usual));
    if (known) return known[1];
    const said = `(${axes.join(", ")}${axes.length === 1 ? "," : ""})`;
    if (axes.length !== right.length)
      return `${said} has ${axes.length} axes; ${right.length} were expected.`;
    return same(right) ? null : `${said} has the right number of axes, wrong sizes.`;
  }

  // The hint for what a reader typed, who has `missed` it so often before; null when it is right.
  function judge(declared, said, missed) {
    const hint =
      declared.kind === "shape" ? readShape(declared, said) : readNumber(declared, said, missed);
    if (hint === null) return null;
    const line = hint.replace(/\s*\n\s*/g, " ");
    return line[0].toUpperCase() + line.slice(1);
  }

  function readShape(declared, said) {
    const plain = said.replace(/^torch\.Size/, "");
    const axes = plain.match(/-?\d+/g);
    if (!axes || /[^\d\s,()[\]-]/.test(plain))
      return "A shape was expected: whole numbers with commas, as in (2, 3).";
    return judgeShape(declared, axes.map(Number));
  }

  function readNumber(declared, said, missed) {
    if (!answers.isOne(said))
      return "A single number was expected, worked out, as in 0.25, 1/4 or 25 %.";
    const [hint, isDirection] = judgeNumber(declared, answers.read(said));
    return isDirection && missed >= 2 ? declared.question : hint;
  }

  // The form of an exercise. It takes the place of the cell that asks for the answer in a notebook.
  function offer(section, script) {
    const declared = JSON.parse(script.textContent);
    const key = `exercise/${PAGE}/${section.id}`;
    const solved = `solved/${PAGE}/${section.id}`;
    let { said = "", missed = 0 } = JSON.parse(localStorage.getItem(key) ?? "{}");
    const form = Object.assign(document.createElement("form"), { className: "judged" });
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "text", autocomplete: "off", name: key, value: said });
    label.append(declared.kind === "shape" ? "Your answer, as in (2, 3) " : "Your answer ", input);
    const button = Object.assign(document.createElement("button"), { textContent: "Check" });
    const verdict = Object.assign(document.createElement("p"), { className: "verdict" });
    verdict.setAttribute("role", "status");
    form.append(label, button, verdict);

    const show = (words, isRight) => {
      form.classList.toggle("right", isRight);
      answers.say(verdict, words);
    };
    const remember = () => localStorage.setItem(key, JSON.stringify({ said, missed }));
    if (localStorage.getItem(solved)) {
      const isRight = judge(declared, said, 0) === null;
      show(isRight ? "Correct." : "You have solved this one before.", isRight);
    }
    input.addEventListener("input", () => show("", false));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      said = input.value.trim();
      if (!said) return show("Type your answer first.", false);
      const hint = judge(declared, said, missed);
      missed = hint === null ? 0 : missed + 1;
      if (hint === null) localStorage.setItem(solved, "true");
      remember();
      show(hint === null ? "Correct." : `Not yet. ${hint}`, hint === null);
    });
    section.querySelector(".cell.tag_exercise").replaceWith(form);
  }

  answers.judge = judge; // for the tests
  document.addEventListener("DOMContentLoaded", () => {
    for (const script of document.querySelectorAll("script.declared"))
      offer(script.closest("section.exercise"), script);
  });
})();
