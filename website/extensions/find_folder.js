// 404.html appears at any address: find the nearest folder above it that holds the book.
(() => {
  if (!location.protocol.startsWith("http")) return;
  const parts = location.pathname.split("/").slice(0, -1);
  for (; parts.length; parts.pop()) {
    const folder = `${parts.join("/")}/`;
    const request = new XMLHttpRequest();
    request.open("HEAD", `${folder}searchindex.js`, false);
    try {
      request.send();
    } catch {
      continue;
    }
    if (request.status !== 200) continue;
    const base = document.createElement("base");
    base.href = folder;
    document.head.append(base);
    break;
  }
  // With a base, "#top" would lead to the welcome page: keep such links on this page.
  document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll('a[href^="#"]'))
      link.href = location.pathname + link.getAttribute("href");
  });
})();
