// Before the first paint: a stand-in where the browser forbids storage, then the framework that the
// reader chose.
(() => {
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].getItem("framework");
    } catch {
      const kept = new Map();
      const value = {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, text) => kept.set(key, String(text)),
        removeItem: (key) => kept.delete(key),
      };
      Object.defineProperty(window, name, { value, configurable: true });
      document.documentElement.dataset.forgets = "";
    }
  }
  const chosen = localStorage.getItem("framework");
  document.documentElement.dataset.framework = ["keras", "torch"].includes(chosen)
    ? chosen
    : "both";
})();
