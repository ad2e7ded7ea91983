"""Recordings: WAV files of the usual kinds as samples between -1 and 1."""

import struct

import numpy as np

from rnnlib.checks import check_whole
from rnnlib.files import StrPath
from rnnlib.interface import Array, ArrayLike

WHOLE, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # codes in a file's format chunk
STREAMED = 0x7FFF_0000  # sizes from here on are written before the length is known
SILENT = 1e-3  # no sample of a silent recording is as far from 0
HALF_WIDTH = 16  # zero crossings of the sinc on each side of a sample that is made up


def read_wav(path: StrPath, rate: int | None = None) -> tuple[Array, int]:
    """The samples of a WAV file, float32 between -1 and 1, and their rate: (N,), whole number.

    Whole numbers of 8, 16, 24 or 32 bits and floats of 32 or 64 are read; several channels are
    averaged into one. With `rate`, the samples come back at that rate. Raises FileNotFoundError,
    and ValueError for a file that is not such a recording.
    """
    with open(path, "rb") as file:
        data = file.read()
    kind, channels, own_rate, bits, sound = read_chunks(data, path)
    samples = to_floats(sound, kind, bits, path)
    samples = samples[: len(samples) // channels * channels].reshape(-1, channels).mean(axis=1)
    if len(samples) == 0:
        raise ValueError(f"{path} holds no sound: its length is 0. Record it again.")
    check_sound(samples, str(path))
    if rate is None:
        return samples.astype(np.float32), own_rate
    return resample(samples, own_rate, rate).astype(np.float32), rate


def check_sound(samples: ArrayLike, name: str = "the sound") -> Array:
    """Return samples as an array of floats; ValueError unless they are finite and in one row."""
    try:
        samples = np.asarray(samples, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be one row of numbers between -1 and 1.") from None
    if samples.ndim != 1:
        raise ValueError(
            f"{name} must be one row of samples, not of shape {samples.shape}; average the "
            "channels first."
        )
    if not np.isfinite(samples).all():
        where = int(np.argmax(~np.isfinite(samples)))
        raise ValueError(f"{name} is not a number at sample {where}; repair or cut it first.")
    return samples


def check_heard(samples: ArrayLike, name: str = "the recording") -> Array:
    """Return samples; ValueError where the loudest lies more than 60 decibels below full scale."""
    samples = check_sound(samples, name)
    if len(samples) == 0 or np.abs(samples).max() < SILENT:
        raise ValueError(f"{name} is silent: record it again, closer to the microphone.")
    return samples


def resample(samples: ArrayLike, rate: int, wanted: int) -> Array:
    """Samples (N,) at `rate` a second as they would be at `wanted` a second.

    Each new sample is a weighted sum of its neighbours, by a sinc under a Hann window, which
    first takes away the frequencies that the new rate cannot hold (Shannon, 1949).
    """
    samples = check_sound(samples)
    rate, wanted = check_whole("rate", rate), check_whole("wanted", wanted)
    if rate == wanted:
        return samples
    share = min(1.0, wanted / rate)  # of the old band that is kept
    reach = int(np.ceil(HALF_WIDTH / share))
    padded = np.pad(samples, reach)
    count = -(-len(samples) * wanted // rate)
    made = np.empty(count)
    for start in range(0, count, 16_384):  # piece by piece, to save memory
        times = np.arange(start, min(start + 16_384, count)) * (rate / wanted)
        near = np.floor(times).astype(int)[:, None] + np.arange(1 - reach, reach + 1)
        away = times[:, None] - near
        weights = share * np.sinc(share * away) * np.cos(np.pi * away / (2 * reach)) ** 2
        made[start : start + len(times)] = (padded[near + reach] * weights).sum(axis=1)
    return made


def read_chunks(data: bytes, path: StrPath) -> tuple[int, int, int, int, bytes]:
    """Kind, channels, rate, bits and the bytes of the sound, out of the chunks of a file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{path} is not a WAV file; convert it to one first.")
    found, at = None, 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
            if kind == EXTENSIBLE and len(body) >= 26:
                kind = int.from_bytes(body[24:26], "little")
            found = kind, channels, rate, bits
        elif name == b"data" and found:
            if len(body) < size < STREAMED:
                raise ValueError(
                    f"{path} is cut: its header promises {size:,} bytes of sound, and "
                    f"{len(body):,} are there. Copy or record it again."
                )
            if 0 in found[1:3]:
                raise ValueError(f"{path} says that it has no channel or no rate; it is damaged.")
            return *found, body
        at += 8 + size + size % 2
    raise ValueError(f"{path} is broken off before its sound begins; copy or record it again.")


def to_floats(sound: bytes, kind: int, bits: int, path: StrPath) -> Array:
    """Bytes as numbers between -1 and 1."""
    sound = sound[: len(sound) // max(bits // 8, 1) * max(bits // 8, 1)]
    if kind == FLOAT and bits in (32, 64):
        return np.frombuffer(sound, f"<f{bits // 8}").astype(float)
    if kind != WHOLE or bits not in (8, 16, 24, 32):
        raise ValueError(
            f"{path} keeps its sound in a form that is not read here (code {kind}, {bits} bits); "
            "save it as WAV of 16 bits."
        )
    if bits == 8:  # the only kind without a sign
        return (np.frombuffer(sound, np.uint8) - 128.0) / 128
    if bits == 24:  # three bytes become the upper three of four
        wide = np.zeros((len(sound) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(sound, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0] / 2.0**31
    return np.frombuffer(sound, f"<i{bits // 8}") / 2.0 ** (bits - 1)
