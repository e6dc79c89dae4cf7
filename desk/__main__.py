"""``python -m desk`` is ``evenhand``."""

from desk.commands import main

main()
