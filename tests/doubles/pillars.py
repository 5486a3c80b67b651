"""Pillars that tests put together."""


def merged(base, more):
    """``more`` over ``base``, null included."""
    if not (isinstance(base, dict) and isinstance(more, dict)):
        return more
    return {**base, **{key: merged(base.get(key), value) for key, value in more.items()}}
