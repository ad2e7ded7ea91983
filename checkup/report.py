"""What a checkup says: findings with their remedies, what was sound, and what was not examined."""

from dataclasses import dataclass, field

from checkup.findings import FINDINGS


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: its name, what was seen, what to do, and where the bug is shown."""

    name: str
    sentence: str
    remedy: str
    link: str

    def __str__(self):
        return f"{self.name}: {self.sentence}\n    What to do: {self.remedy}\n    See {self.link}"


@dataclass(frozen=True)
class Note:
    """A check that found nothing, or could not be made, and a sentence about it."""

    name: str
    sentence: str

    def __str__(self):
        return f"{self.name}: {self.sentence}"


@dataclass
class Report:
    """The result of a checkup, which prints as text. Chapter 14.

    `findings` is a list of what is wrong, each with `name`, `sentence`, `remedy` and `link`;
    `passed` and `not_examined` are lists of notes, each with `name` and `sentence`. `ok` is True
    where nothing was found.
    """

    model: str
    findings: list[Finding] = field(default_factory=list)
    passed: list[Note] = field(default_factory=list)
    not_examined: list[Note] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def find(self, name, sentence):
        """Note something wrong, once."""
        if name not in [finding.name for finding in self.findings]:
            link, remedy = FINDINGS[name]
            self.findings.append(Finding(name, sentence, remedy, link))

    def found(self, *names):
        """Whether one of these was found."""
        return any(finding.name in names for finding in self.findings)

    def passes(self, check, sentence):
        """Note that a check found nothing wrong."""
        self.passed.append(Note(check, sentence))

    def skip(self, check, reason):
        """Note that a check was not made, and why."""
        self.not_examined.append(Note(check, f"not examined, because {reason}."))

    def to_dict(self) -> dict:
        """The report as plain values, for JSON."""
        kinds = ("findings", "passed", "not_examined")
        return {"model": self.model} | {
            k: [vars(n).copy() for n in getattr(self, k)] for k in kinds
        }

    def __str__(self):
        counts = (
            f"{len(self.findings)} finding{'' if len(self.findings) == 1 else 's'}, "
            f"{len(self.passed)} passed, {len(self.not_examined)} not examined"
        )
        lines = [f"Checkup of {self.model}: {counts}", ""]
        lines += [f"({n}) {finding}\n" for n, finding in enumerate(self.findings, 1)]
        for title, notes in (("Passed", self.passed), ("Not examined", self.not_examined)):
            if notes:
                lines += [title, *(f"  {note}" for note in notes), ""]
        return "\n".join(lines).rstrip()

    __repr__ = __str__
