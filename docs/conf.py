"""The documentation site: the pages of this folder, as they also read on a forge. See `make site`."""

project = "Salt for OpenNebula"
author = "the contributors"
project_copyright = "the contributors; Apache License 2.0"
extensions = ["myst_parser", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["conf.py"]
html_theme = "furo"
html_title = project
html_copy_source = False
myst_enable_extensions = ["colon_fence", "deflist"]
# Links to headings, as forges make them.
myst_heading_anchors = 4
# The pages show shell sessions, pillar and tables of output in one kind of block, as the README does.
highlight_language = "none"
# Copying a command leaves out its prompt.
copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True
