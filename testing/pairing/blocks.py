"""Which orders were drawn together: takes a plan, gives each test its block, so that an analysis can replay the draw.

Within stratum and contrast the orders are dealt from a deck that holds each once (``testing.pairing.matching``); a
block is what was dealt from one deck. The draw started anew with every batch.
"""

from testing.pairing.matching import orders_of
from testing.pairing.plan import Plan, pairs_of
from testing.study.protocol import Protocol


def drawn_orders(protocol: Protocol) -> bool:
    """Whether the order of the applicants to a listing was drawn: several write, and either may be the first."""
    return protocol.design.applicants == "all" and protocol.design.order == "random"


def blocks_of(plan: Plan, protocol: Protocol) -> dict[str, str]:
    """Block of each test, by its pair key; empty where orders were not drawn."""
    if not drawn_orders(protocol):
        return {}
    pairs, tests = pairs_of(plan.applications), protocol.tests()
    decks = {lead: len(orders_of(protocol, 1 + len(served))) for lead, served in tests.items()}
    found: dict[str, str] = {}
    for number, batch in enumerate(plan.of_batches(), 1):
        dealt: dict[tuple[str, str], int] = {}
        theirs = [(pairs[key], key) for key in batch if key in pairs]
        for pair, key in sorted(theirs, key=lambda it: (min(a.due_at for a in it[0]), it[0][0].listing)):
            within = pair[0].stratum, pair[0].contrast
            place = dealt.get(within, 0)
            dealt[within] = place + 1
            found[key] = "/".join((str(number), *within, str(place // decks[pair[0].contrast])))
    return found
