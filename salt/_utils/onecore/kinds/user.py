"""Users."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..basics.digests import digest, matches
from ..basics.errors import ArgumentError, RefusedError
from ..basics.plan import Change, Order
from ..basics.secrecy import HIDDEN
from ..basics.syntax import BLANKS, render
from ..basics.values import YES_NO, Lines, Secret
from ..cloud.directory import GROUPS, OWNED, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import claims, writers
from ..model.about import About
from ..model.attributes import SET_ITSELF, Attributes
from ..model.claims import CLAIMED
from ..model.fields import Attribute, Field
from ..model.kind import Kind
from ..model.leaves import storable
from ..model.members import Members, Named, join_and_leave
from ..model.mirrors import show_administrator
from ..model.nodes import Leaf
from ..model.ownership import Group
from ..model.quota import Quota, refuse_unlimited, write_quota
from ..model.reading import Reading

#: The attribute with a digest of the declared password, since OpenNebula never returns passwords.
DIGEST = "SALT_PASSWORD_DIGEST"
#: Drivers that store something other than a password, such as a DN (PASSWORD_REQUIRED="NO" in oned.conf).
ANY_PASSWORD = frozenset({"ldap", "saml"})
#: The maximum length of passwords of drivers that store one, in bytes (User.cc, release 7.4.0).
_LONGEST_PASSWORD = dict.fromkeys(("core", "sunstone", "ldap"), 256)
#: The ID of a group that a dry run has only announced.
_ANNOUNCED = -1
_PUBLIC_KEY = re.compile(r"(.+ )?(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/=]+( .*)?")


def _storable_password(value: str) -> None:
    if not value or any(char in BLANKS for char in value):
        raise ArgumentError("must not be empty nor contain blanks, which OpenNebula refuses")
    storable(value)


def _public_keys(value: str) -> None:
    """Public keys, one a line, as in authorized_keys."""
    if "PRIVATE KEY" in value:
        raise ArgumentError("is a private key; give the public one (from the file that ends in .pub)")
    lines = [line for line in value.splitlines() if line.strip()]
    if not lines or not all(_PUBLIC_KEY.fullmatch(line.strip()) for line in lines):
        raise ValueError
    storable(value)


PASSWORD = Leaf("text", (str,), _storable_password, secret=True)
PUBLIC_KEYS = Leaf("public SSH keys, one a line, each as in authorized_keys", (str,), _public_keys, secret=True)


class Password(Field):
    """The password: compared with a salted digest in the user's template, and never shown."""

    attribute_names = ("PASSWORD", DIGEST)

    def wanted(self, value: Any) -> str:
        password = Secret().wanted(self.name, value)
        if not password:
            raise ArgumentError(f"{self.name} must not be empty.")
        return password

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, HIDDEN)
        elif not matches(wanted, resource.text(f"TEMPLATE/{DIGEST}")):
            yield self.change(self.name, HIDDEN, HIDDEN, wanted)


@dataclass(frozen=True)
class SecondaryNamed(Named):
    """Secondary groups, and the ID of the declared primary group; ``None`` if the primary group does not change."""

    primary: int | None = None


class SecondaryGroups(Members):
    """The secondary groups of a user; listing the primary group as well has no effect."""

    def resolve(self, cloud: Cloud, wanted: tuple[str, ...], order: Order) -> SecondaryNamed:
        name = order.wanted.get("group")
        named = super().resolve(cloud, tuple(each for each in wanted if each != name), order)
        return SecondaryNamed(named.names, named.numbers, named.every, named.there, _primary(cloud, order))

    def said(self, resource: Resource, reading: Reading) -> list[str] | None:
        return self._names(set(resource.numbers(self.path)) - {resource.gid}, reading)

    def held(self, resource: Resource, wanted: SecondaryNamed) -> set[int]:
        primary = resource.gid if wanted.primary is None else wanted.primary
        return super().held(resource, wanted) - {primary} - _left(resource, wanted.primary)

    def changes(self, resource: Resource | None, wanted: SecondaryNamed) -> Iterator[Change]:
        if resource is not None and wanted.primary is None:
            others = {name: number for name, number in wanted.numbers.items() if number != resource.gid}
            wanted = replace(wanted, numbers=others)
        return super().changes(resource, wanted)


class Administered(Members):
    """Groups that a user administers; groups that are not listed are not changed."""

    # The groups record who administers them.
    kept_in = (GROUPS,)

    def said(self, resource: Resource, reading: Reading) -> None:
        """Groups list their administrators themselves."""

    def resolve(self, cloud: Cloud, wanted: tuple[str, ...], order: Order) -> Any:
        def named(group: str) -> bool:
            """Whether an earlier state of a dry run makes the user an administrator of a group."""
            found = cloud.announced(GROUPS, group)
            return found is not None and order.name in found.wanted.get("admins", ())

        return lambda: (
            {name: cloud.find(GROUPS, name) for name in wanted},
            _primary(cloud, order),
            {name for name in wanted if named(name)},
        )

    def foresee(self, cloud: Cloud, name: str, resource: Resource | None, change: Change) -> None:
        if resource is None:
            return
        for number in change.write:
            show_administrator(cloud, number, resource.id)

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        groups, primary, foreseen = wanted()
        had = [
            name
            for name, group in groups.items()
            if self._stays(resource, group, primary) or (name in foreseen and None in (resource, group))
        ]
        if len(had) < len(groups):
            missing = [group.id for name, group in groups.items() if group is not None and name not in had]
            yield self.change(self.name, had or None, list(groups), missing)

    @staticmethod
    def _stays(resource: Resource | None, group: Resource | None, primary: int | None) -> bool:
        """Whether the user administers a group, and still does with the new primary group."""
        if resource is None or group is None or resource.id not in group.ids("ADMINS"):
            return False
        return group.id not in _left(resource, primary)


def _primary(cloud: Cloud, order: Order) -> int | None:
    """The ID of the declared primary group; ``None`` if it does not change."""
    name = order.wanted.get("group")
    found = cloud.find(GROUPS, name) if name else None
    return (_ANNOUNCED if found is None else found.id) if name else None


def _left(user: Resource, primary: int | None) -> set[int]:
    """The group that a user leaves when the primary group changes: the old one, unless the new one was a secondary
    group.
    """
    stays = primary in (None, user.gid) or primary in user.ids("GROUPS")
    return set() if stays or user.gid is None else {user.gid}


_QUOTA = Quota("quota", writer="quota")
_FIELDS = (
    Password(
        "password",
        writer="password",
        doc=(
            "The password; keep it in a secret store (``sdb://…``), or encrypt it with Salt's GPG renderer. "
            "OpenNebula never returns it, so a salted digest is stored in the user's template: a password that was "
            "changed elsewhere stays until the declared one changes. It is never shown."
        ),
        otherwise="a random one; the user can get tokens",
        example="correct-horse-battery-staple",
        node=PASSWORD,
    ),
    Attribute(
        "auth_driver",
        path="AUTH_DRIVER",
        usual="core",
        template=False,
        writer="auth_driver",
        doc=(
            "How the user is authenticated: ``core``, ``public``, ``ssh``, ``x509``, ``ldap``, ``server_cipher`` or "
            "``server_x509``."
        ),
        otherwise="``core`` for a new user",
        example="ldap",
    ),
    Group(
        "group",
        writer="group",
        holds=True,
        doc="Name of the primary group.",
        otherwise="for a new user that of the account, or ``users`` if that is ``oneadmin``",
    ),
    SecondaryGroups(
        "groups",
        GROUPS,
        "GROUPS/ID",
        mirrored="admins",
        writer="groups",
        holds=True,
        doc="Names of all secondary groups. The user leaves one that is not listed.",
        example="[testers]",
    ),
    Administered(
        "administers",
        GROUPS,
        "",
        writer="administers",
        doc=(
            "Names of groups that the user administers; the user becomes a member of them. Other groups are left alone."
        ),
        example="[eole]",
    ),
    Attribute(
        "enabled",
        YES_NO,
        usual=True,
        path="ENABLED",
        template=False,
        writer="enabled",
        doc="Whether the user may log in.",
        example="false",
    ),
    Attribute(
        "ssh_public_key",
        Lines(),
        doc=(
            "The public keys for access to VMs of the user (``SSH_PUBLIC_KEY``), one on each line; in a state, a "
            "list is possible."
        ),
        example="ssh-ed25519 AAAAC3Nz alice@example.org",
        node=PUBLIC_KEYS,
    ),
    _QUOTA,
    CLAIMED,
)
#: USER_ENCRYPTED_ATTR in oned.conf, release 7.4.0.
_ENCRYPTED = ("SSH_PRIVATE_KEY", "SSH_PASSPHRASE")


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    present = "core" if resource is None else resource.text("AUTH_DRIVER")
    driver = order.wanted.get("auth_driver", present)
    if driver not in ANY_PASSWORD and any(char in BLANKS for char in order.wanted.get("password", "")):
        raise ArgumentError(f"password: OpenNebula allows no blanks in it with the auth_driver {driver}.")
    longest = _LONGEST_PASSWORD.get(driver)
    if longest is not None and len(order.wanted.get("password", "").encode()) > longest:
        raise ArgumentError(f"password: OpenNebula takes {longest} bytes at most with the auth_driver {driver}.")
    _refuse_left_out(order, resource)
    if _QUOTA.name in order.wanted:
        refuse_unlimited(cloud, _QUOTA.changes(resource, order.due(_QUOTA.name)))


def _refuse_left_out(order: Order, resource: Resource | None) -> None:
    """Raise ArgumentError for a group that the user is declared to administer and to leave."""
    declared = order.desired.values
    if declared.get("groups") is None:
        return
    member_of = {declared.get("group") or ("" if resource is None else resource.group), *_names(declared["groups"])}
    for name in _names(declared.get("administers") or ()):
        if name not in member_of:
            raise ArgumentError(f"groups: must contain {name}, since the administrators of a group are its members.")


def _names(declared: Any) -> Iterable[str]:
    """Declared names, as a list or a single name."""
    return [declared] if isinstance(declared, str) else declared


def _create(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
    """Allocate the user with its groups, then set its attributes, including the digest of its password."""
    # Without a declared password, use a random one: a password can be set later, or a token used.
    password = order.wanted.get("password") or secrets.token_urlsafe(24)
    groups = []
    if "group" in order.wanted:
        # The first one becomes the primary group; secondary groups without a primary one are joined afterwards.
        secondary = order.wanted.get("groups", ())
        groups = [cloud.get(GROUPS, name).id for name in dict.fromkeys((order.wanted["group"], *secondary))]
    driver = order.wanted.get("auth_driver") or "core"
    rest = {name: value for name, value in attributes.items() if name != "NAME"}
    if "password" in order.wanted:
        rest[DIGEST] = digest(password)
    return claims.made(
        cloud, order, rest, lambda: cloud.call("one.user.allocate", order.name, password, driver, groups)
    )


def _write_password(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    cloud.call("one.user.passwd", resource.id, changes[-1].write)
    cloud.call("one.user.update", resource.id, render({DIGEST: digest(changes[-1].write)}), writers.MERGE)


def _write_group(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    cloud.call("one.user.chgrp", resource.id, cloud.get(GROUPS, changes[-1].write).id)


def _write_administers(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Make the user an administrator of groups; the user joins a group first if necessary."""
    member = cloud.read(USERS, resource.id).ids("GROUPS")
    for number in changes[-1].write:
        if number not in member:
            cloud.call("one.user.addgroup", resource.id, number)
        cloud.call("one.group.addadmin", number, resource.id)
        cloud.refresh(GROUPS, [number])


def _write_enabled(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    cloud.call("one.user.enable", resource.id, changes[-1].write)


def _write_auth_driver(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    # An empty password keeps the current one.
    cloud.call("one.user.chauth", resource.id, changes[-1].write, "")


def _in_use(cloud: Cloud, resource: Resource) -> None:
    """OpenNebula deletes a user and leaves its objects without an owner, so a user with objects is refused."""
    owned = [
        (kind, each.id)
        for kind in OWNED
        for each in cloud.pool(kind)
        if each.uid == resource.id and not cloud.leaving(kind.cli, each.id)
    ]
    if owned:
        counts = Counter(kind.title for kind, _ in owned)
        told = ", ".join(f"{count} {title}{'s' if count > 1 else ''}" for title, count in counts.items())
        raise RefusedError(
            f"user {resource.name} (ID {resource.id}) still owns {told}. Remove or chown them first.", holders=owned
        )


def _remove(cloud: Cloud, resource: Resource) -> None:
    # Somebody may have created an object for the user since the pools were read.
    for kind in OWNED:
        cloud.refresh_owned(kind, resource.id)
    _in_use(cloud, resource)
    cloud.call("one.user.delete", resource.id)


USER = Kind.of(
    USERS,
    about=About(
        rights=(
            "the account creates users with CREATE on USER and MANAGE on their groups; it sets password, groups and "
            "attributes with MANAGE on the user, and quota, ``enabled`` and ``auth_driver`` with ADMIN, which removal "
            "needs too; to make it an administrator it needs ADMIN on the group as well."
        ),
        example="alice",
        declared="""
        - password: {{ salt["pillar.get"]("passwords:alice") | yaml_encode }}
        - group: eole
        - groups: [testers]
        - quota: {vms: 30, memory: 64G}
        """,
        kept="one who still owns VMs, networks, images or templates",
    ),
    fields=(
        *_FIELDS,
        Attributes(
            _FIELDS,
            repeats=False,
            encrypted=_ENCRYPTED,
            elsewhere=dict.fromkeys(("LOGIN_TOKEN", "TOKEN_PASSWORD"), SET_ITSELF),
            example="{EMAIL: alice@example.org}",
        ),
    ),
    create=_create,
    writers={
        "auth_driver": _write_auth_driver,
        "password": _write_password,
        "update": claims.update("one.user"),
        "group": _write_group,
        "groups": join_and_leave("one.user.addgroup", "one.user.delgroup"),
        "administers": _write_administers,
        "quota": write_quota("one.user"),
        "enabled": _write_enabled,
    },
    remove=_remove,
    in_the_way=_in_use,
    check=_check,
)
