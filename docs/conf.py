"""The documentation site: the pages of this folder, as they also read on a forge. See `make site`."""

project = "Salt for OpenNebula"
author = "the contributors"
project_copyright = "the contributors; Apache License 2.0"
extensions = ["myst_parser", "sphinx_copybutton"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
root_doc = "index"
exclude_patterns = ["conf.py"]
html_theme = "furo"
html_title = project
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]
myst_enable_extensions = ["colon_fence", "deflist"]
# Links to headings, as forges make them.
myst_heading_anchors = 4
# The pages show shell sessions, pillar and tables of output in one kind of block, as the README does.
highlight_language = "none"
# Copying a command leaves out its prompt.
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True
# A function is headed by what is typed: onevnet.show.
add_module_names = False
# A reference to a function that does not exist is an error.
nitpicky = True
# Where files are that are no pages: the README, the example pillar. Fill in OWNER, as in setup.cfg.
repository = "https://github.com/OWNER/saltext-opennebula/blob/main/"


def _outside(app, name, source):
    """Have links that lead out of this folder, which read well on a forge, lead to the forge."""
    source[0] = source[0].replace(f"]({'../' * (name.count('/') + 1)}", f"]({repository}")


def setup(app):
    app.connect("source-read", _outside)
