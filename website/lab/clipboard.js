// Whether the browser lets the page copy these words
globalThis.HiddenState ??= {};
HiddenState.copyToClipboard = async (words) => {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return false;
  }
};
