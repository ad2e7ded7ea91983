// The shares of one place of a text, at a temperature and after top-k and top-p.
HiddenState.pieces.temperature = (element, { logits, shown }) => {
  const list = element.querySelector("ol");
  const chars = [...list.children].map((row) => row.firstChild.textContent);
  const [temperature, topK, topP] = element.querySelectorAll("input");
  const show = (input, text) => {
    input.nextElementSibling.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };

  return () => {
    const tau = Number(temperature.value).toFixed(1);
    const k = Number(topK.value);
    const p = Number(topP.value);
    show(temperature, tau);
    show(topK, k < logits.length ? k : "all");
    show(topP, p < 1 ? p.toFixed(2) : "all");
    const kept = HiddenState.filter(logits, { temperature: Number(tau), topK: k, topP: p });
    const shares = HiddenState.softmax(kept);
    HiddenState.drawBars(
      list,
      chars,
      shown.map((id) => shares[id]),
    );
    const drawn = shares.filter((share) => share > 0);
    const entropy = -drawn.reduce((sum, share) => sum + share * Math.log(share), 0);
    return (
      `At a temperature of ${tau} the network draws as if among ${Math.exp(entropy).toFixed(1)} ` +
      `characters. Of ${logits.length} it can draw ${drawn.length}, and the likeliest has ` +
      `${HiddenState.percent(Math.max(...shares))}.`
    );
  };
};
