"""Merged pillars for tests."""


def merged(base, more):
    """``more`` merged over ``base``, including null."""
    if not (isinstance(base, dict) and isinstance(more, dict)):
        return more
    return {**base, **{key: merged(base.get(key), value) for key, value in more.items()}}
