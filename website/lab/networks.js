// The networks that can read: those of the page, an untrained one, and weights files of the
// reader's. Each is loaded when it is chosen first.
globalThis.HiddenState ??= {};
(() => {
  const { make } = HiddenState;

  class Networks {
    constructor(lab) {
      this.lab = lab;
      this.menus = [lab.control("first"), lab.control("second")];
      this.models = new Map(); // {name: model}
      this.files = new Map(); // {name: what `read` returned of a file of the reader's}
      this.loading = 0; // how many times `load` is at work
      const [first, second] = this.menus;
      first.append(...makeOptions());
      second.append(make("option", { value: "" }, "nothing"), ...makeOptions());
    }

    // The names of those that are chosen, the first network's first
    get chosen() {
      return this.menus.map(({ value }) => value).filter(Boolean);
    }

    // The menus name the networks that read.
    showReaders() {
      this.menus.forEach((menu, side) => {
        menu.value = this.lab.readings[side]?.name ?? "";
      });
    }

    // Let those that are chosen read.
    async choose() {
      if (await this.load()) this.lab.text.read();
      this.lab.update();
    }

    // Whether the networks that are chosen are there
    async load() {
      const { chosen, lab } = this;
      lab.writing.pause();
      this.loading++;
      for (const name of chosen) {
        if (this.models.has(name)) continue;
        try {
          this.models.set(name, await this.build(name, this.showProgress(name)));
        } catch ({ message }) {
          this.showReaders();
          lab.announcements.showError(message);
          lab.planned = null;
          break;
        }
      }
      this.loading--;
      return chosen.every((name) => this.models.has(name));
    }

    // Say that a network is being loaded; what is returned shows which share of it is there.
    showProgress(name) {
      const words =
        name === "untrained"
          ? "The initial weights of the untrained network are being drawn. "
          : "The network is being loaded.";
      const share = make("span", { ariaHidden: "true" });
      this.lab.find(".lab-status").replaceChildren(words, share);
      this.lab.announcements.announce(words);
      return (done) => (share.textContent = `${Math.floor(100 * done)} %`);
    }

    // The model of this name; `onProgress` is called with the share of its initial weights drawn.
    async build(name, onProgress) {
      if (this.files.has(name)) return HiddenState.build(this.files.get(name));
      if (name !== "untrained") return HiddenState.build(await HiddenState.fetch(name));
      const { config, chars } = await HiddenState.fetch("lstm");
      return HiddenState.build(await HiddenState.untrainedInSlices(config, 0, chars, onProgress));
    }

    // Choose a file of the reader's; one that is no weights file changes nothing.
    async takeFile(file) {
      if (!file) return;
      try {
        const found = await readFile(file);
        if (!this.files.has(file.name)) {
          for (const menu of this.menus) {
            menu.append(make("option", { value: file.name }, file.name));
          }
        }
        this.files.set(file.name, found);
        this.models.delete(file.name);
        this.menus[0].value = file.name;
        await this.choose();
      } catch ({ message }) {
        this.lab.announcements.showError(message);
      }
    }
  }

  const makeOptions = () =>
    Object.entries(HiddenState.NETWORKS).map(([value, words]) => make("option", { value }, words));

  async function readFile(file) {
    const fail = () => {
      throw new Error(`${file.name} could not be read. If it is a folder, choose a file in it.`);
    };
    const type = await HiddenState.fileType(file).catch(fail);
    if (type) {
      throw new Error(
        `${file.name} is ${type}, and a weights file is needed here. ` +
          "Choose a .safetensors file that rnnlib export or weights_file.save has written.",
      );
    }
    return HiddenState.read(await file.arrayBuffer().catch(fail), file.name);
  }

  Object.assign(HiddenState, { Networks });
})();
