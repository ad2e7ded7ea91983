"""The commands of a teacher: set a homework, and mark what was handed in.

python -m exercises homework 4 5.2 --framework torch    a notebook for the class
python -m exercises mark FOLDER                         a table of who solved what
"""

import argparse
import sys

import nbformat

from exercises.grading_tools import TOOLS
from exercises.homework import IMPORTS, choose, make_notebook


def main(argv=None):
    """Run one command; the exit code, 1 after an error, which is told in a sentence."""
    options = parse(argv)
    try:
        options.run(options)
        return 0
    except FileExistsError as error:
        problem = f"{error.filename} is there already: move it, or name another with --output."
    except OSError as error:
        problem = f"{error.filename} cannot be used ({error.strerror})."
    except ValueError as error:
        problem = error
    print(f"python -m exercises: {problem}", file=sys.stderr)
    return 1


def parse(argv):
    """The options of a command."""
    parser = argparse.ArgumentParser(prog="python -m exercises")
    commands = parser.add_subparsers(required=True)
    write = commands.add_parser("homework", help="write a notebook of questions, without solutions")
    write.add_argument(
        "exercises", nargs="+", help="chapters, such as 4, and exercises, such as 5.2"
    )
    write.add_argument("--framework", choices=IMPORTS, default="", help="without, both")
    write.add_argument("--for", choices=TOOLS, default="", dest="tool", help="the tool that marks")
    write.set_defaults(run=write_homework)
    mark = commands.add_parser("mark", help="judge what was handed in, and write a table")
    mark.add_argument("folder", help="where the files lie, such as NAME/handin.json")
    mark.add_argument("exercises", nargs="*", help="what was set; without, what most are made for")
    mark.add_argument("--seconds", type=float, default=60, help="for an answer; without, 60")
    mark.set_defaults(run=mark_folder)
    for command in (write, mark):
        command.add_argument("--output", help="the file to write")
    return parser.parse_args(argv)


def write_homework(options):
    """Write the notebook of a homework, where there is none yet."""
    numbers = choose(options.exercises, options.framework)
    notebook = make_notebook(numbers, options.framework, options.tool)
    path = options.output or f"homework-{'-'.join(options.exercises)}.ipynb"
    with open(path, "x", encoding="utf-8") as file:
        nbformat.write(notebook, file)
    print(f"{path} asks {len(numbers)} exercises: {', '.join(numbers)}.")
    if options.tool:
        print(f"It holds the solutions: give your class what {options.tool} makes of it.")


def mark_folder(options):
    """Mark a folder, and print a line for each hand-in."""
    from exercises.marking import mark_class

    for line in mark_class(options.folder, options.exercises, options.output, options.seconds):
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
