"""Sphinx settings of the documentation that `make docs` builds; warnings are errors there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "Hydrophone"
extensions = [
    "sphinx.ext.autodoc",  # the reference comes from the docstrings
    "sphinx.ext.napoleon",  # which are in Google's style
    "sphinx.ext.viewcode",  # the source, beside what describes it
    "myst_parser",  # pages in Markdown
    "references",  # single backticks lead to what they name
]
root_doc = "index"
html_theme = "furo"
html_title = "Hydrophone"
html_copy_source = False
html_show_copyright = False

default_role = "py:obj"
autodoc_default_options = {
    "members": True,
    "undoc-members": True,
    "show-inheritance": True,
    "member-order": "bysource",
}
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 80
napoleon_use_ivar = True  # autodoc lists the fields that `Attributes:` describe
napoleon_use_rtype = False

smartquotes = False  # options keep their two dashes

myst_heading_anchors = 6  # links to headings are checked, spelled as on GitHub
suppress_warnings = [
    "myst.header",  # generated parts of pages begin at the level they have on a terminal
]
