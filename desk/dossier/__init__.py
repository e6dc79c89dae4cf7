"""The papers that a study needs before it may write: filled from its files, with what only people know left open."""
