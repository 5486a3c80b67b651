"""The versions of a published object: which ones exist, which are in use, which can be removed.

The newest version has the public name, each earlier one ``<name>-<stamp>``; the stamp is the time of the build. All
versions have attributes that identify them; the name alone does not.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

from ..basics.marks import PUBLISHED, STAMP, Mark
from ..basics.values import LONGEST_NAME, object_name
from ..cloud.directory import USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..kinds.image import IMAGE
from ..kinds.template import TEMPLATE
from ..kinds.vm.gap import disks
from ..kinds.vm.kind import VM
from ..model.kind import Kind

#: The attribute of a builder that identifies the build of an object.
ORIGIN = "BUILD"
_RETIRED = re.compile(r"-\d{8}-\d{6}(-\d+)?")


def stamp(version: Resource) -> str:
    """The time of a version, as ``20260131-235959`` in UTC; always the same for one version."""
    made = time.strftime("%Y%m%d-%H%M%S", time.gmtime(version.moment("REGTIME")))
    return version.attribute(STAMP) or made


def passing_name(owner: str, name: str) -> str:
    """The temporary name of an object for ``owner`` in the account's namespace."""
    return f"{owner}.{name}"[:LONGEST_NAME]


def retired_name(cloud: Cloud, kind: Kind, version: Resource, name: str) -> str:
    """The name that a version gets when another one gets ``name``."""
    wanted = f"{name}-{stamp(version)}"
    if cloud.find(kind, wanted, version.owner) is not None:
        wanted += f"-{version.id}"
    return object_name(kind.title, wanted)


def retired(cloud: Cloud, kind: Kind, name: str, owner: str) -> list[Resource]:
    """The earlier versions of the object published as ``name``, the newest first."""
    found = [
        each
        for each in cloud.pool(kind)
        if each.owner == owner
        and not (kind.settled is not None and kind.settled.name(kind.state(each)) == "DELETE")
        and each.attributes.get(PUBLISHED) == name
        and each.name.startswith(name)
        and _RETIRED.fullmatch(each.name, len(name))
    ]
    return sorted(found, key=lambda each: (stamp(each), each.id), reverse=True)


def strays(cloud: Cloud, kind: Kind, name: str, owner: str, managed: str) -> list[Resource]:
    """Copies of versions of the object published as ``name`` that wait for handover in the account's namespace.

    managed
        The source in their mark: a copy has the mark of its original.
    """
    if owner == cloud.account or kind.settled is not None:
        return []
    public, begun = Mark.of(managed, kind.cli, name), passing_name(owner, name)

    def is_stray(each: Resource) -> bool:
        passing = each.name.startswith(begun) and _RETIRED.fullmatch(each.name, len(begun))
        return bool(passing) and each.owner == cloud.account and each.text(each.mark_path) == str(public)

    return [each for each in cloud.pool(kind) if is_stray(each)]


def outdated(cloud: Cloud, kind: Kind, versions: Iterable[Resource], keep: int | None, current: int) -> list[Resource]:
    """The earlier versions to remove: older than the ``keep`` newest, created by these states, and not in use.

    versions
        The earlier versions, the newest first.
    keep
        ``None`` keeps all.
    current
        The ID of the object that has the public name.
    """
    beyond = [] if keep is None else [each for each in list(versions)[keep:] if each.ours]
    if not beyond:
        return []
    used = _USERS[kind.cli](cloud, current)
    return [each for each in beyond if not used(each)]


Used = Callable[[Resource], bool]


def _image_users(cloud: Cloud, current: int) -> Used:
    """An image is in use by VMs, and by templates that refer to its name or ID."""
    by_id: set[str] = set()
    by_name: set[tuple[str, str]] = set()
    for template in cloud.pool(TEMPLATE):
        for disk in disks(template.attributes):
            if disk.get("IMAGE_ID"):
                by_id.add(disk["IMAGE_ID"])
            elif disk.get("IMAGE"):
                user = cloud.numbered(USERS, disk.get("IMAGE_UID", ""))
                by_name.add((disk.get("IMAGE_UNAME") or (template.owner if user is None else user.name), disk["IMAGE"]))

    def used(image: Resource) -> bool:
        busy = image.number("RUNNING_VMS") or image.number("CLONING_OPS") or image.ids("VMS")
        return bool(busy) or str(image.id) in by_id or (image.owner, image.name) in by_name

    return used


def _template_users(cloud: Cloud, current: int) -> Used:
    """A version of a template is in use by VMs created from it, while it had the public name or afterwards."""
    made = {(vm.text("TEMPLATE/TEMPLATE_ID"), vm.attribute(STAMP)) for vm in cloud.pool(VM)}
    templates = {number for number, _ in made}

    def used(template: Resource) -> bool:
        named = (str(current), template.attribute(STAMP)) in made
        return named or (template.id != current and str(template.id) in templates)

    return used


_USERS: dict[str, Callable[[Cloud, int], Used]] = {IMAGE.cli: _image_users, TEMPLATE.cli: _template_users}
