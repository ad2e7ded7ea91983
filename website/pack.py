"""The notebooks to go: a zip with all that they read, for somebody without git or make.

python -m website.pack

The same tree gives the same bytes: files in order, all of one date, nothing of this machine.
"""

import re
import zipfile

from tools.plain import ROOT
from website.extensions.imprint import imprint

FILE = ROOT / "_build" / "to_go" / "hidden-state-notebooks.zip"
TOP = "hidden-state"
START = "START-HERE.txt"
PACKED = (
    "LICENSE",
    "CITATION.cff",
    "requirements*.txt",
    "index.md",
    "chapters/**/*.ipynb",
    "chapters/**/*.md",
    "chapters/diagrams/*.svg",
    "rnnlib/**/*.py",
    "checkup/*.py",
    "exercises/__init__.py",
    "exercises/__main__.py",
    "exercises/judges.py",
    "exercises/bug_museum.py",
    "exercises/homework.py",
    "exercises/grading_tools.py",
    "exercises/handin.py",
    "exercises/marking.py",
    "exercises/chapter_??.py",
    "tools/__init__.py",
    "tools/one_framework/__init__.py",
    "tools/one_framework/ipython_config.json",
    "tools/one_framework/pyproject.toml",
    "rnnlib/py.typed",
    "rnnlib/plots/book.mplstyle",
    "weights/**/*.safetensors",
    "benchmarks/results/*.json",
)
WORDS = """Hidden State: recurrent neural networks in Keras and PyTorch, side by side
Version {version}, {day}

These are the notebooks of the book with all that they read. You need Python 3.11, 3.12 or 3.13,
about 4 GB of disk (on Linux 8), and the network once, for the lines below.

Open a terminal in this folder, the one that holds START-HERE.txt, and paste the lines for your
system. The first time they take some minutes.

Linux and macOS:

{posix}
Windows, PowerShell or the command prompt:

{windows}
With PyTorch only, the install takes about 1.4 GB, and with Keras only about 2.1 GB: in the second
line, write requirements-torch.txt or requirements-keras.txt for requirements.txt, and --no-compile
after install. What needs the other framework is then skipped.

The last line opens the notebooks in your browser; the next time, only that line is needed. Begin
with ten_minutes.ipynb, and go from cell to cell with Shift+Enter. If something goes wrong, open
setup.md there: it has a table of what to do.

Code is under the MIT licence, text under CC BY 4.0: see LICENSE.
"""


def setup_lines(shell, end):
    """The first lines for a shell that chapters/setup.md gives and that open JupyterLab."""
    text = (ROOT / "chapters" / "setup.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{shell}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if block.endswith(f"{end} lab chapters\n"))


def start_here():
    """What stands in the file that is opened first."""
    posix, windows = setup_lines("bash", "jupyter"), setup_lines("powershell", "jupyter")
    return WORDS.format(posix=posix, windows=windows, **imprint())


def contents():
    """The bytes of each file, by its path in the folder of the book."""
    found = {START: start_here().encode()}
    for pattern in PACKED:
        paths = [path for path in ROOT.glob(pattern) if ".ipynb_checkpoints" not in path.parts]
        if not paths:
            raise FileNotFoundError(f"there is no {pattern} to pack")
        found |= {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths}
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found["pyproject.toml"] = project.replace('"README.md"', f'"{START}"', 1).encode()
    return found


def pack(file):
    """Write the zip."""
    file.parent.mkdir(parents=True, exist_ok=True)
    midnight = (*imprint()["date"].timetuple()[:3], 0, 0, 0)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in sorted(contents().items()):
            entry = zipfile.ZipInfo(f"{TOP}/{name}", midnight)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # as of Unix, everywhere
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    pack(FILE)
    print(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size / 1e6:.1f} MB")
