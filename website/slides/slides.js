// Turns the slides, in the framework and the theme that the switches of the book have stored. The
// address may ask for a framework, ?framework=torch, and for paper, where all is light: ?print-pdf.
(() => {
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search);
  const night = matchMedia("(prefers-color-scheme: dark)");

  function follow() {
    const framework = asked.get("framework") ?? localStorage.getItem("framework");
    root.dataset.framework = framework === "torch" ? "torch" : "keras";
    const mode = localStorage.getItem("mode");
    const isDark = mode === "dark" || (mode !== "light" && night.matches);
    root.dataset.theme = isDark && !asked.has("print-pdf") ? "dark" : "light";
  }
  follow();
  night.addEventListener("change", follow);
  window.addEventListener("storage", follow);

  // The same height on every screen, so that letters are as large; the width is that of the screen.
  const ratio = () => Math.min(16 / 9, Math.max(4 / 3, innerWidth / innerHeight));
  const size = () => ({ width: Math.round(900 * ratio()), height: 900, margin: 0, maxScale: 4 });
  const turns = { center: false, transition: "none", hash: true, slideNumber: "c/t" };
  Reveal.initialize({ ...size(), ...turns, plugins: [RevealNotes] });
  if (!asked.has("print-pdf")) window.addEventListener("resize", () => Reveal.configure(size()));

  function bind(key, description, name, choose) {
    Reveal.addKeyBinding({ keyCode: key.charCodeAt(0), key, description }, () => {
      asked.delete(name);
      localStorage.setItem(name, choose());
      follow();
    });
  }
  const other = (now, one, two) => (now === one ? two : one);
  bind("C", "Keras or PyTorch", "framework", () => other(root.dataset.framework, "keras", "torch"));
  bind("T", "Light or dark", "mode", () => other(root.dataset.theme, "light", "dark"));
})();
