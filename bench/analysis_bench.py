"""Seconds and memory for estimating pairs, against pyfixest and statsmodels' formulas on the same data.

Run: ``python bench/analysis_bench.py [--pairs 1000 10000 100000]``. Each measurement is a process of its own:
seconds are those of the work alone (not of imports or of making data), memory is the peak of the process less
its peak before the work. «full» is everything that ``evenhand estimate`` computes; the other lines give the same
gap with its landlord-type difference (and odds ratio) in each program.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
SIZES = (1_000, 10_000, 100_000)
GAP, ODDS = "gap by landlord type", "odds ratios by landlord type"


def applications(pairs: int) -> pd.DataFrame:
    """Two applications per listing; agencies have ten listings each, private owners one and twice the gap."""
    rng = np.random.default_rng(20260302)
    agency = np.arange(pairs) % 2 == 0
    landlord = np.where(agency, np.arange(pairs) // 20, pairs + np.arange(pairs))
    mood = rng.normal(0, 0.15, 2 * pairs + 1)[landlord]
    chance = np.clip(0.4 + mood, 0.02, 0.98)
    lower = np.clip(chance - np.where(agency, 0.05, 0.10), 0.01, 0.97)
    frame = pd.DataFrame({"pair": np.repeat(np.arange(pairs), 2), "other": np.tile([0, 1], pairs)})
    frame["landlord"] = landlord[frame["pair"]]
    frame["private"] = (~agency[frame["pair"]]).astype(int)
    frame["positive"] = (rng.random(2 * pairs) < np.stack([chance, lower], axis=1).ravel()).astype(int)
    return frame


def outcomes(data: pd.DataFrame) -> Any:
    from analysis.outcomes import Contrast, Dictionary, Ground, outcomes_table

    dictionary = Dictionary(
        study="bench",
        wave="1",
        grounds={"origin": Ground(arms=("belgian", "moroccan"), reference="belgian")},
        contrasts={"moroccan": Contrast(reference={"origin": "belgian"}, other={"origin": "moroccan"})},
        outcomes=("positive",),
        primary="positive",
        landlord_types=("private", "agency"),
        sha256={"csv": "bench"},
    )
    frame = pd.DataFrame(
        {
            "study": "bench",
            "wave": "1",
            "pair": data["pair"].astype(str),
            "listing": data["pair"].astype(str),
            "landlord": data["landlord"].astype(str),
            "landlord_type": np.where(data["private"] == 1, "private", "agency"),
            "stratum": "",
            "application": data["pair"].astype(str) + "/" + data["other"].astype(str),
            "order": data["other"] + 1,
            "sent_at": "",
            "answered_at": "",
            "delivered": True,
            "weight": 1.0,
            "arm_origin": np.where(data["other"] == 1, "moroccan", "belgian"),
            "category": "",
            "outcome_positive": data["positive"],
        }
    )
    return outcomes_table(frame, dictionary)


def ours(*estimators: str) -> Callable[[pd.DataFrame], Callable[[], Any]]:
    def prepare(data: pd.DataFrame) -> Callable[[], Any]:
        import statsmodels.api  # noqa: F401  (imports are not what is measured)

        from analysis.estimation import estimate
        from analysis.plan import AnalysisPlan, Step

        table = outcomes(data)
        steps = [Step.model_validate({"estimator": name}) for name in estimators]
        plan = AnalysisPlan(step=steps) if steps else None

        def work() -> float:
            rows = estimate(table, plan).estimates
            return next(row.value for row in rows if row.value is not None)

        return work

    return prepare


def formula_gap(data: pd.DataFrame) -> Callable[[], Any]:
    import statsmodels.formula.api as smf

    def work() -> float:
        # From applications to pairs is part of the work, as it is for the others.
        wide = data.pivot(index="pair", columns="other", values="positive")
        firsts = data.drop_duplicates("pair").set_index("pair")
        frame = firsts.assign(difference=wide[0] - wide[1])
        keywords = {"groups": frame["landlord"]}
        smf.ols("difference ~ 1", frame).fit(cov_type="cluster", cov_kwds=keywords)
        fitted = smf.ols("difference ~ C(private)", frame).fit(cov_type="cluster", cov_kwds=keywords)
        fitted.conf_int()
        return float(fitted.params.iloc[0])

    return work


def formula_odds(data: pd.DataFrame) -> Callable[[], Any]:
    import statsmodels.formula.api as smf

    def work() -> float:
        keywords = {"groups": data["landlord"]}
        smf.logit("positive ~ other", data).fit(disp=0, cov_type="cluster", cov_kwds=keywords)
        fitted = smf.logit("positive ~ other * C(private)", data).fit(
            disp=0, cov_type="cluster", cov_kwds=keywords
        )
        fitted.conf_int()
        return float(fitted.params.iloc[0])

    return work


def pyfixest_gap(data: pd.DataFrame) -> Callable[[], Any]:
    import pyfixest

    def fit() -> float:
        vcov = {"CRV1": "landlord"}
        pyfixest.feols("positive ~ other | pair", data, vcov=vcov)
        fitted = pyfixest.feols("positive ~ other + other:private | pair", data, vcov=vcov)
        fitted.confint()
        return float(fitted.coef().iloc[0])

    pyfixest.feols("positive ~ other | pair", data.head(200), vcov={"CRV1": "landlord"})  # compiles once
    return fit


MEASURED: dict[str, dict[str, Callable[[pd.DataFrame], Callable[[], Any]]]] = {
    "full": {"evenhand": ours()},
    GAP: {"evenhand": ours("linear"), "statsmodels formula": formula_gap, "pyfixest": pyfixest_gap},
    ODDS: {"evenhand": ours("logit"), "statsmodels formula": formula_odds},
    "conditional odds ratios": {"evenhand": ours("conditional_logit")},
}


def measure(task: str, program: str, pairs: int) -> dict[str, float]:
    """In this process: seconds of the best of three runs, and megabytes above what data and imports took."""
    work = MEASURED[task][program](applications(pairs))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scale = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    return {"seconds": min(times), "extra": (peak - before) * scale / 1e6, "peak": peak * scale / 1e6}


def in_a_process(task: str, program: str, pairs: int) -> dict[str, float] | None:
    call = [sys.executable, __file__, "--one", task, program, str(pairs)]
    run = subprocess.run(call, capture_output=True, text=True, env=os.environ, cwd=ROOT)
    if run.returncode:
        print(f"{task}, {program}, {pairs} pairs: failed: {run.stderr.strip().splitlines()[-1]}")
        return None
    told: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, nargs="+", default=SIZES)
    parser.add_argument("--one", nargs=3)
    arguments = parser.parse_args()
    if arguments.one:
        task, program, pairs = arguments.one
        print(json.dumps(measure(task, program, int(pairs))))
        return
    missing = importlib.util.find_spec("pyfixest") is None
    if missing:
        print("pyfixest is not importable here (dependency group bench): its lines are left out")
    print(
        f"{'what':30} {'pairs':>8} {'program':20} {'seconds':>9} {'MB above':>9} {'MB peak':>8}  evenhand is"
    )
    for task, programs in MEASURED.items():
        for pairs in arguments.pairs:
            own: float | None = None
            for program in programs:
                if program == "pyfixest" and missing:
                    continue
                found = in_a_process(task, program, pairs)
                if found is None:
                    continue
                own = found["seconds"] if program == "evenhand" else own
                ratio = (
                    ""
                    if program == "evenhand" or own is None
                    else f"{found['seconds'] / own:.1f} times as fast"
                )
                print(
                    f"{task:30} {pairs:8d} {program:20} {found['seconds']:9.3f} {found['extra']:9.0f}"
                    f" {found['peak']:8.0f}  {ratio}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
