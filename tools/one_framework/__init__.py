"""Where one framework is installed, a cell that needs the other is skipped, and a line says so.

An extension of IPython. requirements-torch.txt and requirements-keras.txt install this folder, and
its ipython_config.json loads it into every notebook of their environment.
"""

import ast
from importlib.util import find_spec
from symtable import symtable

FRAMEWORKS = {"keras": "Keras", "tensorflow": "Keras", "torch": "PyTorch"}
LINE = "Skipped: this cell needs {}, which is not installed here."
ATTEMPT = """try: {}
except ModuleNotFoundError as error:
    if not get_ipython().skipping.miss(error, [{!r}]): raise"""


def attempt(statement):
    """The statement; of an import several, each of one name, which may fail alone."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return [statement]
    alone = [(type(statement)(**vars(statement) | {"names": [a]}), a) for a in statement.names]
    codes = [ATTEMPT.format(ast.unparse(s), a.asname or a.name.split(".")[0]) for s, a in alone]
    return ast.parse("\n".join(codes)).body


class Skipping:
    """Transforms cells; `lost` is what cannot be had, by name, such as {"keras_net": "Keras"}.

    `space` is where a notebook's names stand.
    """

    def __init__(self, lost, space):
        self.lost, self.space, self.told, self.names = lost, space, None, set()

    def visit(self, tree):
        """The code of a cell, whose new names are noted, with attempts in place of its imports."""
        symbols = symtable(ast.unparse(tree), "cell", "exec").get_symbols()
        assigned = {symbol.get_name() for symbol in symbols if symbol.is_assigned()}
        self.names = assigned - self.space.keys()
        tree.body = [part for statement in tree.body for part in attempt(statement)]
        return tree

    def miss(self, error, names):
        """The framework that an error is for the lack of; with it the names are lost."""
        framework = self.lost.get((error.name or "").partition(".")[0])
        self.lost |= dict.fromkeys(names if framework else (), framework)
        return framework

    def tell(self, shell, kind, error, trace, tb_offset=None):
        """In place of a traceback the line, if a framework is what is lacked."""
        if framework := self.miss(error, self.names):
            print(LINE.format(framework))
            self.told = error
            for name in self.names & self.space.keys():  # half made
                del self.space[name]
        else:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    def forgive(self, result):
        """Let the next cells run."""
        result.error_in_exec = None if result.error_in_exec is self.told else result.error_in_exec


def load_ipython_extension(shell):
    """Begin, where a framework is absent."""
    shell.skipping = Skipping(
        {m: name for m, name in FRAMEWORKS.items() if not find_spec(m)}, shell.user_ns
    )
    if shell.skipping.lost:
        shell.ast_transformers.append(shell.skipping)
        shell.set_custom_exc((NameError, ModuleNotFoundError), shell.skipping.tell)
        shell.events.register("post_run_cell", shell.skipping.forgive)
