"""What setup.cfg cannot say; all else is there."""

import pathlib
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py


class Build(build_py):
    """Build without what an earlier build left.

    pip builds a folder in the folder itself, where setuptools keeps its copies. A module that a new version has no
    longer would be installed again from there, and Salt would load it.
    """

    def run(self):
        if not self.editable_mode:
            shutil.rmtree(pathlib.Path(self.build_lib, "saltext", "opennebula"), ignore_errors=True)
        super().run()


setup(cmdclass={"build_py": Build})
