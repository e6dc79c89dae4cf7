"""``python -m analysis FILE``: estimate an outcomes table or anyone's audit without the rest of Evenhand."""

import argparse
import sys
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.printing import printed
from analysis.reading import estimate_path
from analysis.results import results_json, write_results


def main() -> int:
    """Read the arguments, estimate and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m analysis", description=__doc__)
    parser.add_argument("path", type=Path, help="an outcomes table (folder or file), or with --map any audit")
    parser.add_argument("--map", type=Path, dest="mapping", help="TOML that describes the audit's columns")
    parser.add_argument("--plan", type=Path, help="analysis plan (TOML)")
    parser.add_argument("--out", type=Path, help="write the results as JSON here")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print the results as JSON")
    arguments = parser.parse_args()
    try:
        results = estimate_path(arguments.path, mapping=arguments.mapping, plan=arguments.plan)
    except AnalysisError as error:
        sys.stderr.write(f"analysis: {error}\n")
        return error.exit_code
    if arguments.out is not None:
        write_results(arguments.out, results)
    sys.stdout.write(results_json(results) if arguments.as_json else printed(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
