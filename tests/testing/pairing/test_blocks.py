"""Orders that were drawn together are found again in the plan, so that an analysis can replay the draw."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis.estimators.randomisation import sign_test
from testing.pairing.blocks import blocks_of
from testing.pairing.plan import Plan, pairs_of
from testing.study.listing import Listing
from testing.study.protocol import Protocol

LABELS = {"nl": "x", "fr": "x", "en": "x"}
ONE = {"contrasts": {"origin": {"treated": {"origin": "moroccan"}, "share": 1.0, "labels": LABELS}}}
TRIAD = {
    "contrasts": {
        **ONE["contrasts"],
        "income": {"treated": {"income": "benefit"}, "beside": "origin", "labels": LABELS},
    }
}
FEW = {"sample__pairs": {"private": 13, "agency": 8}}

Study = Callable[..., Protocol]
Town = Callable[..., list[Listing]]
Draw = Callable[..., Plan]


@pytest.mark.parametrize(("design", "deck"), [(ONE, 2), (TRIAD, 6)])
def test_a_block_holds_every_order_once(
    study: Study, town: Town, drawn: Draw, design: dict[str, Any], deck: int
) -> None:
    protocol = study(**FEW, **design)
    plan = drawn(protocol, town(30, [3, 3, 3]), key=bytes(32))
    blocks, pairs = blocks_of(plan, protocol), pairs_of(plan.applications)
    assert set(blocks) == set(pairs)
    orders: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for key, block in blocks.items():
        orders[block][tuple("+".join(it.arms.values()) for it in pairs[key])] += 1
    assert max(max(found.values()) for found in orders.values()) == 1
    assert sum(found.total() == deck for found in orders.values()) >= 2


def test_blocks_shifted_by_one_pair_would_be_seen(study: Study, town: Town, drawn: Draw) -> None:
    # Planted: a deck that is thought to begin one pair later holds some order twice.
    protocol = study(sample__pairs={"private": 30, "agency": 8}, **ONE)
    plan = drawn(protocol, town(40, [3, 3, 3]), key=bytes(32))
    pairs = pairs_of(plan.applications)
    private = [key for key in blocks_of(plan, protocol) if pairs[key][0].stratum == "private"]
    first = [pairs[key][0].reference for key in private]
    assert all(one != two for one, two in zip(first[0::2], first[1::2], strict=False))
    assert not all(one != two for one, two in zip(first[1::2], first[2::2], strict=False))


def test_where_the_order_is_not_drawn_there_is_no_block(study: Study, town: Town, drawn: Draw) -> None:
    for changes in ({"design__order": "test_first"}, {"design__applicants": "one"}):
        protocol = study(**FEW, **changes)
        plan = drawn(protocol, town(30, [3, 3, 3]), key=bytes(32))
        assert blocks_of(plan, protocol) == {}


def test_the_replay_is_how_the_engine_draws(study: Study, town: Town, drawn: Draw) -> None:
    # The same frame under 400 keys. Who answers whom hangs on the place in the calendar and on who writes first (1: the
    # first alone, -1: the second alone), so only the draw of the orders moves b - c: over the keys it is spread as
    # the replay says, with two blocks that count double, two that cancel and two single pairs.
    protocol = study(sample__pairs={"private": 12, "agency": 1}, **ONE)
    frame, keys = town(12, [1]), 400
    answers = [1, -1, -1, 1, 1, 1, -1, -1, 1, 0, 0, -1]
    seen, p_values = Counter[int](), dict[int, float]()
    for number in range(keys):
        plan = drawn(protocol, frame, key=number.to_bytes(32, "big"))
        pairs, blocks = pairs_of(plan.applications), blocks_of(plan, protocol)
        sums: Counter[str] = Counter()
        private = [key for key in blocks if pairs[key][0].stratum == "private"]
        for key, answer in zip(private, answers, strict=True):
            sums[blocks[key]] += answer * (1 if pairs[key][0].reference else -1)
        assert sorted(map(abs, sums.values())) == [0, 0, 1, 1, 2, 2]
        seen[abs(sum(sums.values()))] += 1
        p_values[abs(sum(sums.values()))] = sign_test(np.array(list(sums.values())))
    # Of 16 signs: |b - c| is 6 in 2, 4 in 4, 2 in 6 and 0 in 4.
    assert p_values == pytest.approx({0: 1.0, 2: 12 / 16, 4: 6 / 16, 6: 2 / 16}, abs=1e-12)
    for size, share in {0: 4 / 16, 2: 6 / 16, 4: 4 / 16, 6: 2 / 16}.items():
        assert seen[size] / keys == pytest.approx(share, abs=4 * (share * (1 - share) / keys) ** 0.5)
