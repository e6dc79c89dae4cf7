"""``evenhand verify``: a study's files and the wave's key go in, whether its plan is what they give comes out."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from desk.folder import study_folder
from desk.wave_key import KEY_BYTES
from testing.study.errors import EvenhandError, LockMismatch

EXAMPLES = """\b
evenhand verify my-study
evenhand verify copy-of-the-study --key wave.key --seal 4b828870…"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the revealed key; else the study's own secrets/wave.key.",
)
@click.option("--seal", help="The seal as it was published before the first message.")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
@click.pass_context
def command(ctx: click.Context, folder: Path, key_file: Path | None, seal: str | None, as_json: bool) -> None:
    """Verify a plan: seal, key, inputs, promises, and a draw of our own that must be the same to the byte.

    It needs the files that the plan was drawn from and the key of the wave, and no store. They hold adverts with
    addresses: only who may see those can verify.
    """
    from desk.verification import verify

    study = study_folder(folder)
    checks = verify(study, _key(study.key if key_file is None else key_file), seal)
    if as_json:
        click.echo(json.dumps([asdict(it) for it in checks], indent=1, ensure_ascii=False))
    else:
        for it in checks:
            click.echo(f"{'holds' if it.holds else 'FAILS'}  {it.name:9} {it.said}")
    failed = {it.name for it in checks if not it.holds}
    if failed & {"seal", "protocol", "letters", "names", "frame", "elsewhere", "key"}:
        ctx.exit(LockMismatch.exit_code)
    if failed:
        ctx.exit(EvenhandError.exit_code)


def _key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        raise EvenhandError(
            f"{path} cannot be read ({error.strerror}); the wave's key is needed, name its file with --key"
        ) from error
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise EvenhandError(f"{path} does not hold {KEY_BYTES} bytes in hexadecimal; it is no wave key")
    return key
