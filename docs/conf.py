"""Sphinx's settings: Markdown in, one page per topic out, nothing fetched from the network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
sys.path.insert(0, str(Path(__file__).parent.parent))

project = "Evenhand"
author = "The Evenhand authors"
extensions = ["myst_parser", "from_the_code"]
exclude_patterns = ["_build", "_ext"]
html_theme = "furo"
html_title = "Evenhand"
html_show_copyright = False
html_show_sphinx = False
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = False
