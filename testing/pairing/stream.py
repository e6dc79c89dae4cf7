"""The keyed random stream: takes a secret key and a label, gives numbers that anyone with the key can replay.

Block ``i`` of a stream is HMAC-SHA256(key, label in UTF-8, one zero byte, ``i`` as 8 bytes, big-endian). Numbers
are taken from the blocks byte by byte, by rules that are written here and pinned by test vectors, so a draw
can be repeated with any version of Python or in any other language (NumPy promises no such stability).
"""

import hmac
import random
from collections.abc import MutableSequence, Sequence
from typing import Any, Self, TypeVar

Item = TypeVar("Item")
KEY_BYTES = 32
"""Length of a wave key that is made new."""


class Stream:
    """A sequence of random numbers, fixed by its key and label."""

    __slots__ = ("_buffer", "_counter", "_key", "_label", "label")

    def __init__(self, key: bytes, label: str) -> None:
        """Begin a stream at its first block.

        Args:
            key: secret; at least 16 bytes.
            label: what the stream is for; no zero character, which ends it inside the block's input.
        """
        if len(key) < 16:
            raise ValueError("a key needs at least 16 bytes")
        if "\0" in label:
            raise ValueError("a label holds no zero character")
        self.label = label
        self._key = key
        self._label = label.encode() + b"\0"
        self._counter = 0
        self._buffer = b""

    def substream(self, label: str) -> "Stream":
        """A stream of its own, independent of what is taken from this one."""
        return Stream(self._key, f"{self.label}/{label}")

    def take(self, count: int) -> bytes:
        """The next bytes."""
        while len(self._buffer) < count:
            block = hmac.digest(self._key, self._label + self._counter.to_bytes(8, "big"), "sha256")
            self._buffer += block
            self._counter += 1
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def bits(self, count: int) -> int:
        """The next whole number of so many bits: the fewest bytes that hold them, high bits cut off."""
        if count == 0:
            return 0
        return int.from_bytes(self.take(-(-count // 8)), "big") & ((1 << count) - 1)

    def below(self, limit: int) -> int:
        """A whole number from 0 up to but not including ``limit``, uniform: numbers too high are rejected."""
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        width = (limit - 1).bit_length()
        while True:
            number = self.bits(width)
            if number < limit:
                return number

    def between(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included, uniform."""
        return low + self.below(high - low + 1)

    def uniform(self) -> float:
        """A number from 0 up to but not including 1: 53 bits over 2 to the power 53."""
        return float(self.bits(53) / (1 << 53))

    def seconds(self, low_hours: float, high_hours: float) -> int:
        """Whole seconds between two numbers of hours, both included, uniform."""
        return self.between(round(low_hours * 3600), round(high_hours * 3600))

    def choice(self, items: Sequence[Item]) -> Item:
        """One of the items, each with the same chance."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in random order: Fisher-Yates from the last place down to the second (Durstenfeld 1964)."""
        mixed = list(items)
        self.shuffle(mixed)
        return mixed

    def shuffle(self, items: MutableSequence[Any]) -> None:
        """Put a list into random order in place, as ``shuffled`` does."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]

    def sample(self, items: Sequence[Item], count: int) -> list[Item]:
        """So many different items, in random order: the first steps of Fisher-Yates from the first place up."""
        if not 0 <= count <= len(items):
            raise ValueError(f"cannot sample {count} of {len(items)}")
        mixed = list(items)
        for first in range(count):
            other = self.between(first, len(mixed) - 1)
            mixed[first], mixed[other] = mixed[other], mixed[first]
        return mixed[:count]

    def token(self, digits: int) -> str:
        """So many hexadecimal digits."""
        return self.take(-(-digits // 2)).hex()[:digits]


class KeyedRandom(random.Random):
    """Python's random numbers drawn from a keyed stream, for libraries that ask for a ``random.Random``."""

    def __new__(cls, stream: Stream) -> Self:
        """Make it without a seed of Python's own."""
        return super().__new__(cls)

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        super().__init__()

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Do nothing: the stream is fixed by its key."""

    def random(self) -> float:
        """The stream's ``uniform``."""
        return self.stream.uniform()

    def getrandbits(self, k: int, /) -> int:
        """The stream's ``bits``."""
        return self.stream.bits(k)

    def choice(self, seq: Any) -> Any:
        """The stream's ``choice``."""
        return self.stream.choice(seq)

    def shuffle(self, x: MutableSequence[Any]) -> None:
        """The stream's ``shuffle``."""
        self.stream.shuffle(x)

    def getstate(self) -> Any:
        """Refuse: a stream is repeated by its key and label."""
        raise NotImplementedError("a keyed stream has no state to take; begin it anew")

    def setstate(self, state: Any) -> None:
        """Refuse: a stream is repeated by its key and label."""
        raise NotImplementedError("a keyed stream has no state to set; begin it anew")


class Deck:
    """Deals items so that each comes equally often: shuffled decks, one after the other."""

    __slots__ = ("_items", "_left", "_stream")

    def __init__(self, items: Sequence[Any], stream: Stream) -> None:
        self._items = tuple(items)
        self._stream = stream
        self._left: list[Any] = []

    def deal(self) -> Any:
        """The next item; after every ``len(items)`` deals all have come equally often."""
        if not self._left:
            self._left = self._stream.shuffled(self._items)
        return self._left.pop()
