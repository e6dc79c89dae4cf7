"""The page about the frame: what was found, what was left out and why, how whole it is, what changed."""
