"""The engine of the lab: a character RNN in plain JavaScript, and trained models as scripts.

The scripts of `website/lab` are copied to `_static/lab`: below the source's own `_static`, Jupyter
Book would load them on every page. Only pages that call `load_engine` load them. A page that was
opened from a folder may fetch no files, so each model is a script as well, of base64, in
`_static/lab/models`, and loaded when `HiddenState.fetch` asks for it.
"""

import shutil
import tempfile
from base64 import b64encode
from pathlib import Path

from sphinx.util.fileutil import copy_asset

HERE = Path(__file__).parent
FOLDER = "_static/lab"
# in the order in which they build on each other
SCRIPTS = ("engine", "sha256", "weights_file", "sampling", "random", "untrained", "backward")
# {name: weights/STEM.safetensors}; the large one is for those who ask for it
MODELS = {
    "lstm": "looking_lstm",
    "gru": "looking_gru",
    "rnn": "looking_rnn",
    "large": "shakespeare_lstm",
}
# the small ones of Ten minutes, a kind of text each; the lab can read with them too
OF = ("shakespeare", "python", "tunes", "names", "openings")
WRITERS = {f"writer_{text}": f"writer_{text}" for text in OF}
# those that are small enough to be had whole; the others come in eight bits
WHOLE = {"pangram": "pangram", "knights": "knights_lstm"}
WHOLE |= {name: name for n in (30, 100, 200) for name in (f"order_{n}_lstm", f"order_{n}_rnn")}


def load_engine(env, *more):
    """Let the page that is being read load the engine, and then more scripts of `website/lab`."""
    scripts = env.metadata[env.docname].setdefault("lab", [f"{name}.js" for name in SCRIPTS])
    scripts += [name for name in more if name not in scripts]


def add_scripts(app, page, template, context, doctree):
    """The scripts of one page, which run in order once it is parsed."""
    for name in app.env.metadata.get(page, {}).get("lab", []):
        app.add_js_file(f"lab/{name}", loading_method="defer")


def write_file(name, path, target):
    """Write the weights file that a page gets for a model: whole, or rounded to eight bits."""
    from rnnlib.models import weights_file

    if name in WHOLE:
        shutil.copy(path, target)
    else:
        weights_file.save(target, *weights_file.load(path), bits=8)


def as_script(name, path):
    """A script that hands a weights file to the engine, in base64."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, path.name)
        write_file(name, path, target)
        letters = b64encode(target.read_bytes()).decode("ascii")
    return f'HiddenState.models.{name} = "{letters}";\n'


def find_weights(source, name):
    """The weights file of a model, below the folder of the book's sources."""
    return Path(source, "weights", f"{(MODELS | WRITERS | WHOLE)[name]}.safetensors")


def copy_all(app):
    """The scripts, and the models that have been trained."""
    copy_asset(HERE.parent / "lab", Path(app.outdir) / FOLDER)
    models = Path(app.outdir) / FOLDER / "models"
    models.mkdir(parents=True, exist_ok=True)
    for name in MODELS | WRITERS | WHOLE:
        if (path := find_weights(app.srcdir, name)).is_file():
            (models / f"{name}.js").write_text(as_script(name, path), encoding="ascii")


def setup(app):
    app.connect("builder-inited", copy_all)
    app.connect("html-page-context", add_scripts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
