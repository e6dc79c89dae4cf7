"""Outcomes, covariates and strata go in; the exact conditional logit, fitted by Newton, comes out.

The likelihood of a stratum with m applications of which k are positive compares the observed k with every
other choice of k out of m. Strata with the same m and k are worked together, so no loop runs over pairs.
"""

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_CHOICES = 5000
"""Choices of k out of m that are enumerated; a larger stratum is refused with a reason."""
STEPS = 60
"""Newton steps at most; a regular fit takes fewer than ten."""
FARTHEST = 15.0
"""A log odds ratio beyond this (1 to 3 million) is taken as running off to infinity."""


class NoFit(Exception):
    """The model has no finite estimate; the message says why, as a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConditionalFit:
    """A fitted conditional logit."""

    coefficients: Floats
    """Log odds ratios, shape (columns,)."""
    information: Floats
    """Observed information at the estimate, shape (columns, columns)."""
    scores: Floats
    """Score of each informative stratum at the estimate, shape (strata, columns)."""
    strata: NDArray[np.int64]
    """Code of each of those strata."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """Strata of one size and number of positives; choices less the observed one, (strata, choices, p)."""

    strata: NDArray[np.int64]
    differences: Floats


def fit_conditional(
    positive: NDArray[np.bool_], design: Floats, stratum: NDArray[np.int64]
) -> ConditionalFit:
    """Maximise the exact conditional likelihood.

    Args:
        positive: outcome of each application.
        design: shape (applications, columns); columns must vary independently within strata.
        stratum: code of each application's stratum.

    Returns:
        The fit; strata whose applications all have the same outcome say nothing and are left out.

    Raises:
        NoFit: no informative stratum, a stratum too large, separation, or dependent columns.
    """
    blocks = _blocks(positive, design, stratum)
    if not blocks:
        raise NoFit("no pair has different responses")
    beta = np.zeros(design.shape[1])
    loss, gradient, information = _evaluate(blocks, beta)
    for _ in range(STEPS):
        step = _solve(information, gradient)
        if np.max(np.abs(step)) < 1e-11:
            scores = np.concatenate([_scores(block, beta) for block in blocks])
            strata = np.concatenate([block.strata for block in blocks])
            return ConditionalFit(coefficients=beta, information=information, scores=scores, strata=strata)
        beta, loss, gradient, information = _improved(blocks, beta, step, loss)
        if np.max(np.abs(beta)) > FARTHEST:
            break
    raise NoFit("the responses are separated: a coefficient runs off to infinity")


def _improved(
    blocks: list[_Block], beta: Floats, step: Floats, loss: float
) -> tuple[Floats, float, Floats, Floats]:
    """One Newton step, halved until the likelihood does not fall."""
    for _ in range(40):
        new_loss, gradient, information = _evaluate(blocks, beta + step)
        if new_loss <= loss + 1e-9 * abs(loss):
            break
        step = step / 2
    return beta + step, new_loss, gradient, information


def _solve(information: Floats, gradient: Floats) -> Floats:
    scale = np.sqrt(np.diag(information))
    if np.any(scale <= 0):
        raise NoFit("a column does not vary within pairs with different responses, or they are separated")
    scaled = information / np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled)[0] < 1e-10:
        raise NoFit("columns are dependent within pairs")
    return np.asarray(np.linalg.solve(scaled, gradient / scale) / scale)


def _blocks(positive: NDArray[np.bool_], design: Floats, stratum: NDArray[np.int64]) -> list[_Block]:
    order = np.lexsort((~positive, stratum))
    codes, first, size = np.unique(stratum[order], return_index=True, return_counts=True)
    k = np.add.reduceat(positive[order].astype(np.int64), first) if len(first) else size
    mixed = (k > 0) & (k < size)
    kinds = np.unique(np.stack([size[mixed], k[mixed]], axis=1), axis=0)
    blocks = []
    for m, p in kinds.tolist():
        if math.comb(m, p) > MOST_CHOICES:
            raise NoFit(f"a pair of {m} applications with {p} positive is too large to enumerate")
        here = np.flatnonzero((size == m) & (k == p))
        rows = order[first[here][:, None] + np.arange(m)]
        blocks.append(_Block(strata=codes[here], differences=_differences(design[rows], p)))
    return blocks


def _differences(design: Floats, k: int) -> Floats:
    """Sums over every other choice of k rows, less that of the observed choice (the first k rows)."""
    choices = list(combinations(range(design.shape[1]), k))
    observed = design[:, :k].sum(axis=1)
    return np.stack([design[:, list(choice)].sum(axis=1) - observed for choice in choices[1:]], axis=1)


def _weights(block: _Block, beta: Floats) -> tuple[Floats, Floats]:
    """Log of the likelihood's denominator over its numerator, and each other choice's probability."""
    eta = block.differences @ beta
    top = np.maximum(eta.max(axis=1), 0.0)
    terms = np.exp(eta - top[:, None])
    total = terms.sum(axis=1) + np.exp(-top)
    return np.log(total) + top, terms / total[:, None]


def _scores(block: _Block, beta: Floats) -> Floats:
    return np.asarray(-np.einsum("sc,scp->sp", _weights(block, beta)[1], block.differences))


def _evaluate(blocks: list[_Block], beta: Floats) -> tuple[float, Floats, Floats]:
    """Negative log likelihood, its descent direction (the score) and the information."""
    loss, size = 0.0, len(beta)
    score, information = np.zeros(size), np.zeros((size, size))
    for block in blocks:
        logs, weights = _weights(block, beta)
        scores = -np.einsum("sc,scp->sp", weights, block.differences)
        weighted = (block.differences * np.sqrt(weights)[:, :, None]).reshape(-1, size)
        loss += float(logs.sum())
        score += scores.sum(axis=0)
        information += weighted.T @ weighted - scores.T @ scores
    return loss, score, information
