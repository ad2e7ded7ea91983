// Before the first paint: a stand-in where the browser forbids storage, then the reader's framework.
(function () {
  try {
    localStorage.getItem("framework");
  } catch {
    const kept = new Map();
    Object.defineProperty(window, "localStorage", {
      configurable: true,
      value: {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, String(value)),
        removeItem: (key) => kept.delete(key),
      },
    });
  }
  const chosen = localStorage.getItem("framework");
  document.documentElement.dataset.framework =
    ["keras", "torch"].includes(chosen) ? chosen : "both";
})();
