"""All of onesim, imported: in a process that servers are forked from."""

import sys
from contextlib import redirect_stdout

from onesim.__main__ import main
from onesim.founding import registry

registry.load()


def serve(writer, arguments):
    """What a forked process does: all that `python -m onesim` does, whose standard output is a pipe."""
    with open(writer.fileno(), "w", closefd=False) as lines, redirect_stdout(lines):
        sys.exit(main(arguments))
