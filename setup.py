"""What setup.cfg cannot express; everything else is there."""

import pathlib
import re
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).parent


class Build(build_py):
    """Build without the files of an earlier build.

    pip builds a folder in place, and setuptools keeps its copies there. A module that a new version no longer contains
    would be installed again from them, and Salt would load it.
    """

    def run(self):
        if not self.editable_mode:
            shutil.rmtree(pathlib.Path(self.build_lib, "saltext", "opennebula"), ignore_errors=True)
        super().run()


def description():
    """The README, with links that also work on the page of a package index, where its files are not."""
    source = re.search(r"^\s+Source = (\S+)$", (HERE / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE)[1]
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?![a-z]+:|#)", f"]({source}/blob/main/", readme)


setup(cmdclass={"build_py": Build}, long_description=description())
