// Figures that a reader saves: the drawing comes as a script, because a page that was opened from a
// folder may read no file, and what it draws of one on a canvas it may not read.
(() => {
  const WIDE = 1920; // pixels of a PNG at least: a slide's

  function load(address) {
    const script = Object.assign(document.createElement("script"), { src: address });
    return new Promise((resolve, reject) => {
      script.onload = () => resolve(window.savedFigure);
      script.onerror = reject;
      document.head.append(script);
    }).finally(() => script.remove());
  }

  async function paint(drawing) {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(drawing)}`;
    await image.decode();
    const scale = Math.max(2, WIDE / image.width);
    const canvas = Object.assign(document.createElement("canvas"), {
      width: Math.round(image.width * scale),
      height: Math.round(image.height * scale),
    });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve));
  }

  function hand(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  document.addEventListener("click", async (event) => {
    const chosen = event.target.closest(".save :is(a[download], button)");
    if (!chosen || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { href } = chosen.parentElement.querySelector("a[download]");
    const name = href.replace(/.*\/(.*)\.svg$/, "hidden-state-$1");
    try {
      const drawing = await load(href.replace(/svg$/, "js"));
      if (chosen.matches("a")) hand(new Blob([drawing], { type: "image/svg+xml" }), `${name}.svg`);
      else hand(await paint(drawing), `${name}.png`);
    } catch {
      location.href = href; // the drawing itself, which the browser can save
    }
  });
})();
