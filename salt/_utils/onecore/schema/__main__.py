"""Write the reference of the pillar: ``python -m onecore.schema > docs/pillar.md``."""

import sys

from . import document

sys.stdout.write(document())
