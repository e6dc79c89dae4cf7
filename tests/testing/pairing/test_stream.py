"""The keyed stream gives the published numbers, whatever library or language computes them."""

import hashlib
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testing.pairing.stream import Deck, KeyedRandom, Stream

KEY = bytes(range(32))
# printf 'test\0\0\0\0\0\0\0\0\0' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f   (and \1 at the end)
BLOCKS = (
    "341bb0df0e3d0471a29b8e7e99435206c85b3fcb2d3e1de15c26b3c77afe07f0",
    "4fde08a099d6ca4cac9282f3b68426894f4dd68e8b7325424aac3814a9fe7650",
)


def hmac_by_hand(key: bytes, message: bytes) -> bytes:
    """RFC 2104 from its definition, with bare SHA-256."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in padded) + inner).digest()


def test_the_blocks_of_a_stream_are_those_that_openssl_computes() -> None:
    assert Stream(KEY, "test").take(64).hex() == "".join(BLOCKS)


def test_a_substream_is_the_stream_of_the_joined_label() -> None:
    # printf 'plan/spring/sub\0\0\0\0\0\0\0\0\0' | openssl dgst ... as above
    expected = "30d7758079b09cf846e2c2c520f2e3c619718358e9d13085fdefd489b7d41dd6"
    assert Stream(KEY, "plan/spring").substream("sub").take(32).hex() == expected


@given(st.binary(min_size=16, max_size=64), st.text(alphabet="abcé/", max_size=20), st.integers(1, 100))
def test_every_stream_equals_hmac_by_its_definition(key: bytes, label: str, count: int) -> None:
    blocks = b"".join(hmac_by_hand(key, label.encode() + bytes(8) + bytes([number])) for number in range(4))
    assert Stream(key, label).take(count) == blocks[:count]


def test_numbers_are_taken_byte_by_byte_and_too_high_ones_rejected() -> None:
    # By hand from the first block: below(10) masks each byte to 4 bits and rejects 10 to 15.
    accepted = [byte & 15 for byte in bytes.fromhex(BLOCKS[0]) if byte & 15 < 10]
    stream = Stream(KEY, "test")
    assert [stream.below(10) for _ in accepted] == accepted
    assert accepted[:6] == [4, 0, 4, 1, 2, 9]


def test_a_shuffle_is_fisher_yates_from_the_last_place_down() -> None:
    # By hand: 34 & 3 = 0 for place 3; 1b & 3 = 3 is rejected, b0 & 3 = 0 for place 2; df & 1 = 1 for place 1.
    assert Stream(KEY, "test").shuffled(["a", "b", "c", "d"]) == ["c", "b", "d", "a"]


def test_uniform_numbers_are_53_bits_of_the_stream() -> None:
    number = int(BLOCKS[0][:14], 16) & ((1 << 53) - 1)
    assert Stream(KEY, "test").uniform() == number / 2**53


def test_all_orders_of_three_come_equally_often() -> None:
    stream = Stream(KEY, "orders")
    counts = Counter("".join(stream.shuffled("abc")) for _ in range(6000))
    # Chi-square with 5 degrees of freedom: 20.5 is the 99.9 % point.
    assert len(counts) == 6
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 20.5


def test_a_sample_holds_each_item_equally_often() -> None:
    stream = Stream(KEY, "sample")
    counts = Counter(item for _ in range(5000) for item in stream.sample(range(10), 3))
    # Chi-square with 9 degrees of freedom: 27.9 is the 99.9 % point (conservative, drawn without replacement).
    assert sum((count - 1500) ** 2 / 1500 for count in counts.values()) < 27.9


@given(st.integers(1, 10_000), st.text(alphabet="xyz", max_size=5))
def test_a_number_below_a_limit_is_never_over_it(limit: int, label: str) -> None:
    assert all(0 <= Stream(KEY, label).below(limit) < limit for _ in range(3))


def test_a_short_key_or_an_ambiguous_label_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Stream(b"short", "test")
    with pytest.raises(ValueError, match="zero character"):
        Stream(KEY, "a\0b")


def test_a_deck_deals_every_item_once_before_any_twice() -> None:
    deck = Deck("abc", Stream(KEY, "deck"))
    dealt = [deck.deal() for _ in range(9)]
    assert [sorted(dealt[at : at + 3]) for at in (0, 3, 6)] == [["a", "b", "c"]] * 3


def test_python_random_draws_from_the_stream_and_never_from_elsewhere() -> None:
    first, second = (KeyedRandom(Stream(KEY, "x")) for _ in range(2))
    random.seed(1)
    drawn = [first.random(), first.randrange(1000), first.choice("abc"), first.sample(range(50), 5)]
    random.seed(2)
    second.seed(99)
    assert drawn == [
        second.random(),
        second.randrange(1000),
        second.choice("abc"),
        second.sample(range(50), 5),
    ]
    with pytest.raises(NotImplementedError):
        first.getstate()
