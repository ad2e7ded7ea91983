// Turns the slides, in the framework and the theme that the book's switches have stored; the address
// may ask for a framework: ?framework=torch. On paper all is light: ?print-pdf.
(() => {
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search);
  const night = matchMedia("(prefers-color-scheme: dark)");

  function follow() {
    const framework = asked.get("framework") ?? localStorage.getItem("framework");
    root.dataset.framework = framework === "torch" ? "torch" : "keras";
    const mode = localStorage.getItem("mode");
    const theme = ["light", "dark"].includes(mode) ? mode : night.matches ? "dark" : "light";
    root.dataset.theme = asked.has("print-pdf") ? "light" : theme;
  }
  follow();
  night.addEventListener("change", follow);
  window.addEventListener("storage", follow);

  // The same height everywhere, so that letters are as large; the width is that of the screen.
  const size = () => ({
    width: Math.round(900 * Math.min(16 / 9, Math.max(4 / 3, innerWidth / innerHeight))),
    height: 900,
  });
  const common = { margin: 0, maxScale: 4, center: false, transition: "none", hash: true };
  Reveal.initialize({ ...common, ...size(), slideNumber: "c/t", plugins: [RevealNotes] });
  if (!asked.has("print-pdf"))
    window.addEventListener("resize", () => Reveal.configure(size()));

  function bind(keyCode, key, description, name, change) {
    Reveal.addKeyBinding({ keyCode, key, description }, () => {
      asked.delete(name);
      localStorage.setItem(name, change());
      follow();
    });
  }
  bind(67, "C", "Code in Keras or PyTorch", "framework", () =>
    root.dataset.framework === "torch" ? "keras" : "torch",
  );
  bind(84, "T", "Light or dark", "mode", () => (root.dataset.theme === "dark" ? "light" : "dark"));
})();
