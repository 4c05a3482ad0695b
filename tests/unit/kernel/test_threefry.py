"""Threefry-2x64-20: known answers, uniforms, independence of neighbouring streams."""

import numpy as np
import pytest
from scipy.special import ndtri

from hvmc.kernel.threefry import threefry2x64, uniform

ALL = (1 << 64) - 1
# Salmon, Moraes, Dror, Shaw: Random123, file kat_vectors, rows "threefry2x64 20"; the third row
# takes the digits of pi. (counter words, key words, answer)
KNOWN_ANSWERS = [
    ((0, 0), (0, 0), (0xC2B6E3A8C2C69865, 0x6F81ED42F350084D)),
    ((ALL, ALL), (ALL, ALL), (0xE02CB7C4D95D277A, 0xD06633D0893B8B68)),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344),
        (0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x263C7D30BB0F0AF1, 0x56BE8361D3311526),
    ),
]
# Six z tests of 2**16 pairs each, all seeded: chance that any of them fails for truly independent
# streams, over the choice of the key.
FALSE_ALARMS = 1e-6
TESTS = 6
Z = ndtri(1.0 - FALSE_ALARMS / TESTS / 2.0)
PAIRS = 1 << 16


def bits(key, counter):
    words = (np.uint64(word) for word in (*key, *counter))
    return tuple(int(word) for word in threefry2x64(*words))


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS, ids=["zeros", "ones", "pi"])
def test_known_answers(counter, key, answer):
    assert bits(key, counter) == answer


def test_every_input_word_matters():
    words = {bits((0, 0), (0, 0))}
    for place in range(4):
        for bit in (0, 31, 63):
            flipped = [0, 0, 0, 0]
            flipped[place] = 1 << bit
            words.add(bits(tuple(flipped[:2]), tuple(flipped[2:])))
    assert len(words) == 13


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (0, 0.0),
        ((1 << 11) - 1, 0.0),
        (1 << 11, 2.0**-53),
        (1 << 63, 0.5),
        (ALL, 1.0 - 2.0**-53),
    ],
)
def test_uniform_is_the_top_53_bits(word, value):
    assert uniform(np.uint64(word)) == value


def test_uniform_is_exact_everywhere():
    words = np.random.default_rng(1).integers(0, ALL, 1000, dtype=np.uint64, endpoint=True)
    for word in words:
        assert int(uniform(word) * 2**53) == int(word) >> 11


def draws(stream, count=PAIRS):
    """First and second uniforms of draws 0..count-1 of a stream, under one key."""
    key = (np.uint64(20240607), np.uint64(3))
    stream = np.uint64(stream)
    pairs = [threefry2x64(*key, stream, np.uint64(i)) for i in range(count)]
    return np.array([[uniform(np.uint64(word)) for word in pair] for pair in pairs]).T


@pytest.fixture(scope="module")
def streams():
    return [draws(stream) for stream in (7, 8, 7 + (1 << 32))]


def z_of_correlation(x, y):
    """z of the sample correlation of two uniforms: mean 0, variance 1 / n if independent."""
    return float(np.mean((x - 0.5) * (y - 0.5)) * 12.0 * np.sqrt(x.size))


def z_of_grid(x, y, cells=16):
    """z of the chi-square statistic of a grid of cells, df = cells**2 - 1, by Wilson-Hilferty."""
    counts, _, _ = np.histogram2d(x, y, bins=cells, range=[[0, 1], [0, 1]])
    expected = x.size / cells**2
    df = cells**2 - 1
    ratio = float(((counts - expected) ** 2).sum() / expected / df)
    return (ratio ** (1 / 3) - (1 - 2 / (9 * df))) / np.sqrt(2 / (9 * df))


@pytest.mark.parametrize("statistic", [z_of_correlation, z_of_grid])
def test_neighbouring_streams_are_independent(statistic, streams):
    one, next_one, far = streams
    assert abs(statistic(one[0], next_one[0])) <= Z
    assert abs(statistic(one[0], far[0])) <= Z
    assert abs(statistic(one[0], one[1])) <= Z


@pytest.mark.parametrize("statistic", [z_of_correlation, z_of_grid])
def test_dependent_streams_are_found_out(statistic, streams):
    one, next_one, _ = streams
    shared = np.arange(PAIRS) % 10 == 0
    assert abs(statistic(one[0], np.where(shared, one[0], next_one[0]))) > Z
