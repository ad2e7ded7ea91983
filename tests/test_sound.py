"""Sound: WAV files of every usual kind, new rates, and the log-mel spectrogram beside libraries."""

import operator
import struct
import wave

import numpy as np
import pytest
from scipy import signal

from rnnlib.data import frame, log_mel, mel_filters, power_spectrum, read_wav
from rnnlib.data.spectra import LogMelStream, Scaling, add_noise, hann, mix, to_mel
from rnnlib.data.wav import check_heard, resample
from tests.helpers import assert_refused, raises_sentence

TONE = 0.8 * np.sin(2 * np.pi * 440 * np.arange(4000) / 16_000)


def write_with_wave(path, samples, bits, channels=1, rate=16_000):
    """A file by the standard library; `samples` are (N,) or (N, channels)."""
    top = 2 ** (bits - 1)
    whole = np.round(np.asarray(samples) * (top - 1)).astype(np.int64)
    if bits == 8:
        data = (whole + 128).astype(np.uint8).tobytes()
    else:
        data = b"".join(int(n).to_bytes(bits // 8, "little", signed=True) for n in whole.flat)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        file.writeframes(data)
    return path


# WAV files


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_whole_numbers_of_every_width_are_read(tmp_path, bits):
    samples, rate = read_wav(write_with_wave(tmp_path / "a.wav", TONE, bits))
    assert (rate, samples.dtype) == (16_000, np.float32)
    np.testing.assert_allclose(samples, TONE, atol=max(2 ** (2 - bits), 1e-7))


def test_two_channels_are_averaged(tmp_path):
    both = np.stack([TONE, 0.5 * TONE[::-1]], axis=1)
    samples, _ = read_wav(write_with_wave(tmp_path / "a.wav", both, 16, channels=2))
    np.testing.assert_allclose(samples, both.mean(axis=1), atol=1e-4)


@pytest.mark.parametrize("kind", ["f4", "f8", "extensible"])
def test_floats_and_extensible_headers_are_read(tmp_path, kind):
    array = (TONE * 32_767).astype("<i2") if kind == "extensible" else TONE.astype(f"<{kind}")
    width = array.dtype.itemsize
    code = 0xFFFE if kind == "extensible" else 3
    head = struct.pack("<HHIIHH", code, 1, 8000, 8000 * width, width, 8 * width)
    if kind == "extensible":  # size of what follows, bits, speakers, the code itself
        head += struct.pack("<HHIH", 22, 16, 4, 1) + b"\0" * 14
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"  # a chunk of odd length, padded
    data = array.tobytes()
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + odd
    body += b"data" + struct.pack("<I", len(data)) + data
    (tmp_path / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    samples, rate = read_wav(tmp_path / "a.wav")
    assert rate == 8000
    np.testing.assert_allclose(samples, TONE, atol=1e-4)


def test_another_rate_is_resampled(tmp_path):
    path = write_with_wave(tmp_path / "a.wav", TONE, 16)
    samples, rate = read_wav(path, 22_050)
    assert (len(samples), rate) == (-(-4000 * 22_050 // 16_000), 22_050)
    expected = 0.8 * np.sin(2 * np.pi * 440 * np.arange(len(samples)) / 22_050)
    np.testing.assert_allclose(samples[100:-100], expected[100:-100], atol=2e-3)


@pytest.mark.parametrize(("rate", "wanted"), [(16_000, 22_050), (44_100, 22_050), (8000, 22_050)])
def test_resampling_beside_scipy(rate, wanted):
    rng = np.random.default_rng(0)
    sos = signal.butter(8, 0.3 * min(rate, wanted), output="sos", fs=rate)
    samples = signal.sosfilt(sos, rng.normal(size=4000))  # below what either rate can hold
    ours, theirs = resample(samples, rate, wanted), signal.resample_poly(samples, wanted, rate)
    assert len(ours) == len(theirs)
    assert np.abs(ours - theirs)[200:-200].max() < 0.01 * np.abs(samples).max()


def test_resampling_takes_away_what_the_new_rate_cannot_hold():
    high = np.sin(2 * np.pi * 15_000 * np.arange(8000) / 44_100)
    assert np.abs(resample(high, 44_100, 22_050))[100:-100].max() < 0.01
    assert resample(high, 44_100, 44_100) is not None


@pytest.mark.parametrize(("hertz", "gain"), [(3500, 1), (4500, 0)])
def test_half_the_rate_keeps_what_lies_just_below_its_limit_and_nothing_just_above(hertz, gain):
    tone = np.sqrt(2) * np.sin(2 * np.pi * hertz * np.arange(8000) / 16_000)
    assert resample(tone, 16_000, 8000)[200:-200].std() == pytest.approx(gain, abs=0.02)


BAD_FILES = {
    "no wav": (b"ID3\x03 an mp3 of some kind", "is not a WAV file; convert it"),
    "empty": (b"", "is not a WAV file"),
    "cut off": (b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0", "broken off before its sound begins"),
    "a law": (
        b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 6, 1, 8000, 8000, 1, 8) + b"data\0",
        "broken off",
    ),
    "compressed": (
        b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 6, 1, 8000, 8000, 1, 8)
        + b"data\2\0\0\0ab",
        "(code 6, 8 bits); save it as WAV of 16 bits",
    ),
    "no channel": (
        b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 0, 8000, 8000, 2, 16)
        + b"data\2\0\0\0ab",
        "no channel or no rate",
    ),
    "no sound": (
        b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 2, 16)
        + b"data\0\0\0\0",
        "holds no sound: its length is 0",
    ),
    "not a number": (
        b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 3, 1, 8000, 8000, 4, 32)
        + b"data\x08\0\0\0" + struct.pack("<ff", 0.5, float("nan")),
        "is not a number at sample 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files_get_one_sentence(tmp_path, case):
    data, words = BAD_FILES[case]
    (tmp_path / "mine.wav").write_bytes(data)
    with raises_sentence(ValueError, words):
        read_wav(tmp_path / "mine.wav")


def test_a_file_broken_off_within_its_sound_is_refused(tmp_path):
    path = write_with_wave(tmp_path / "a.wav", TONE, 16)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1001])
    with pytest.raises(ValueError, match="promises 8,000 bytes of sound, and 6,999 are there"):
        read_wav(path)


def test_a_file_whose_length_was_not_known_when_it_was_begun_is_read(tmp_path):
    path = write_with_wave(tmp_path / "a.wav", TONE, 16)
    whole, size = path.read_bytes(), struct.pack("<I", 8000)
    path.write_bytes(whole.replace(b"data" + size, b"data" + b"\xff" * 4))
    np.testing.assert_allclose(read_wav(path)[0], TONE, atol=1e-4)


def test_silence_is_told_so():
    for samples in ([], np.zeros(1000), np.full(1000, 9e-4)):
        with pytest.raises(ValueError, match="is silent: record it again"):
            check_heard(samples)
    np.testing.assert_array_equal(check_heard(TONE), TONE)


def test_bad_input_gets_one_sentence():
    cases = [
        (lambda: frame(np.ones(511)), "has 511 samples, and one frame needs 512"),
        (lambda: frame(np.ones((2, 600))), "not of shape (2, 600); average the channels"),
        (lambda: frame([1.0, np.inf] * 500), "is not a number at sample 1"),
        (lambda: frame(["a"]), "must be one row of numbers"),
        (lambda: mel_filters(100), "too many for frames of 512 samples: band 0 holds no"),
        (lambda: mix(np.ones(3), np.zeros(3), 10), "one of the two sounds is silent"),
        (lambda: resample(TONE, 16_000, 0), "wanted must be a whole number"),
    ]
    assert_refused(operator.call, cases)


# the spectrogram


def test_the_spectrum_is_that_of_scipy():
    samples = np.random.default_rng(0).normal(size=5000)
    window = signal.get_window("hann", 512)
    np.testing.assert_allclose(hann(512), window, atol=1e-15)
    theirs = signal.ShortTimeFFT(window, 256, fs=1, fft_mode="onesided")
    spectrum = theirs.stft(samples, p0=1, p1=1 + len(frame(samples)), k_offset=0)
    # ShortTimeFFT centres frame p at sample 256 p: ours begin there, half a frame later
    np.testing.assert_allclose(power_spectrum(samples), np.abs(spectrum.T) ** 2, rtol=1e-9)


def test_frames_overlap_and_the_rest_is_dropped():
    pieces = frame(np.arange(1300.0))
    assert pieces.shape == (4, 512)
    np.testing.assert_array_equal(pieces[:, 0], [0, 256, 512, 768])


def test_the_spectrogram_is_that_of_both_frameworks():
    import tensorflow as tf
    import torch

    samples = np.random.default_rng(1).normal(size=4000).astype(np.float32)
    power = power_spectrum(samples)
    theirs = tf.abs(tf.signal.stft(samples, 512, 256)).numpy() ** 2
    np.testing.assert_allclose(power, theirs, rtol=1e-3, atol=1e-3)
    found = torch.stft(
        torch.from_numpy(samples), 512, 256, window=torch.hann_window(512),
        center=False, return_complex=True,
    )  # fmt: skip
    np.testing.assert_allclose(power, found.abs().numpy().T ** 2, rtol=1e-3, atol=1e-3)
    matrix = tf.signal.linear_to_mel_weight_matrix(40, 257, 22_050, 0.0, 11_025.0).numpy()
    np.testing.assert_allclose(mel_filters(), matrix, atol=2e-4)
    np.testing.assert_allclose(
        log_mel(samples), np.log(theirs @ matrix + 1e-6), rtol=1e-3, atol=1e-3
    )


def test_a_mel_is_what_it_should_be():
    assert to_mel(0) == 0
    assert abs(to_mel(1000) - 1000) < 0.1  # by its definition
    centres = np.argmax(mel_filters(), axis=0) * 22_050 / 512
    assert (np.diff(centres) > 0).all()
    inner = mel_filters()[2:230]  # neighbours share out each frequency between them
    np.testing.assert_allclose(inner.sum(axis=1), 1, atol=1e-12)


def test_silence_has_a_finite_logarithm():
    features = log_mel(np.zeros(1000))
    assert features.shape == (2, 40)
    np.testing.assert_allclose(features, np.log(1e-6), rtol=1e-6)


# as it arrives


@pytest.mark.parametrize("size", [1, 100, 256, 700, 5000])
def test_pieces_give_the_frames_of_the_whole(size):
    samples = np.random.default_rng(2).normal(size=3001)
    stream = LogMelStream()
    found = [stream.push(samples[start : start + size]) for start in range(0, 3001, size)]
    np.testing.assert_array_equal(np.concatenate(found), log_mel(samples))


def test_a_scale_has_mean_0_and_deviation_1():
    rng = np.random.default_rng(3)
    features = [rng.normal(3, 2, (n, 4)) for n in (50, 500)]
    scaled = Scaling.measure(features).apply(np.concatenate(features))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-3)
    constant = Scaling.measure([np.ones((5, 2))]).apply(np.ones((5, 2)))
    assert np.isfinite(constant).all()


def test_noise_is_as_loud_as_was_asked():
    noisy = add_noise(TONE, 10, np.random.default_rng(4))
    assert abs(10 * np.log10(np.mean(TONE**2) / np.mean((noisy - TONE) ** 2)) - 10) < 1e-9


def test_noise_is_gaussian():
    noise = add_noise(np.ones(20_000), 0, np.random.default_rng(5)) - 1
    assert abs(noise.mean()) < 0.03
    assert abs(np.mean(noise**4) / np.mean(noise**2) ** 2 - 3) < 0.2  # 1.8 if it were uniform


def test_a_frame_is_there_as_soon_as_its_last_sample_is():
    stream = LogMelStream()
    assert stream.push(TONE[:511]).shape == (0, 40)
    np.testing.assert_array_equal(stream.push(TONE[511:512]), log_mel(TONE[:512]))
    assert stream.push(TONE[512:768]).shape == (1, 40)
