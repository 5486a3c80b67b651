"""Functions that are generated from a description when Salt loads a plugin.

What every kind has (`present`, `list`, `chown`, …) is described once, and its arguments on the fields of the kind.
Salt, Sphinx and Python itself see such a function as any other: with its name, its module, its signature and its
documentation.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: Collects what no parameter stands for; a body finds it under this name.
EXTRA = "kwargs"


def injected(name: str) -> Any:
    """What Salt tells a state that was made here of its run, such as ``__low__``; ``None`` where it does not.

    Salt puts it among the globals of a function while that runs, and these functions have those of this file.
    """
    return globals().get(name)


def parameter(name: str, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """A parameter that is given by position or by name; without ``default`` it must be given."""
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def made(
    module: Mapping[str, Any],
    name: str,
    parameters: Iterable[inspect.Parameter],
    doc: str,
    body: Callable[[dict[str, Any]], Any],
    extra: bool = False,
) -> Callable[..., Any]:
    """A function of a plugin.

    module
        The plugin's ``globals()``. Salt offers only functions that say that they are from the file it loaded.
    name, parameters, doc
        What it is called, takes, and says of itself.
    body
        Called with the value of every parameter by name, as a function's own ``locals()`` would have it.
    extra
        Whether it takes, in ``kwargs``, what no parameter stands for.
    """
    collected = [inspect.Parameter(EXTRA, inspect.Parameter.VAR_KEYWORD)] if extra else []
    signature = inspect.Signature([*parameters, *collected])

    def function(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return body(bound.arguments)

    function.__name__ = function.__qualname__ = name
    function.__module__ = module["__name__"]
    function.__doc__ = doc
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function
