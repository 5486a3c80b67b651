"""Imports all of onesim, in a process from which servers are forked."""

import sys
from contextlib import redirect_stdout

from onesim.__main__ import main
from onesim.founding import registry

registry.load()


def serve(writer, arguments):
    """Runs like `python -m onesim` in a forked process, whose standard output is a pipe."""
    with open(writer.fileno(), "w", closefd=False) as lines, redirect_stdout(lines):
        sys.exit(main(arguments))
