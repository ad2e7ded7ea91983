// What a file is that was opened as a weights file and is none, by its first bytes.
globalThis.HiddenState ??= {};
(() => {
  // [first bytes, each as a character; what begins with them]
  const TYPES = [
    ["\x89PNG", "a picture (PNG)"],
    ["\xff\xd8\xff", "a picture (JPEG)"],
    ["GIF8", "a picture (GIF)"],
    ["%PDF", "a PDF document"],
    ["PK", "a zip archive, as .pt, .keras and .npz files are"],
    ["\x89HDF", "an HDF5 file, as .h5 files are"],
    ["\x93NUMPY", "an array of NumPy (.npy)"],
    ["\x1f\x8b", "a packed file (gzip)"],
    ["<", "a web page or a drawing"],
  ];
  const SIZE = 64; // bytes that are looked at
  const isText = (bytes) => bytes.every((byte) => byte > 31 || (byte > 8 && byte < 14));

  // Its type; "" for a safetensors file, whole or not, which `read` says more about. A promise.
  async function fileType(file) {
    const bytes = new Uint8Array(await file.slice(0, SIZE).arrayBuffer());
    if (!bytes.length) return "empty";
    const start = String.fromCharCode(...bytes);
    // The length of a header, in eight bytes, and the header
    if (start.slice(5, 9) === "\0\0\0{") return "";
    const known = TYPES.find(([first]) => start.startsWith(first));
    return known ? known[1] : isText(bytes) ? "a text" : "a file of another kind";
  }

  Object.assign(HiddenState, { fileType });
})();
