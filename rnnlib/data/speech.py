"""Spoken digits: strings of them in a hundred synthetic voices, from the eSpeak NG synthesiser.

The synthesiser is a compiled library inside the espeakng-loader wheel. It is unpacked into the
cache, each file compared with the wheel, whose hash is known, and called through ctypes; no Python
of the wheel is run. The library keeps state between utterances (the phase of a flutter, random
numbers for breath), so it is loaded afresh for each: the same call gives the same samples, on the
same kind of system, whatever was said before. That takes about six milliseconds an utterance.
"""

import ctypes
import platform
import re
import threading
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.data.wheels import ESPEAK, CorpusError, cache_folder, find_wheel, store
from rnnlib.interface import Array

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
RATE = 22_050  # samples a second
SPEEDS = (80, 450)  # words a minute that the synthesiser takes
PITCHES = (0, 99)  # its scale of pitch; 50 is the voice's own

INSIDE = "espeakng_loader/"  # the folder in the wheel
DATA = ("phondata", "phonindex", "phontab", "intonations", "en_dict", "lang/gmw/en", "voices/!v/")
UNSTEADY = ("Reed", "caleb")  # their breath differs from call to call, even in a fresh library

AUDIO_SYNCHRONOUS, DO_NOT_EXIT, UTF8 = 2, 0x8000, 1  # from espeak-ng's speak_lib.h
SPEED, PITCH = 1, 3
END_OF_LIST, WORD = 0, 1  # kinds of events


class Event(ctypes.Structure):
    """What the library says about a place in the sound, as speak_lib.h lays it out."""

    _fields_ = [
        ("kind", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event)
)
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Utterance:
    """Digits (K,) as somebody says them: samples (N,), RATE a second, between -1 and 1.

    `starts` (K,) are the samples at which the synthesiser begins each digit.
    """

    samples: Array
    digits: Array
    starts: Array
    voice: str
    speed: int
    pitch: int


@cache
def list_voices() -> tuple[str, ...]:
    """The names of the voices that say the same thing twice alike. Raises CorpusError.

    Two of the 104 are left out, because their samples differ from call to call.
    """
    with zipfile.ZipFile(find_wheel(ESPEAK)) as wheel:
        names = [name.rpartition("/")[2] for name in wheel.namelist() if "/voices/!v/" in name]
    return tuple(sorted(name for name in names if name and name not in UNSTEADY))


def split_voices(held_out: int = 20, seed: int = 0) -> tuple[list[str], list[str]]:
    """Voices to train with and at least `held_out` others, as two lists.

    Variants of one voice stay together, so that none is trained on whose brother is held out.
    """
    check_whole("held_out", held_out)
    families = group_voices()
    order = np.random.default_rng(seed).permutation(sorted(families))
    held: list[str] = []
    for family in order:
        if len(held) < held_out:
            held += families[family]
    return [name for name in list_voices() if name not in held], sorted(held)


def group_voices() -> dict[str, list[str]]:
    """The voices by family: variants of one name, such as klatt and klatt2, under that name."""
    families: dict[str, list[str]] = {}
    for name in list_voices():
        families.setdefault(re.sub(r"\d+$", "", name.lower()), []).append(name)
    return families


def say_digits(
    digits: Sequence[int] | Array, voice: str = "adam", speed: int = 175, pitch: int = 50
) -> Utterance:
    """`speak` for digits 0 to 9, one after another; ValueError for anything else."""
    if len(digits) == 0 or not all(digit in range(10) for digit in digits):
        raise ValueError(f"digits must be whole numbers from 0 to 9, one at least, not {digits}.")
    text = " ".join(DIGITS[digit] for digit in digits)
    samples, starts = speak(text, voice, speed, pitch)
    return Utterance(samples, np.array(digits), starts, voice, speed, pitch)


def make_utterances(
    count: int,
    voices: Iterable[str],
    seed: int = 0,
    lengths: tuple[int, int] = (2, 5),
    speeds: tuple[int, int] = (130, 220),
    pitches: tuple[int, int] = (30, 70),
) -> Iterator[Utterance]:
    """`count` strings of random digits, each with a voice, a speed and a pitch of its own.

    All ranges include both ends. The same arguments give the same utterances.
    """
    check_whole("count", count)
    voices = list(voices)
    if not voices:
        raise ValueError("voices is empty: name one at least, from list_voices().")
    rng = np.random.default_rng(seed)
    for _ in range(count):
        digits = rng.integers(0, 10, rng.integers(lengths[0], lengths[1] + 1))
        voice = voices[rng.integers(len(voices))]
        speed, pitch = (int(rng.integers(low, high + 1)) for low, high in (speeds, pitches))
        yield say_digits(digits, voice, speed, pitch)


def check_between(name: str, value: Any, ends: tuple[int, int]) -> int:
    """A whole number between two ends, both included."""
    value = check_whole(name, value, ends[0])
    if value > ends[1]:
        raise ValueError(f"{name} must lie between {ends[0]} and {ends[1]}, not at {value}.")
    return value


def speak(text: str, voice: str, speed: int, pitch: int) -> tuple[Array, Array]:
    """The samples (N,) of an English text, float32 in -1 .. 1, RATE a second, and its words' first.

    Raises ValueError for a text without words, an unknown voice, a speed or pitch out of range, and
    CorpusError where the synthesiser cannot be had or loaded.
    """
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError(f"the text to say must be a string with words in it, not {text!r}.")
    if voice not in list_voices():
        some = ", ".join(list_voices()[:3])
        raise ValueError(f"there is no voice {voice!r} here; list_voices() names all: {some} ...")
    speed = check_between("speed", speed, SPEEDS)
    pitch = check_between("pitch", pitch, PITCHES)
    with _one_at_a_time:
        pieces, starts = synthesise(text, voice, speed, pitch)
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
    return samples.astype(np.float32) / 32_768, np.array(starts, int)


def synthesise(text: str, voice: str, speed: int, pitch: int) -> tuple[list[Array], list[int]]:
    """The pieces of sound that a fresh library makes of a text, and the samples of its words."""
    folder, pieces, starts = unpack(), [], []

    @CALLBACK
    def keep(samples, count, events):
        if count > 0:
            pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        place = 0
        while events[place].kind != END_OF_LIST:
            if events[place].kind == WORD:
                starts.append(events[place].sample)
            place += 1
        return 0

    library = load_library(folder)
    try:
        path = str(folder).encode()
        if library.espeak_Initialize(AUDIO_SYNCHRONOUS, 0, path, DO_NOT_EXIT) != RATE:
            raise CorpusError(
                f"the speech synthesiser cannot read its data in {folder}: where that is a long "
                "path, set RNNLIB_CACHE to a folder with a shorter one."
            )
        library.espeak_SetSynthCallback(keep)
        library.espeak_ng_SetRandSeed(ctypes.c_long(1))
        words = text.encode()
        problems = [
            library.espeak_SetVoiceByName(f"en+{voice}".encode()),
            library.espeak_SetParameter(SPEED, speed, 0),
            library.espeak_SetParameter(PITCH, pitch, 0),
            library.espeak_Synth(words, len(words) + 1, 0, 1, 0, UTF8, None, None),
        ]
        library.espeak_Terminate()
    finally:
        unload(library)
    if any(problems):
        raise CorpusError(f"the speech synthesiser failed on {text!r} (its codes: {problems}).")
    return pieces, starts


def load_library(folder: Path) -> Any:
    """The compiled library, loaded into this process."""
    names = {"Windows": "espeak-ng.dll", "Darwin": "libespeak-ng.dylib"}
    path = folder / names.get(platform.system(), "libespeak-ng.so")
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise CorpusError(
            f"the speech synthesiser cannot be loaded on this system ({error}); "
            "what needs it has to be run on another machine."
        ) from None


def unload(library: Any) -> None:
    """Drop a library with all that it remembers."""
    import _ctypes

    drop = getattr(_ctypes, "dlclose", None) or getattr(_ctypes, "FreeLibrary")  # noqa: B009, Windows
    drop(library._handle)


@cache
def unpack() -> Path:
    """The folder with the library and its data, each file as it is in the wheel."""
    folder = cache_folder() / ESPEAK.release.replace("==", "-")
    with zipfile.ZipFile(find_wheel(ESPEAK)) as wheel:
        for name in wheel.namelist():
            if is_needed(name.removeprefix(INSIDE)):
                keep_file(folder / name.removeprefix(INSIDE), wheel.read(name))
    return folder


def is_needed(name: str) -> bool:
    """Whether a file of the wheel is part of speaking English."""
    data = name.removeprefix("espeak-ng-data/")
    return not name.endswith("/") and (
        (data != name and data.startswith(DATA)) or name.endswith((".so", ".dylib", ".dll"))
    )


def keep_file(path: Path, data: bytes) -> None:
    """Have exactly `data` at `path`, written where it is missing or differs."""
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        store(path, data)
