"""Double coding: what is drawn for a second coder, what counts as one, and how agreement is measured."""

import pytest

from testing.fieldwork.double_coding import cohens_kappa, first_by_coder, is_drawn, two_of
from testing.study.outcome import POSITIVE, Category, Outcome

INVITED, LET, REJECTED, OTHER = (
    Category.VIEWING_INVITATION,
    Category.ALREADY_LET,
    Category.REJECTION,
    Category.OTHER,
)


def coding(coder: str, category: Category | None) -> Outcome:
    positive = None if category is None else category in POSITIVE
    return Outcome(
        response="r", category=category, positive=positive, automated=False, coder=coder, reason=""
    )


def test_kappa_is_that_of_a_table_worked_out_by_hand() -> None:
    # 50 answers: both invited 20, first only 5, second only 10, both let 15. Observed 35/50 = 0.7; chance is
    # 25/50 * 30/50 + 25/50 * 20/50 = 0.5; kappa (0.7 - 0.5) / (1 - 0.5) = 0.4.
    pairs = [(INVITED, INVITED)] * 20 + [(INVITED, LET)] * 5 + [(LET, INVITED)] * 10 + [(LET, LET)] * 15
    assert cohens_kappa(pairs) == pytest.approx(0.4)


def test_kappa_of_three_categories_is_that_of_a_table_worked_out_by_hand() -> None:
    # Diagonal 6 + 3 + 2 of 15; margins 8, 4, 3 and 7, 5, 3. Chance (56 + 20 + 9) / 225 = 85/225.
    pairs = [(INVITED, INVITED)] * 6 + [(INVITED, LET)] * 1 + [(INVITED, REJECTED)] * 1
    pairs += [(LET, LET)] * 3 + [(LET, INVITED)] * 1 + [(REJECTED, REJECTED)] * 2 + [(REJECTED, LET)] * 1
    assert cohens_kappa(pairs) == pytest.approx((11 / 15 - 85 / 225) / (1 - 85 / 225))


def test_where_agreement_by_chance_is_certain_there_is_no_kappa() -> None:
    assert cohens_kappa([(LET, LET)] * 9) is None
    assert cohens_kappa([]) is None
    assert cohens_kappa([(LET, LET), (OTHER, OTHER)]) == 1


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_about_the_declared_share_is_drawn_and_stays_drawn(share: float) -> None:
    drawn = [is_drawn(f"response {number}", share) for number in range(10_000)]
    assert sum(drawn) == pytest.approx(share * 10_000, rel=0.1)
    assert all(is_drawn(f"response {n}", 1) for n in range(100))
    more = [is_drawn(f"response {number}", min(1, share * 1.5)) for number in range(10_000)]
    assert all(later for before, later in zip(drawn, more, strict=True) if before)


def test_a_second_coder_is_another_person_and_the_first_word_of_each_counts() -> None:
    found = [coding("rules/1", None), coding("ada", LET), coding("Ada ", INVITED), coding("rules/2", OTHER)]
    assert first_by_coder(found[:3]) == {"ada": LET}, "she thought better of it, and the rules left it open"
    assert two_of(first_by_coder(found[:3])) is None
    assert two_of(first_by_coder([coding("rules/1", LET), coding("rules/2", OTHER)])) is None
    assert two_of(first_by_coder([coding("rules/1", LET), coding("ben", REJECTED), coding("ada", LET)])) == (
        LET,
        REJECTED,
    )
