"""Secrets in the templates of VMs, which the daemon stores and shows encrypted.

The daemon encrypts with a key of its own, so nobody can compare the result; here it is only made unreadable.
"""

import base64
import binascii

_MARK = b"\x00onesim\x00"
_VECTORS = {"CONTEXT": "PASSWORD"}
_SINGLES = ("ONEAPP_ONEKS_CLUSTER_SPEC",)


def _hidden(text):
    return text if not text or _plain(text) is not None else base64.b64encode(_MARK + text.encode()).decode()


def _plain(text):
    """The secret that a hidden text stands for, or None."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content[len(_MARK) :].decode() if content.startswith(_MARK) else None


def _change(template, turn):
    for name, item in _VECTORS.items():
        for vector in template.vectors(name):
            if vector.get(item):
                vector[item] = turn(vector[item])
    for name in _SINGLES:
        if template.get(name):
            template.set(name, turn(template.get(name)))


def hide(template):
    """Makes the secrets of a template unreadable."""
    _change(template, _hidden)


def reveal(template):
    """Makes the secrets of a template readable again."""
    _change(template, lambda text: text if _plain(text) is None else _plain(text))


def revealed(template):
    """A copy of a template with its secrets readable."""
    copy = template.copy()
    reveal(copy)
    return copy
