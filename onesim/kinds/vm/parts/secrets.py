"""Secrets in the templates of VMs, which the daemon stores and shows encrypted.

The daemon encrypts with its own key, so the result cannot be compared; here it is only obfuscated.
"""

import base64
import binascii

_MARK = b"\x00onesim\x00"
_VECTORS = {"CONTEXT": "PASSWORD"}
_SINGLES = ("ONEAPP_ONEKS_CLUSTER_SPEC",)


def _hidden(text):
    return text if not text or _plain(text) is not None else base64.b64encode(_MARK + text.encode()).decode()


def _plain(text):
    """The decoded secret, or None."""
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
    """Obfuscates the secrets of a template."""
    _change(template, _hidden)


def reveal(template):
    """Restores the secrets of a template."""
    _change(template, lambda text: text if _plain(text) is None else _plain(text))


def revealed(template):
    """A copy of a template with readable secrets."""
    copy = template.copy()
    reveal(copy)
    return copy
