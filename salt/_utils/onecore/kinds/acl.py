"""ACL rules: read as a pool, added by :mod:`..grants`."""

from __future__ import annotations

from ..model.kind import Kind

ACL = Kind(
    cli="oneacl",
    title="ACL rule",
    prefix="one.acl",
    pool="one.acl.info",
    element="ACL",
    owned=False,
    pool_params=(),
)
