"""The exhibits of the bug museum, and the proof that a test tells a bug from its mending."""

from dataclasses import dataclass

__all__ = ["EXHIBITS", "Exhibit", "find_exhibit", "prove"]

PAGES = {
    "ground": "chapters/14_bug_museum",
    "first": "chapters/detours/bug_museum_first_floor",
    "second": "chapters/detours/bug_museum_second_floor",
}


@dataclass(frozen=True)
class Exhibit:
    """One bug: the name of its section, floor and hall, framework, report, and how it shows.

    `sign` is what a program with the bug says by itself: "nothing", "a warning" or "an error".
    """

    name: str
    floor: str
    hall: str
    framework: str
    report: str
    symptom: str
    sign: str = "nothing"

    @property
    def title(self):
        """The heading of its section: the name with a capital and without hyphens."""
        return self.name.replace("-", " ").capitalize()

    @property
    def link(self):
        """Where it stands on the site, from the welcome page."""
        return f"{PAGES[self.floor]}.html#{self.name}"


def prove(test, broken, mended):
    """Print what `test` says of the bug and of its mending.

    `test(thing)` raises an AssertionError with a sentence for `broken`, and nothing for `mended`;
    where it accepts the bug, ValueError. Chapter 14.
    """
    try:
        test(broken)
    except AssertionError as failed:
        print("with the bug:", failed)
    else:
        raise ValueError(
            f"{test.__name__} accepts the bug; a test that cannot fail proves nothing. "
            "Change what it asserts until it fails here."
        )
    test(mended)
    print("mended: passes")


def find_exhibit(name):
    """The exhibit of this name; ValueError names those that exist."""
    for exhibit in EXHIBITS:
        if exhibit.name == name:
            return exhibit
    known = ", ".join(exhibit.name for exhibit in EXHIBITS)
    raise ValueError(f"the museum has no exhibit {name!r}; it has {known}.")


EXHIBITS = ()
