"""
Runs of states, and what runners return, as people read them
============================================================

One line for each user that is as declared; lines for each object that was, or would be, created, changed or removed,
with old and new values, and for each failure; a table at the end. All of it fits into 100 columns, or into a narrower
terminal.

.. code-block:: bash

    salt cloud state.apply --out=opennebula
    salt-call state.apply test=True --out=opennebula
    salt-run onelab.status --out=json       # the runners of this project use it by default

To have it for every run of states, put ``output: opennebula`` into the configuration of the master or the minion.
Other returns, such as that of ``test.ping``, are shown as Salt shows them. Colours follow ``--no-color``.
"""

import os
import sys

import salt.output
import salt.utils.color

#: Salt does not put the folder of synced utilities on the path for outputters: it stands beside this file's.
_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _rendering():
    try:
        from onecore.bridge import output as rendering
    except ImportError:
        try:
            from saltext.opennebula.utils.onecore.bridge import output as rendering
        except ImportError:
            sys.path += [os.path.join(_HERE, name) for name in ("utils", "_utils")]
            from onecore.bridge import output as rendering
    return rendering


def _width(widest):
    """The columns of a terminal that is narrower than the usual width."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return widest
    return min(max(columns, 40), widest) if columns else widest


def output(data, **kwargs):
    """
    Return the text that is shown for ``data``.

    CLI Example:

    .. code-block:: bash

        salt-call state.apply --out=opennebula
    """
    colours = salt.utils.color.get_colors(__opts__.get("color"), __opts__.get("color_theme"))  # noqa: F821

    def paint(text, colour):
        return f"{colours[colour]}{text}{colours['ENDC']}" if text else text

    rendering = _rendering()
    text = rendering.as_text(data, paint, _width(rendering.WIDTH))
    if text is None:
        opts = {key: value for key, value in __opts__.items() if key != "output"}  # noqa: F821
        text = salt.output.out_format(data, "nested", opts, **kwargs)
    return text
