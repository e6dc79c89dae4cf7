"""The ``evenhand`` command: one file per stage, imported only when its command runs.

stdout carries data, stderr speaks to people. Exit codes: 0 done, 1 a check did not hold, 2 usage,
3 a study file is invalid, 4 refused by a guard, 5 inputs differ from the lock.
"""

import errno
import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

COMMANDS: dict[str, str] = {
    "init": "Write a complete study folder from a template.",
    "check": "Check a study's files: every fault with file, line, key and how to mend it.",
    "crawl": "Crawl the study's portals into its frame of listings.",
    "import": "Take feeds, tables, saved pages and WARC into the frame.",
    "register": "Take a company register, which says what landlords companies are.",
    "extract": "Read saved pages, lists, feeds, tables and WARC into records.",
    "portal": "Declare portals, and hold what is declared against pages.",
    "frame": "Say what the frame holds and what is missing, on a page.",
    "names": "Get names for a study, and have people rate them before a wave.",
    "letters": "Look at the letters of a study, as a landlord would.",
    "power": "Say what a design can detect, before anything is sent.",
    "diagnose": "Simulate a study many times: bias, coverage, power, and what it asks of landlords.",
    "preregister": "Fill a pre-registration from a study's files, open questions visible.",
    "dossier": "Fill an impact assessment or an ethics summary, open questions visible.",
    "plan": "Draw the sample, draw up the pairs and seal the plan.",
    "verify": "Verify a plan: draw it again from its files and key, and compare.",
    "approve": "Approve a sealed plan, by a person and by name.",
    "send": "Send what is due (a dry run unless told otherwise).",
    "receive": "Read the mailbox and match answers to applications.",
    "code": "Code answers by the codebook; unclear ones stay open.",
    "release": "Write the outcomes table with dictionary and hash.",
    "estimate": "Estimate discrimination from an outcomes table or anyone's audit.",
    "report": "Write the result page in nl, fr and en.",
    "status": "Say where a study stands and what to do next.",
    "rehearse": "Run a whole study in a made-up town on this machine.",
}
"""Each command stands in ``desk/commands/<name>.py`` as a click command named ``command``."""
MODULES = {"import": "import_adverts"}
"""Commands whose name cannot be a module's."""

NO_ROOM = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.ENOTDIR,
        errno.EIO,
    }
)
"""What a disk says that a person can mend; wherever it happens, it is told without traceback."""


class StageGroup(click.Group):
    """A group that lists its commands without importing them, so that ``--help`` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a study."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command, or None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"desk.commands.{MODULES.get(cmd_name, cmd_name)}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from ``COMMANDS`` alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=StageGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evenhand", message="%(prog)s %(version)s")
def cli() -> None:
    """Correspondence tests on the private rental market, from listings to a report.

    Try it:  evenhand rehearse my-town

    Exit codes: 0 done, 1 a check did not hold, 2 usage, 3 study file invalid,
    4 refused by a guard, 5 inputs differ from the lock.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run ``evenhand`` and end the process; a user's mistake prints its message without traceback."""
    try:
        cli.main(
            args=None if arguments is None else list(arguments), prog_name="evenhand", standalone_mode=True
        )
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        click.echo(
            f"evenhand: {error.filename or 'a file'} cannot be read or written ({error.strerror}); make room, or "
            "mind who may write there, then run the same command again",
            err=True,
        )
        sys.exit(1)
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if not isinstance(code, int):
            raise
        click.echo(f"evenhand: {error}", err=True)
        sys.exit(code)
    sys.exit(0)
