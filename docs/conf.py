"""How Sphinx builds the site: `sphinx-build -W docs docs/_build/html`."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "hvmc"
author = "the hvmc authors"
release = version = installed("hvmc")

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "extension"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
autosummary_generate = False
numpydoc_class_members_toctree = False

html_theme = "furo"
html_title = "hvmc"
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["site.css"]
