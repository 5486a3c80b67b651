"""Unit tests import `onecore` as a synced module does: from the folder that holds it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "salt" / "_utils"))
