"""A cloud as files of a pillar, in the form that a person would write."""

from __future__ import annotations

import os
import re
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..basics.denial import reason
from ..basics.errors import ArgumentError
from ..cloud.view import Cloud
from ..kinds.registry import KINDS
from ..pillar.objects import SECTION
from ..pillar.shared import KINDS as SHARED_KINDS
from . import yaml
from .blueprints import Sort
from .composition import Judge, compose
from .defaults import SECTION as QUOTAS
from .defaults import default_quotas
from .places import Plan
from .survey import Filters, Found, rows, survey

ROOT = "opennebula"
_BLOCKS = frozenset({ROOT, "users", "blueprints", "shared", SECTION, *KINDS, *(section for section, _ in SHARED_KINDS)})
_SHARED_HEADER = "Shared objects, as found in the cloud. Objects without an owner here belong to oneadmin."
_OBJECTS_HEADER = "Objects that fit nowhere else, each with all its arguments."


@dataclass
class Export:
    """The result of an export.

    config
        The pillar key ``opennebula`` as a whole.
    files
        The files, by their path below the pillar's root.
    objects
        The number of exported objects of each kind.
    blueprints, users
        Their numbers.
    left
        Objects that are not exported, and those that are declared separately, with the reasons.
    """

    config: dict[str, Any]
    files: dict[str, str]
    objects: dict[str, int]
    left: list[dict[str, str]]
    apart: list[dict[str, str]]

    @property
    def summary(self) -> dict[str, Any]:
        """The numbers, and what is not exported."""
        return {
            "files": sorted(self.files),
            "objects": self.objects,
            "total": sum(self.objects.values()),
            "blueprints": len(self.config.get("blueprints", {})),
            "users": len(self.config.get("users", {})),
            "apart": self.apart,
            "left_out": self.left,
        }


def export(cloud: Cloud, judge: Judge, filters: Filters | None = None) -> Export:
    """A cloud as a pillar.

    judge
        Returns the errors of a pillar.
    """
    found = survey(cloud, KINDS.values(), filters)
    composition = compose(cloud, found, judge)
    left = list(rows(found))
    # Filters select objects, and default quotas are not objects.
    for whose, said, lacking in default_quotas(cloud) if filters in (None, Filters()) else ():
        if said:
            composition.plan.config.setdefault("shared", {}).setdefault(QUOTAS, {})[whose] = said
        about = {"object": f"default quota of {whose}", "id": ""}
        left += [{**about, "part": path, "reason": why} for path, why in lacking.items()]
    apart = [{"object": each.subject, "reason": why} for each, why in composition.demoted]
    counts = Counter(each.kind.title for each in found if not each.reason)
    return Export(composition.plan.config, pages(composition.plan, found, left), dict(counts), left, apart)


def write(files: Mapping[str, str], folder: str, force: bool = False) -> None:
    """Write the files below a folder.

    force
        Whether existing files are replaced.

    Raises
        ArgumentError if a file exists, or cannot be written.
    """
    there = [name for name, text in files.items() if _differs(os.path.join(folder, name), text)]
    if there and not force:
        raise ArgumentError(
            f"dir: {os.path.join(folder, there[0])} exists with other content"
            f"{f', and so do {len(there) - 1} more' if len(there) > 1 else ''}: name another folder, or set force=True."
        )
    try:
        for name, text in files.items():
            _replace(os.path.join(folder, name), text)
    except OSError as error:
        raise ArgumentError(f"dir: {error.filename or folder} cannot be written: {reason(error)}.") from None


def _differs(path: str, text: str) -> bool:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read() != text
    except FileNotFoundError:
        return False
    except (OSError, UnicodeError):
        return True


def _replace(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".export-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o640)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


# -- pages ------------------------------------------------------------------------------------------------------------


def pages(plan: Plan, found: Iterable[Found], left: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The files of a pillar."""
    config, files = plan.config, {}
    notes = _notes(found, left)
    own = _owned(plan)
    names = _file_names(config.get("users", {}))
    for sort in plan.sorts:
        header = yaml.comment(_of_blueprint(sort))
        files[f"{ROOT}/blueprints/{_file_name(sort.name)}.sls"] = _page(
            {"blueprints": {sort.name: sort.blueprint}}, header
        )
        for user, said in sort.users.items():
            header = yaml.comment(f"{user}, as found in the cloud; everything else comes from blueprint {sort.name}.")
            files[f"{ROOT}/users/{names[user]}.sls"] = _page(
                {"users": {user: said}, **own.get(user, {})}, header, _comment(notes.pop(user, ()))
            )
    rest = own.get("", {})
    if "shared" in rest:
        files[f"{ROOT}/shared.sls"] = _page({"shared": rest["shared"]}, yaml.comment(_SHARED_HEADER))
    if SECTION in rest:
        files[f"{ROOT}/objects.sls"] = _page({SECTION: rest[SECTION]}, yaml.comment(_OBJECTS_HEADER))
    elsewhere = _comment(line for lines in notes.values() for line in lines)
    files[f"{ROOT}/takeover.sls"] = _page({"adopt": config["adopt"]}, yaml.comment(_TAKEOVER), elsewhere)
    files[f"{ROOT}/init.sls"] = _index(files)
    return dict(sorted(files.items()))


_TAKEOVER = """\
Everything in these files exists already. With `adopt`, a run takes it over: it writes its mark on each object, and
nothing else. Adopted objects stay marked as adopted: `prune` never removes them.
Look first: salt-call state.apply test=True"""


def _page(data: Mapping[str, Any], header: str, notes: str = "") -> str:
    return yaml.document({ROOT: data}, _BLOCKS, header) + notes


def _index(files: Mapping[str, str]) -> str:
    alone = [name for name in ("takeover", "shared", "objects") if f"{ROOT}/{name}.sls" in files]
    folders = [name for name in ("blueprints", "users") if any(file.startswith(f"{ROOT}/{name}/") for file in files)]
    header = yaml.comment(
        "All files of blueprints/ and users/ are included: a new user is a new file. Add your own connection."
    )
    return header + yaml.document(
        {"include": [f"{ROOT}.{name}" for name in alone] + [f"{ROOT}.{name}.*" for name in folders]},
        _BLOCKS | {"include"},
    )


def _of_blueprint(sort: Sort) -> str:
    networks = len(sort.blueprint.get("networks", {}))
    what = f"{networks} network{'s' if networks > 1 else ''}" if networks else "no network"
    who = f"{len(sort.users)} users have" if len(sort.users) > 1 else "one user has"
    return f"What {who} in common: {what}.\n{textwrap.fill(_listed(sort.users), 116)}"


def _listed(names: Iterable[str]) -> str:
    every = sorted(names)
    return ", ".join(every[:12]) + (f" and {len(every) - 12} more" if len(every) > 12 else "")


def _owned(plan: Plan) -> dict[str, dict[str, Any]]:
    """``shared`` and ``objects`` by user; under "" those that belong to none of the users."""
    own: dict[str, dict[str, Any]] = {}
    for section in ("shared", SECTION):
        for kind, entries in plan.config.get(section, {}).items():
            for name, said in entries.items():
                user = plan.owners.get((f"{section}.{kind}", name), "")
                own.setdefault(user, {}).setdefault(section, {}).setdefault(kind, {})[name] = said
    return own


def _notes(found: Iterable[Found], left: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    """The objects that are not exported, by user: a line each."""
    owners = {each.subject: (each.name if each.kind.cli == "oneuser" else each.resource.owner or "") for each in found}
    said: dict[str, list[str]] = {}
    for row in left:
        number = f" (ID {row['id']})" if row["id"] else ""
        where = f"{row['object']}{number}{': ' if row['part'] else ''}{row['part']}"
        said.setdefault(owners.get(row["object"], ""), []).append(f"{where}: {row['reason']}")
    return said


def _comment(lines: Iterable[str]) -> str:
    """The objects that are not exported, as a comment; empty if there are none."""
    every = list(lines)
    return "\n" + yaml.comment("\n".join(["Not exported, with the reason:", *every])) if every else ""


def _file_names(users: Iterable[str]) -> dict[str, str]:
    """A file name for each user: Salt reads a dot in a name as a folder."""
    found: dict[str, str] = {}
    for user in sorted(users):
        name, number = _file_name(user), 2
        while name in found.values():
            name, number = f"{_file_name(user)}-{number}", number + 1
        found[user] = name
    return found


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name) or "_"
