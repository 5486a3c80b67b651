"""Functions that are generated from a description when Salt loads a plugin.

The functions of every kind (`present`, `list`, `chown`, …) are described once, and their arguments at the fields of the
kind. For Salt, Sphinx and Python, a generated function is like any other: it has a name, a module, a signature and
documentation.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: The name under which a body finds arguments without a parameter.
EXTRA = "kwargs"


def injected(name: str) -> Any:
    """Data of the run that Salt gives to a generated state, such as ``__low__``; ``None`` outside of a run.

    Salt puts them among the globals of a function while that runs; those of generated functions are the globals of this
    file.
    """
    return globals().get(name)


def parameter(name: str, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """A parameter that can be given by position or by name; without ``default`` it is required."""
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
        The plugin's ``globals()``. Salt loads only functions whose module is the loaded file.
    name, parameters, doc
        Its name, its parameters, and its documentation.
    body
        Called with the values of all parameters by name, like the ``locals()`` of a function.
    extra
        Whether it accepts arguments without a parameter, in ``kwargs``.
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
