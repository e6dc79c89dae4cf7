"""An outcomes table and an analysis plan go in; every promised estimate, in order, comes out."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from analysis.errors import InputInvalid
from analysis.estimate import Estimate, Status
from analysis.outcomes import OutcomesTable, csv_bytes
from analysis.plan import AnalysisPlan, Step, default_plan, plan_faults
from analysis.results import Funnel, Results, software
from analysis.toml_lines import place

if TYPE_CHECKING:  # the estimators import SciPy, which a reader of results does not need
    from analysis.estimators.pairs import Pairs

UNKNOWN = "unknown"
"""Landlord type of an advert, or of an audit, that does not say."""
NO_PLAN = "no analysis plan was given: every estimate is exploratory"


def estimate(table: OutcomesTable, plan: AnalysisPlan | None = None) -> Results:
    """Run a plan on a table.

    Args:
        table: a checked outcomes table.
        plan: what was promised; without it the full default set runs and every row is exploratory.

    Returns:
        Results with one row per quantity; what cannot be computed has a reason for a value.

    Raises:
        InputInvalid: the plan names a contrast, covariate, outcome or level that the table does not have, or
            no step gives the primary estimate.
    """
    plan = plan or default_plan(table.dictionary)
    faults = plan_faults(plan, table.dictionary)
    if faults:
        raise InputInvalid(faults)
    run = _Run(table=table, plan=plan)
    estimates = [row for step in plan.step for row in run.estimates(step)]
    return Results(
        study=table.dictionary.study,
        wave=table.dictionary.wave,
        outcomes_sha256=_outcomes_sha256(table),
        plan_sha256=plan.sha256,
        software=software(),
        dictionary=table.dictionary,
        applications=len(table.frame),
        funnel=tuple(run.funnels.values()),
        estimates=tuple(_stamped(estimates, plan, table.dictionary.primary)),
        notes={} if plan.sha256 else {"plan": NO_PLAN},
    )


@dataclass(kw_only=True, slots=True)
class _Run:
    """One run of a plan; pairs are reduced once for each contrast and outcome."""

    table: OutcomesTable
    plan: AnalysisPlan
    funnels: dict[tuple[str, str], Funnel] = field(default_factory=dict)
    reduced: dict[tuple[str, str], "Pairs"] = field(default_factory=dict)

    def estimates(self, step: Step) -> list[Estimate]:
        """Rows of one step, contrast by contrast."""
        from analysis.estimators.conditional import conditional

        if self.table.dictionary.landlord_types == (UNKNOWN,):
            step = step.model_copy(update={"by": "all"})  # the one type would repeat every row
        outcome = step.outcome or self.table.dictionary.primary
        contrasts = step.contrasts or list(self.table.dictionary.contrasts)
        if step.estimator == "rates":
            from analysis.estimators.unpaired import is_apart

            apart = [contrast for contrast in contrasts if is_apart(self.table, contrast)]
            found = [row for contrast in apart for row in self._apart(step, contrast, outcome)]
            contrasts = [contrast for contrast in contrasts if contrast not in apart]
            return found + [
                row for contrast in contrasts for row in self._one(step, self._pairs(contrast, outcome))
            ]
        reduced = [self._pairs(contrast, outcome) for contrast in contrasts]
        if step.estimator != "conditional_logit":
            return [row for pairs in reduced for row in self._one(step, pairs)]
        return conditional(
            self.table,
            contrasts,
            outcome,
            by=step.by,
            covariates=step.covariates,
            confidence=self.plan.confidence,
        )

    def _apart(self, step: Step, contrast: str, outcome: str) -> list[Estimate]:
        from analysis.estimators.unpaired import unpaired

        self._pairs(contrast, outcome)  # the funnel says that no pair could be used
        return unpaired(self.table, contrast, outcome, by=step.by, confidence=self.plan.confidence)

    def _one(self, step: Step, pairs: "Pairs") -> list[Estimate]:
        from analysis.estimators.bootstrap import Bootstrap
        from analysis.estimators.linear import linear
        from analysis.estimators.logit import logit
        from analysis.estimators.paired import headline
        from analysis.estimators.pairs import by_landlord_type
        from analysis.estimators.rates import rates

        confidence = self.plan.confidence
        if step.estimator in ("linear", "logit"):
            model = linear if step.estimator == "linear" else logit
            return model(pairs, self.table, by=step.by, covariates=step.covariates, confidence=confidence)
        types = self.table.dictionary.landlord_types if step.by == "landlord_type" else ()
        parts = [pairs, *by_landlord_type(pairs, types)]
        if step.estimator == "randomisation":
            from analysis.estimators.randomisation import randomisation

            return [row for part in parts for row in randomisation(part, self.table, confidence=confidence)]
        if step.estimator == "rates":
            return [row for part in parts for row in rates(part, confidence=confidence)]
        redraws = Bootstrap(draws=self.plan.bootstrap.draws, seed=self.plan.bootstrap.seed)
        return [row for part in parts for row in headline(part, confidence=confidence, bootstrap=redraws)]

    def _pairs(self, contrast: str, outcome: str) -> "Pairs":
        from analysis.estimators.pairs import pairs_of

        if (contrast, outcome) not in self.reduced:
            self.reduced[contrast, outcome], self.funnels[contrast, outcome] = pairs_of(
                self.table, contrast, outcome
            )
        return self.reduced[contrast, outcome]


def _outcomes_sha256(table: OutcomesTable) -> str:
    """The hash that the table's dictionary names, else that of its rows as CSV."""
    named = table.dictionary.sha256
    return named.get("csv") or named.get("data") or hashlib.sha256(csv_bytes(table.frame)).hexdigest()


def _stamped(estimates: list[Estimate], plan: AnalysisPlan, outcome: str) -> list[Estimate]:
    """Stamp each row; the first row of the primary estimand bears ``primary``."""
    if plan.sha256 is None:
        return estimates
    stamped = [replace(row, status=Status.PLANNED) for row in estimates]
    if plan.primary is None:
        return stamped
    wanted = plan.primary
    sought = (wanted.contrast, wanted.estimand, wanted.group, wanted.level, wanted.outcome or outcome)
    for index, row in enumerate(stamped):
        if (row.contrast, row.estimand, row.group, row.level, row.outcome) == sought:
            stamped[index] = replace(row, status=Status.PRIMARY)
            return stamped
    where = place(plan.file, plan.lines, ["primary"])
    raise InputInvalid(
        [f"{where}: no step gives {wanted.estimand} of {wanted.contrast}, {wanted.level}; add such a step"]
    )
